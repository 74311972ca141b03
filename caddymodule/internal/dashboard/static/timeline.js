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

/**
 * " in 12 ms": how long a run took until it was published or failed, as a handler
 * may be compiled, and a page come, much later. Nothing while it goes on, and
 * where nothing was made: an earlier build answers at once.
 */
export function inTime(run) {
  const ms = new Date(run.ended ?? run.began) - new Date(run.began);
  return ms > 0 ? ` in ${took(ms)}` : "";
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
  node.replaceChildren(title(run), ...problem(run), ...run.steps.map((step) => bar(step, began, total)), scale(run, total));
}

const tones = { failed: "bad", published: "good", building: "warn", unchanged: "faint", earlier: "warn" };

function title(run) {
  const build = run.build && run.outcome !== "failed" ? ` ${run.build}` : "";
  const files = run.changed ?? [];
  const reload = run.steps.find((step) => step.name === "reload");
  const reloaded = reload ? `, in a page after ${took(new Date(reload.to) - new Date(run.began))}` : "";
  return el("div", { class: "bar" },
    el("span", {}, `${clock(run.began)} `, el("strong", {}, run.extension), " ", el("span", { class: tones[run.outcome] }, `${run.outcome}${build}`), `${inTime(run)}${reloaded}`),
    files.length ? el("span", { class: "faint files" }, files.join(", ")) : "");
}

const targets = { ui: "UI", handler: "handler" };

function bar(step, began, total) {
  const name = [step.name, targets[step.target] ?? step.target].filter(Boolean).join(" ");
  const from = +new Date(step.from), to = +new Date(step.to ?? Date.now());
  const line = el("span");
  line.style.left = `min(${Math.max(0, (100 * (from - began)) / total)}%, 100% - 3px)`;
  line.style.width = `${Math.min(100, (100 * (to - from)) / total)}%`;
  const time = step.to ? took(to - from) : "…";
  return el("div", { class: `step ${step.name}${step.failed ? " failed" : ""}` },
    el("span", {}, step.failed ? `${name} failed` : name), el("span", { class: "track", "aria-hidden": "true" }, line), el("span", { class: "took" }, time));
}

// What the width stands for; the words above say it to a screen reader. While a
// run goes on it stands for nothing yet: what is drawn does not grow.
function scale(run, total) {
  if (!run.steps.length || run.outcome === "building" || run.steps.some((step) => !step.to)) return "";
  return el("div", { class: "step scale", "aria-hidden": "true" },
    el("span"), el("span", { class: "ends" }, el("span", {}, "0"), el("span", {}, took(total / 2)), el("span", {}, took(total))), el("span"));
}

const problem = (run) => (run.problem ? [el("p", { class: "bad" }, run.problem)] : []);
