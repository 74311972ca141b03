// The newest requests to the runner, calls of handlers among them.

import { byId, byteSize, clock, el, keyed, say, took } from "./dom.js";
import { detailsButton } from "./execute.js";
import { store } from "./store.js";

const most = 200;

export function requests(changed) {
  for (const id of ["requests-path", "requests-execute", "requests-failed"]) byId(id).addEventListener("input", changed);
  return () => {
    const list = wanted();
    byId("requests-count").textContent = `${list.length} requests${list.length > most ? `, the newest ${most} shown` : ""}`;
    const newest = list.slice(-most).reverse();
    const full = fullBar(newest);
    byId("requests-scale").hidden = newest.length === 0;
    say(byId("requests-scale"), `A full bar is ${took(full)} or, where it is orange, more: from the request's beginning to its last byte. “…” in a path is a hash, which it shows.`);
    keyed(byId("requests-rows"), newest, (r) => r.n, row, (node, r) => {
      const bar = node.querySelector(".took-bar");
      bar.style.width = `${Math.min(100, (100 * r.ms) / full)}%`;
      bar.classList.toggle("long", r.ms > full);
    });
  };
}

// A round number that nine of ten do not pass: one slow request would make a
// dot of each other.
function fullBar(list) {
  const sorted = list.map((r) => r.ms).sort((a, b) => a - b);
  const most = Math.max(0.1, sorted[Math.ceil(sorted.length * 0.9) - 1] ?? 0);
  const ten = 10 ** Math.floor(Math.log10(most));
  return ten * [1, 2, 5, 10].find((n) => n * ten >= most * 0.999);
}

function wanted() {
  const path = byId("requests-path").value, failed = byId("requests-failed").checked;
  const all = byId("requests-execute").checked ? store.executes : [...store.requests, ...store.executes].sort((a, b) => a.n - b.n);
  return all.filter((r) => r.path.includes(path) && (!failed || r.status >= 400 || r.status === 0));
}

// A hash takes two lines, and the last column has its beginning.
function short(path) {
  const [before, hash, ...after] = path.split(/(sha256(?::|%3A)[0-9a-f]{64})/i);
  return [...breakable(before), ...(hash ? [hashButton(hash), ...breakable(after.join(""))] : [])];
}

// Shows the hash in place of its sign, also without a mouse.
function hashButton(hash) {
  const button = el("button", { type: "button", class: "hash", onclick: () => show(button.ariaExpanded === "false") });
  const show = (open) => {
    button.ariaExpanded = String(open);
    button.ariaLabel = open ? `${hash}, hide it` : "Show the hash";
    button.textContent = open ? hash : "…";
  };
  show(false);
  return button;
}

// At a slash, not within a name.
const breakable = (path) => path.split(/(?<=\/)/).flatMap((part) => [part, el("wbr")]);

function row(r) {
  const bad = r.status >= 400 || r.status === 0;
  return el("tr", {},
    el("td", {}, clock(r.time)),
    el("td", { class: "path mono", title: r.path }, `${r.method} `, ...short(r.path), " ", detailsButton(r)),
    el("td", { class: bad ? "bad" : "good" }, [r.status || "left", r.code].filter(Boolean).join(" ")),
    el("td", { class: "took" }, took(r.ms), el("span", { class: "track", "aria-hidden": "true" }, el("span", { class: "took-bar" }))),
    el("td", {}, [r.backend, r.generation && `#${r.generation}`].filter(Boolean).join(" ") || "–"),
    el("td", {}, r.execute ? `${byteSize(r.execute.input)} in, ${byteSize(r.execute.output)} out` : byteSize(r.bytes)),
    el("td", { class: "mono" }, r.build ?? "–"));
}
