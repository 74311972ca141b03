// Log lines. Of ten thousand the newest few hundred that match are shown.

import { byId, clock, el } from "./dom.js";
import { store } from "./store.js";

const levels = ["debug", "info", "warn", "error"];
const step = 300;
const tones = { debug: "faint", warn: "warn", error: "bad" };

export function logs(changed) {
  let limit = step, last = 0;
  const rows = byId("logs-rows");
  const again = () => { limit = step; last = 0; changed(); };
  for (const id of ["logs-text", "logs-source", "logs-level"]) byId(id).addEventListener("input", again);
  byId("logs-older").addEventListener("click", () => { limit += step; last = 0; changed(); });

  return (what) => {
    if (what === "all") last = 0;
    const matches = matcher();
    const list = store.lines.filter(matches);
    const shown = list.slice(-limit);
    const scroll = byId("logs-scroll");
    const atEnd = scroll.scrollTop + scroll.clientHeight >= scroll.scrollHeight - 40;
    if (last === 0) rows.replaceChildren(...shown.map(row));
    else rows.append(...shown.filter((line) => line.n > last).map(row));
    while (rows.children.length > shown.length) rows.firstChild.remove();
    last = store.lines.at(-1)?.n ?? 0;
    byId("logs-older").hidden = list.length <= shown.length;
    byId("logs-count").textContent = `${list.length} of ${store.lines.length} lines`;
    if (atEnd) scroll.scrollTop = scroll.scrollHeight;
  };
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
