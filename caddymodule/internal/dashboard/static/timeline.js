// Each save as bars, so that a slow step is seen.

import { byId, clock, el, keyed, took } from "./dom.js";
import { store } from "./store.js";

const most = 40;

export function timeline() {
  return () => {
    byId("no-runs").hidden = store.runs.length > 0;
    const newest = store.runs.slice(-most).reverse();
    keyed(byId("runs"), newest, (run) => run.n, () => el("li", { class: "run" }), show);
  };
}

function show(node, run) {
  const drawn = JSON.stringify(run);
  if (node.drawn === drawn) return;
  node.drawn = drawn;
  node.dataset.outcome = run.outcome;
  node.dataset.build = run.build ?? "";
  const began = +new Date(run.began);
  const ends = run.steps.map((step) => +new Date(step.to ?? Date.now()));
  const total = Math.max(1, Math.max(began, ...ends) - began);
  node.replaceChildren(title(run, total), ...run.steps.map((step) => bar(step, began, total)), problem(run));
}

const tones = { failed: "bad", published: "good", building: "warn", unchanged: "faint", earlier: "warn" };

function title(run, total) {
  const changed = run.changed?.length ? ` · ${run.changed.join(", ")}` : "";
  return el("p", {}, `${clock(run.began)} `, el("strong", {}, run.extension), " ",
    el("span", { class: tones[run.outcome] }, run.build ? `${run.outcome} ${run.build}` : run.outcome), ` · ${took(total)}${changed}`);
}

function bar(step, began, total) {
  const name = [step.name, step.target].filter(Boolean).join(" ");
  const from = +new Date(step.from), to = +new Date(step.to ?? Date.now());
  const line = el("span");
  line.style.left = `${Math.min(100, Math.max(0, (100 * (from - began)) / total))}%`;
  line.style.width = `${Math.min(100, (100 * (to - from)) / total)}%`;
  const time = step.to ? took(to - from) : "…";
  return el("div", { class: `step ${step.name}${step.failed ? " failed" : ""}` },
    el("span", {}, step.failed ? `${name} failed` : name), el("span", { class: "track", "aria-hidden": "true" }, line), el("span", { class: "took" }, time));
}

const problem = (run) => (run.problem ? el("p", { class: "bad" }, run.problem) : "");
