// What is in effect.

import { byId, el } from "./dom.js";
import { store } from "./store.js";

export function configuration() {
  return () => byId("settings").replaceChildren(...store.config.flatMap((group) => [
    el("h3", {}, group.name),
    el("dl", {}, ...group.settings.flatMap(({ name, value }) => [el("dt", {}, name), el("dd", { class: "mono" }, value || "–")])),
  ]));
}
