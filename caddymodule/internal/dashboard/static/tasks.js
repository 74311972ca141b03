// What goes on and may take long: a build, an image that is pulled, a handler
// that is compiled.

import { byId, el, keyed, say } from "./dom.js";
import { store } from "./store.js";

const doing = {
  build: "building", componentize: "making dist/main.wasm in the background", compile: "compiling the handler", warm: "handing to the runner",
  image_build: "building the image", image_pull: "pulling", image_import: "making the runner's image", runner_compile: "compiling the runner for its image",
};

export function showTasks() {
  const list = store.status.tasks ?? [];
  const gone = list.length === 0;
  const section = byId("tasks");
  if (gone && section.contains(document.activeElement)) document.querySelector("main").focus();
  section.hidden = gone;
  keyed(byId("tasks-rows"), list, (t) => `${t.began} ${t.kind} ${t.subject}`, () => row(), show);
}

function row() {
  return el("tr", {}, el("th", { scope: "row" }), el("td"), el("td", { class: "wide" }), el("td", {}, el("progress", { max: 1 }), " ", el("span")), el("td"));
}

function show(tr, task) {
  const [kind, subject, detail, share, since] = tr.children;
  say(kind, doing[task.kind] ?? task.kind);
  say(subject, task.subject ?? "");
  say(detail, task.detail ?? "");
  showShare(share.children, task);
  say(since, lasted(task.began));
}

// Without a share the bar moves by itself: nobody knows how long it takes.
function showShare([bar, text], task) {
  bar.setAttribute("aria-label", `${doing[task.kind] ?? task.kind} ${task.subject ?? ""}`.trim());
  if (task.share) bar.value = task.share;
  else bar.removeAttribute("value");
  say(text, task.share ? `${Math.round(task.share * 100)} %` : "");
}

/** "1:05 min" */
function lasted(began) {
  const seconds = Math.max(0, Math.floor((Date.now() - new Date(began)) / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} min`;
}
