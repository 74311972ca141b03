// The example host app: a list of extensions, and a stage that shows one.

import { Activity } from "./activity.js";
import { followCatalog, loadCatalog } from "./catalog.js";
import { command, el } from "./dom.js";
import { Stage } from "./stage.js";
import { standing } from "./standing.js";
import { chooseThemeWith } from "./theme.js";

const list = document.querySelector("#extensions");
const problems = document.querySelector("#problems");
const activity = new Activity(document.querySelector("#activity"));
const stage = new Stage(document.querySelector("#stage"), {
  navigate: (path) => open(shown.id, path),
  message: (entry) => activity.add(entry),
});

let catalog = { extensions: [], errors: [] };
let shown = { id: null, path: "/", ui: false };
let following = false;

chooseThemeWith(document.querySelector("#theme"), (theme) => stage.setTheme(theme));
addEventListener("popstate", render);
await refresh();

async function refresh() {
  try {
    catalog = await loadCatalog();
  } catch (cause) {
    stage.showInstead(...unreachable(cause));
    return;
  }
  render();
  if (following) return;
  following = true;
  followCatalog({
    heard: (news) => {
      catalog = news;
      render();
    },
    lost: () => {
      catalog = { ...catalog, lost: true };
      render();
    },
  });
}

// Shows what the address says; an extension that is already on stage is not
// loaded anew.
function render() {
  const query = new URLSearchParams(location.search);
  const extension = catalog.extensions.find(({ id }) => id === query.get("ext")) ?? catalog.extensions[0];
  renderList(extension);
  problems.replaceChildren(...catalog.errors.map(problem));
  if (!extension) {
    shown = { id: null };
    stage.showInstead(...(catalog.errors.length > 0 ? broken() : welcome()));
    return;
  }
  const next = { id: extension.id, path: query.get("path") ?? "/", ui: Boolean(extension.ui_url) };
  if (next.id === shown.id && next.path === shown.path && next.ui === shown.ui) {
    stage.showState(extension);
    return;
  }
  shown = next;
  activity.clear();
  stage.show(extension, next.path);
}

// Who stands in the list with the keyboard goes on standing there.
function renderList(current) {
  const held = list.contains(document.activeElement) && document.activeElement.getAttribute("href");
  list.replaceChildren(...catalog.extensions.map((item) => listItem(item, item === current)));
  if (held) [...list.querySelectorAll("a")].find((link) => link.getAttribute("href") === held)?.focus();
}

function open(id, path) {
  history.pushState(null, "", address(id, path));
  render();
}

function address(id, path = "/") {
  const query = new URLSearchParams({ ext: id });
  if (path !== "/") query.set("path", path);
  return `?${query}`;
}

function listItem(extension, current) {
  const { id, name, publisher } = extension;
  const { state, words } = standing(extension, catalog.lost);
  const link = el("a", { href: address(id), class: "item" },
    el("span", { class: "item-name" }, name),
    el("span", { class: "item-publisher" }, `by ${publisher}`),
    el("span", { class: `dot dot-${state}`, title: words, role: "img", "aria-label": words }));
  if (state !== "ready") link.append(el("span", { class: `item-state item-${state}`, "aria-hidden": "true" }, words));
  if (current) link.setAttribute("aria-current", "page");
  link.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    open(id, "/");
  });
  return el("li", {}, link);
}

function problem({ code, dir, message }) {
  return el("div", { class: "notice notice-bad" },
    el("p", {}, el("b", {}, code), " ", message),
    el("p", {}, "in ", el("code", {}, dir)));
}

function welcome() {
  return [
    el("div", { class: "empty" },
      el("h1", {}, "No extension yet"),
      el("p", {}, "Write a new extension:"),
      el("p", {}, command("devproxy init DIR")),
      el("p", {}, "and start devproxy with its folder, the one that holds the manifest.json:"),
      el("p", {}, command("devproxy up --extension DIR"))),
  ];
}

function broken() {
  return [
    el("div", { class: "empty" },
      el("h1", {}, "The extension cannot be loaded"),
      el("p", {}, "What is wrong with it is said beside this. Correct it and save.")),
  ];
}

function unreachable(cause) {
  const again = el("button", { class: "button", type: "button" }, "Try again");
  again.addEventListener("click", refresh);
  return [
    el("div", { class: "empty" },
      el("h1", {}, "devproxy does not answer"),
      el("p", {}, `${cause.message}. If it was stopped, start it again where it ran:`),
      el("p", {}, command("devproxy up")),
      again),
  ];
}
