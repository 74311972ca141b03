// What is in effect, and who said it.

import { byId, el } from "./dom.js";
import { store } from "./store.js";

const columns = ["Setting", "Value", "From", "A variable that goes over it"];

export function configuration() {
  return () => {
    const { explained = [], groups = [] } = store.config;
    byId("settings").replaceChildren(
      el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Settings, and where each comes from" },
        el("table", { id: "explained" },
          el("thead", {}, el("tr", {}, ...columns.map((name) => el("th", { scope: "col" }, name)))),
          el("tbody", {}, ...explained.map(row)))),
      el("div", { class: "groups" }, ...groups.map((group) => el("div", {},
        el("h3", {}, group.name),
        el("dl", {}, ...group.settings.flatMap(({ name, value }) => [el("dt", {}, name), el("dd", { class: "mono" }, value || "–")]))))));
  };
}

function row({ key, value, origin, variable }) {
  return el("tr", {}, el("th", { scope: "row" }, key), el("td", { class: "mono wide" }, value || "–"),
    el("td", { class: origin === "default" ? "faint" : "" }, origin), el("td", { class: "mono" }, variable ?? ""));
}
