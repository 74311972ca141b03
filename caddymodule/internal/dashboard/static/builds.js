// The builds of an extension, with what each weighs against the one before, and
// a button that serves it.

import { byteSize, clock, el, keyed, say, took } from "./dom.js";

const columns = ["Build", "When", "Took", "Bundle", "Handler", "UI", "Saved"];

export function buildsTable() {
  return el("div", { class: "builds" },
    el("p", { class: "warn past", hidden: true }, el("span"), " "),
    el("div", { class: "scroll", tabindex: 0, role: "region" },
      el("table", {},
        el("thead", {}, el("tr", {}, ...columns.map((name) => el("th", { scope: "col" }, name)))),
        el("tbody"))));
}

/** perform does what a button says; without it there are none. */
export function showBuilds(node, history, perform) {
  node.hidden = !history?.builds.length;
  if (node.hidden) return;
  const name = history.extension || history.dir;
  node.querySelector(".scroll").setAttribute("aria-label", `Builds of ${name}`);
  showPast(node.querySelector(".past"), history, perform);
  const rows = history.builds.map((build, i) => ({ build, before: history.builds.slice(i + 1).find((b) => b.ok) }));
  keyed(node.querySelector("tbody"), rows, ({ build }) => build.build || `${build.time} ${build.target}`, () => row(), (tr, one) => show(tr, one, history, perform));
}

function showPast(node, { dir, live, latest }, perform) {
  const past = live && latest && live !== latest;
  if (!past && node.contains(document.activeElement)) node.parentElement.querySelector(".scroll").focus();
  node.hidden = !past;
  say(node.querySelector("span"), past ? `Build ${live} answers, not the working tree (${latest}). The next save returns.` : "");
  if (perform && !node.querySelector("button")) {
    const back = el("button", { type: "button", onclick: () => perform(back, "use-build", { extension: dir, latest: 1 }, "The working tree answers.") }, "Return now");
    node.append(back);
  }
}

function row() {
  return el("tr", {}, el("th", { scope: "row" }, el("span", { class: "mono" }), " ", el("span", { class: "good" })), ...columns.slice(1).map(() => el("td")));
}

function show(tr, { build, before }, { dir }, perform) {
  const weight = (of) => (build.ok ? change(build[of], before?.[of]) : "–");
  const [name, when, time, bundle, handler, ui, saved] = tr.children;
  const [id, mark] = name.querySelectorAll("span");
  say(id, build.ok ? build.build : "failed", build.ok ? "mono" : "bad");
  say(mark, build.live ? "answers" : "");
  say(when, clock(build.time));
  say(time, build.ms ? took(build.ms) : "–");
  say(bundle, weight("bundle_bytes"));
  say(handler, weight("handler_bytes"));
  say(ui, weight("ui_bytes"));
  say(saved, build.ok ? (build.saved ?? []).join(", ") || "–" : `${build.target}: ${build.problem}`, build.ok ? "wide" : "wide bad");
  if (!perform || !build.ok) return;
  let use = name.querySelector("button");
  if (!use) {
    use = el("button", { type: "button", "aria-label": `Use build ${build.build}`, onclick: () => perform(use, "use-build", { extension: dir, build: build.build }, `Build ${build.build} answers until the next save.`) }, "Use");
    name.append(use);
  }
  if (build.live && document.activeElement === use) tr.closest(".scroll").focus();
  use.hidden = Boolean(build.live);
}

/** "12.3 kB (+120 B)" */
function change(bytes = 0, before = bytes) {
  if (!bytes && !before) return "–";
  const grown = bytes - before;
  const sign = grown > 0 ? "+" : "−";
  return byteSize(bytes) + (grown ? ` (${sign}${byteSize(Math.abs(grown))})` : "");
}
