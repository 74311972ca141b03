// Backends and extensions: what they are now, and what can be done to them.

import { buildsTable, showBuilds } from "./builds.js";
import { ago, byId, el, keyed, say } from "./dom.js";
import { sparkline } from "./sparkline.js";
import { store } from "./store.js";
import { showTasks } from "./tasks.js";

// Deliberately without allow-same-origin: an extension must not reach this page.
const SANDBOX = "allow-scripts allow-forms";

export function overview(perform) {
  byId("restart").addEventListener("click", (event) => perform(event.target, "restart", {}, "The runner has restarted."));
  return () => render(perform);
}

function render(perform) {
  const { status, access } = store;
  if (!status) return;
  const can = (name) => access.actions.includes(name);
  byId("fault").hidden = !status.error;
  say(byId("fault"), status.error ?? "");
  showTasks();
  byId("restart").hidden = !can("restart") || !status.compose;
  byId("read-only").hidden = access.actions.length > 0;
  byId("no-extensions").hidden = status.extensions.length > 0;
  keyed(byId("backends"), status.backends, (b) => b.name, () => backendRow(), (row, b) => showBackend(row, b, can("use") && perform));
  keyed(byId("extensions"), status.extensions, (e) => e.dir, (e) => card(e, can("build") && perform), (node, e) => {
    showExtension(node, e, can("build"));
    showBuilds(node.querySelector(".builds"), status.builds?.find(({ dir }) => dir === e.dir), can("use-build") && perform);
  });
}

function backendRow() {
  return el("tr", {}, el("th", { scope: "row" }), el("td"), el("td"), el("td", { class: "probes" }), el("td"), el("td", { class: "mono" }), el("td", { class: "wide" }));
}

const tones = { up: "good", down: "bad", starting: "warn" };

// What a backend gets though it is not selected, and what it costs to wake it.
function remarks(b) {
  const { percent, header, cookie } = b.share ?? {};
  return [
    percent && `${percent} % of the browsers`, header && `requests with header ${header}`, cookie && `requests with cookie ${cookie}`,
    b.emulated && "emulates Knative", b.cold_starts && `${b.cold_starts.count} cold starts, the last in ${b.cold_starts.last_ms} ms`,
    b.error && `${b.error.code}: ${b.error.message}${b.error.fix ? ` (${b.error.fix})` : ""}`,
  ].filter(Boolean).join("; ");
}

function showBackend(row, b, perform) {
  const [name, state, since, probes, inFlight, where, reason] = row.children;
  say(name, b.name);
  const status = b.status.replaceAll("_", " ");
  say(state, b.selected ? `${status}, selected` : status, tones[b.status] ?? "faint");
  say(since, ago(store.status.since[b.name]));
  const unset = b.status === "not_configured";
  sparkline(probes, unset ? [] : store.status.probes?.[b.name]);
  say(inFlight, String(b.in_flight));
  say(where, b.base_url ?? (b.generation ? `generation ${b.generation}` : b.kind), "mono");
  let text = reason.querySelector("span");
  if (!text) reason.append((text = el("span")));
  say(text, `${remarks(b)} `);
  let use = reason.querySelector("button");
  if (perform && !use) {
    use = el("button", { type: "button", onclick: () => perform(use, "use", { backend: b.name }, `Requests go to ${b.name}.`) }, `Use ${b.name}`);
    reason.append(use);
  }
  if (!use) return;
  if (b.selected && document.activeElement === use) row.closest(".scroll").focus(); // it is about to go
  use.hidden = b.selected || unset;
}

function card(e, perform) {
  const rebuild = el("button", { type: "button", class: "rebuild", hidden: true }, `Rebuild`);
  rebuild.setAttribute("aria-label", `Rebuild ${e.id ?? e.dir}`);
  rebuild.addEventListener("click", () => perform?.(rebuild, "build", { extension: e.dir }, (answer) => summary(answer.builds)));
  return el("article", {}, el("div", {}, el("div", { class: "bar" }, el("h4"), rebuild), el("dl"), el("div", { class: "problems" })), el("div", { class: "preview" }), buildsTable());
}

function summary(builds) {
  return builds.map((b) => `${b.id ?? b.dir}: ${b.ok ? `build ${b.build}` : "not published; see what is wrong below"}, ${b.ms} ms`).join("\n");
}

function showExtension(node, e, canBuild) {
  say(node.querySelector("h4"), e.id ? `${e.id} ${e.version ?? ""}` : e.dir);
  node.querySelector(".rebuild").hidden = !canBuild;
  const run = store.runs.findLast((r) => r.extension === e.id && r.outcome !== "building");
  const facts = [
    ["Build", e.build || "none"],
    ["Published", e.published ? `${new Date(e.published).toLocaleString()}, ${ago(e.published)}` : "never"],
    ["Last build", run ? `${run.outcome} in ${Math.round(length(run))} ms` : "not since devproxy started"],
    ["Handler", [e.handler?.status, e.handler?.mode, e.handler?.message].filter(Boolean).join(", ") || "none"],
    ["Saves", e.watch || "not watched"],
    ["How", e.plan ?? ""],
    ["Hash", e.hash ?? ""],
    ["Folder", e.dir],
  ].filter(([, value]) => value);
  keyed(node.querySelector("dl"), facts.flatMap(([term, value]) => [{ term }, { of: term, value }]), (x) => x.term ?? `${x.of}=`, (x) => el(x.term ? "dt" : "dd"), (n, x) => say(n, x.term ?? x.value));
  showProblems(node.querySelector(".problems"), e);
  preview(node.querySelector(".preview"), e);
}

function length(run) {
  const ends = run.steps.map((s) => new Date(s.to ?? Date.now()));
  return Math.max(0, ...ends) - new Date(run.began);
}

function showProblems(root, e) {
  const list = [
    ...(e.error && !e.problems?.some((p) => p.code === e.error.code) ? [["bad", e.error]] : []),
    ...(e.problems ?? []).map((p) => ["bad", p]),
    ...(e.warnings ?? []).map((p) => ["warn", p]),
  ].map(([tone, p], i) => ({ tone, p, i }));
  keyed(root, list, ({ tone, p, i }) => `${i} ${tone} ${p.code} ${p.message} ${p.line}`, ({ tone, p }) => problem(tone, p));
}

function problem(tone, p) {
  const place = [p.file, p.line, p.column].filter(Boolean).join(":");
  return el("div", {}, el("p", { class: tone }, [p.code, place, p.message].filter(Boolean).join(": ")),
    p.frame ? el("pre", { tabindex: 0 }, p.frame) : "", p.fix ? el("p", { class: "faint" }, p.fix) : "");
}

// The page reloads itself with each build, so the iframe stays.
function preview(root, e) {
  if (!e.ui_url || root.firstChild) return;
  const frame = el("iframe", { title: `Preview of ${e.id}`, sandbox: SANDBOX, loading: "lazy" });
  frame.src = new URL(e.ui_url, store.access.origin ?? location.origin);
  root.append(frame);
}
