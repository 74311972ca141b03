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

/** How long a run took until it was published or failed, in ms: a page may come much later. */
export function built(run) {
  const ends = run.steps.filter((step) => step.name !== "reload").map((step) => +new Date(step.to ?? Date.now()));
  return Math.max(0, Math.max(+new Date(run.began), ...ends) - new Date(run.began));
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
  node.replaceChildren(title(run, total), ...problem(run), ...run.steps.map((step) => bar(step, began, total)), scale(run, total));
}

const tones = { failed: "bad", published: "good", building: "warn", unchanged: "faint", earlier: "warn" };

function title(run, total) {
  const build = run.build && run.outcome !== "failed" ? ` ${run.build}` : "";
  const files = run.changed ?? [];
  const reloaded = run.steps.some((step) => step.name === "reload") ? `, in a page after ${took(total)}` : "";
  return el("div", { class: "bar" },
    el("span", {}, `${clock(run.began)} `, el("strong", {}, run.extension), " ", el("span", { class: tones[run.outcome] }, `${run.outcome}${build}`), ` in ${took(built(run))}${reloaded}`),
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

// What the width stands for; the words above say it to a screen reader.
function scale(run, total) {
  if (!run.steps.length) return "";
  return el("div", { class: "step scale", "aria-hidden": "true" },
    el("span"), el("span", { class: "ends" }, el("span", {}, "0"), el("span", {}, took(total / 2)), el("span", {}, took(total))), el("span"));
}

const problem = (run) => (run.problem ? [el("p", { class: "bad" }, run.problem)] : []);
