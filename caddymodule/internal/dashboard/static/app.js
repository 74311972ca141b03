// The dashboard: one event stream, one store, and a page at a time.

import { configuration } from "./configuration.js";
import { byId, say } from "./dom.js";
import { logs } from "./logs.js";
import { overview } from "./overview.js";
import { requests } from "./requests.js";
import { act, enter, follow } from "./stream.js";
import { store, take } from "./store.js";
import { timeline } from "./timeline.js";

let pending = null; // what changed since the page was drawn
const pages = {
  overview: { draw: overview(perform), of: ["status", "runs"] },
  timeline: { draw: timeline(), of: ["runs"] },
  requests: { draw: requests(() => changed("requests")), of: ["requests"] },
  logs: { draw: logs(() => changed("lines")), of: ["lines"] },
  configuration: { draw: configuration(), of: [] },
};

// A burst is drawn once.
function changed(what) {
  if (pending) return void pending.add(what);
  pending = new Set([what]);
  setTimeout(() => {
    const all = pending.has("all");
    const { draw, of } = pages[current()];
    if (all || of.some((name) => pending.has(name))) draw(all ? "all" : "");
    pending = null;
  }, 16);
}

function current() {
  const name = location.hash.slice(1);
  return Object.hasOwn(pages, name) ? name : "overview";
}

function show() {
  for (const name of Object.keys(pages)) byId(name).hidden = name !== current();
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${current()}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${byId(`${current()}-title`).textContent} · devproxy`;
  changed("all");
}

/** Does what a button says, and tells how it went. */
async function perform(button, name, query, done) {
  const focused = document.activeElement === button;
  button.disabled = true;
  try {
    const answer = await act(name, query);
    notify(typeof done === "string" ? done : done(answer), "good");
  } catch (cause) {
    notify(cause.message, "bad");
  }
  button.disabled = false;
  if (focused && document.activeElement === document.body) (button.checkVisibility() ? button : document.querySelector("main")).focus();
}

function notify(text, tone) {
  byId("notice").hidden = false;
  say(byId("notice"), text, tone);
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.matches("input, select") || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  location.hash = "logs";
  show();
  // with the key's end: what it types would stand in the field otherwise
  document.addEventListener("keyup", () => byId("logs-text").focus(), { once: true });
});
document.addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("hashchange", () => {
  show();
  if (document.activeElement !== byId("logs-text")) document.querySelector("main").focus();
});

try {
  await enter();
} catch (cause) {
  notify(cause.message, "bad");
}
show();
follow((name, value) => changed(take(name, value)), (connected, why) => say(byId("connection"), connected ? "live" : why, connected ? "good" : "bad"));
setInterval(() => changed("status"), 10_000); // "3 min ago"
setInterval(() => store.status?.tasks?.length && changed("status"), 1000); // "5 s"
