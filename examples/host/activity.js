// Shows the messages between host and extension as they pass.

import { el } from "./dom.js";

const KEPT = 50;

export class Activity {
  #list;

  /** @param {HTMLOListElement} list */
  constructor(list) {
    this.#list = list;
  }

  /** @param {{direction: "in"|"out", type: string, detail: string}} entry */
  add({ direction, type, detail }) {
    const arrow = direction === "in" ? "←" : "→";
    const label = direction === "in" ? "from the extension" : "to the extension";
    this.#list.prepend(
      el("li", { class: `message message-${direction}` },
        el("span", { class: "arrow", title: label, "aria-label": label, "role": "img" }, arrow),
        el("b", {}, type),
        el("span", { class: "detail" }, detail)),
    );
    while (this.#list.children.length > KEPT) this.#list.lastElementChild.remove();
  }

  clear() {
    this.#list.replaceChildren();
  }
}
