// The newest requests to the runner, calls of handlers among them.

import { byId, clock, el, keyed, took } from "./dom.js";
import { detailsButton } from "./execute.js";
import { store } from "./store.js";

const most = 200;

export function requests(changed) {
  for (const id of ["requests-path", "requests-execute", "requests-failed"]) byId(id).addEventListener("input", changed);
  return () => {
    const list = wanted();
    byId("requests-count").textContent = `${list.length} requests${list.length > most ? `, the newest ${most} shown` : ""}`;
    const newest = list.slice(-most).reverse();
    const slowest = Math.max(1, ...newest.map((r) => r.ms));
    keyed(byId("requests-rows"), newest, (r) => r.n, row, (node, r) => {
      node.querySelector(".took-bar").style.width = `${(100 * r.ms) / slowest}%`;
    });
  };
}

function wanted() {
  const path = byId("requests-path").value, failed = byId("requests-failed").checked;
  const all = byId("requests-execute").checked ? store.executes : [...store.requests, ...store.executes].sort((a, b) => a.n - b.n);
  return all.filter((r) => r.path.includes(path) && (!failed || r.status >= 400 || r.status === 0));
}

function row(r) {
  const bad = r.status >= 400 || r.status === 0;
  return el("tr", {},
    el("td", {}, clock(r.time)),
    el("td", { class: "wide mono" }, `${r.method} ${r.path} `, detailsButton(r)),
    el("td", { class: bad ? "bad" : "good" }, [r.status || "left", r.code].filter(Boolean).join(" ")),
    el("td", {}, [r.backend, r.generation && `#${r.generation}`].filter(Boolean).join(" ") || "–"),
    el("td", {}, took(r.ms), el("span", { class: "took-bar", "aria-hidden": "true" })),
    el("td", {}, r.execute ? `${r.execute.input} in, ${r.execute.output} out` : String(r.bytes)),
    el("td", { class: "mono" }, r.build ?? ""));
}
