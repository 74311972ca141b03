// One call of a handler: what went in and out, and what it did. Only a page
// that may act is told of it.

import { act } from "./stream.js";
import { byId, el, took } from "./dom.js";
import { store } from "./store.js";

/** A button that shows the call; nothing where there is nothing to show. */
export function detailsButton(r) {
  if (!r.execute || !r.id || !store.access.actions.includes("execute")) return "";
  const button = el("button", { type: "button", class: "details", onclick: () => show(r, button) }, "Details");
  button.setAttribute("aria-label", `Details of ${r.method} ${r.path}`);
  return button;
}

async function show(r, button) {
  const root = byId("execute");
  root.hidden = false;
  try {
    const { execute } = await act("execute", { id: r.id });
    root.replaceChildren(...describe(execute, () => close(button)));
  } catch (cause) {
    root.replaceChildren(el("p", { class: "bad" }, cause.message));
  }
  root.scrollIntoView({ block: "nearest" });
  root.focus();
}

function close(button) {
  byId("execute").hidden = true;
  button.focus();
}

function describe(e, leave) {
  const outcome = el("div", { id: "replayed", role: "status" });
  const again = el("button", { type: "button", onclick: () => replay(e, again, outcome) }, "Replay");
  return [
    el("div", { class: "bar" }, el("h3", {}, `${e.request.method} ${e.request.path}`), again, el("button", { type: "button", onclick: leave }, "Close")),
    el("dl", {}, ...[
      ["Request id", e.id], ["Extension", `${e.extension}, build ${e.build ?? "–"}`], ["Answered by", [e.backend ?? "nobody", `in ${took(e.ms)}`].join(" ")],
      ["Blanked", (e.redacted ?? []).join(", ")],
    ].filter(([, value]) => value).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
    outcome,
    ...part("In", { query: e.request.query, headers: e.request.headers, body: e.request.body }),
    ...part(`Out: ${e.answer.status}`, { error: e.answer.error, headers: e.answer.headers, body: e.answer.body }),
    ...part("Calls of the platform", (e.trace?.calls ?? []).map((c) => `${c.function} ${c.target ?? ""} → ${c.outcome}${c.note ? `: ${c.note}` : ""}`)),
    ...part("Log", (e.trace?.lines ?? []).map((l) => `${l.level} ${l.text}`)),
  ];
}

function part(title, content) {
  const lines = Array.isArray(content) ? content : Object.entries(content).flatMap(([name, value]) => texts(name, value));
  return lines.length ? [el("h4", {}, title), el("pre", { tabindex: 0 }, lines.join("\n"))] : [];
}

function texts(name, value) {
  if (!value) return [];
  if (typeof value === "string") return [`${name}: ${value}`];
  if (name === "body") return [`body: ${value.left ? `${value.bytes} bytes, not kept: ${value.left}` : value.text}`];
  return Object.entries(value).map(([key, text]) => `${name}.${key}: ${text}`);
}

async function replay(e, button, outcome) {
  button.disabled = true;
  outcome.replaceChildren("sending it again…");
  try {
    const { replays: [one] } = await act("replay", { id: e.id });
    outcome.replaceChildren(...(one.skipped ? [el("p", { class: "warn" }, one.skipped)] : one.runs.map(verdict)));
  } catch (cause) {
    outcome.replaceChildren(el("p", { class: "bad" }, cause.message));
  }
  button.disabled = false;
}

function verdict(run) {
  if (run.code) return el("p", { class: "bad" }, `${run.backend}: ${run.code}: ${run.message}`);
  const said = `${run.backend}: ${run.answer.status} in ${took(run.ms)}`;
  if (run.differences.length === 0) return el("p", { class: "good" }, `${said}, equal to the record`);
  return el("div", {}, el("p", { class: "warn" }, `${said}, differs from the record`),
    el("pre", { tabindex: 0 }, run.differences.map((d) => `${d.path}\n  - ${d.want || "(nothing)"}\n  + ${d.got || "(nothing)"}`).join("\n")));
}
