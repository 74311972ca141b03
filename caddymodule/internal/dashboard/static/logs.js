// Log lines. Of ten thousand, some hundreds that match are in the page, however
// far one goes back.

import { byId, clock, el } from "./dom.js";
import { store } from "./store.js";

const levels = ["debug", "info", "warn", "error"];
const step = 300, most = 900;
const tones = { debug: "faint", warn: "warn", error: "bad" };

export function logs(changed) {
  const view = newView();
  const again = () => { view.reset(); changed(); };
  for (const id of ["logs-text", "logs-source", "logs-level"]) byId(id).addEventListener("input", again);
  byId("logs-older").addEventListener("click", () => { view.older(); changed(); });
  byId("logs-newer").addEventListener("click", () => { view.newer(); changed(); });

  return (what) => {
    if (what === "all") view.last = 0;
    const list = store.lines.filter(matcher());
    const shown = view.of(list);
    const scroll = byId("logs-scroll");
    const atEnd = scroll.scrollTop + scroll.clientHeight >= scroll.scrollHeight - 40;
    fill(byId("logs-rows"), shown, view);
    byId("logs-older").hidden = !shown.length || shown[0] === list[0];
    byId("logs-newer").hidden = view.until === Infinity;
    byId("logs-count").textContent = `${list.length} of ${store.lines.length} lines`;
    if (atEnd && view.until === Infinity) scroll.scrollTop = scroll.scrollHeight;
  };
}

// Which of the lines that match are in the page: the newest, until one goes
// further back than the page holds.
function newView() {
  return {
    size: step,
    until: Infinity, // number of the last line
    last: 0, // number of the newest line that was looked at; 0 to draw anew
    list: [],

    reset() { Object.assign(this, { size: step, until: Infinity, last: 0 }); },

    of(list) {
      this.list = list;
      const to = this.end();
      return list.slice(Math.max(0, to - this.size), to);
    },

    end() {
      const after = this.list.findIndex((line) => line.n > this.until);
      return after < 0 ? this.list.length : after;
    },

    older() {
      this.last = 0;
      if (this.size < most) this.size += step;
      else this.until = this.list[Math.max(this.size, this.end() - step) - 1]?.n ?? Infinity;
    },

    newer() {
      this.last = 0;
      this.until = this.list[this.end() + step - 1]?.n ?? Infinity;
    },
  };
}

function fill(rows, shown, view) {
  if (view.last === 0) rows.replaceChildren(...shown.map(row));
  else rows.append(...shown.filter((line) => line.n > view.last).map(row));
  while (rows.children.length > shown.length) rows.firstChild.remove();
  view.last = store.lines.at(-1)?.n ?? 0;
}

function matcher() {
  const text = byId("logs-text").value.toLowerCase(), source = byId("logs-source").value;
  const from = levels.indexOf(byId("logs-level").value);
  return (line) => levels.indexOf(line.level) >= from && (!source || line.source === source) &&
    (!text || `${line.extension ?? ""} ${line.message} ${line.fields ?? ""}`.toLowerCase().includes(text));
}

function row(line) {
  return el("li", { "data-source": line.source },
    el("span", { class: "faint" }, `${clock(line.time)} ${line.source.padEnd(7)} `),
    el("span", { class: tones[line.level] }, line.level === "info" ? "" : `${line.level} `, line.extension ? `${line.extension}: ` : "", line.message),
    line.fields ? el("span", { class: "faint" }, `  ${line.fields}`) : "",
    line.detail ? el("pre", {}, line.detail) : "");
}
