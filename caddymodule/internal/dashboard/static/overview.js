// Backends and extensions: what they are now, and what can be done to them.

import { buildsTable, showBuilds } from "./builds.js";
import { ago, byId, el, keyed, say, took, when } from "./dom.js";
import { sparkline } from "./sparkline.js";
import { store } from "./store.js";
import { showTasks } from "./tasks.js";
import { inTime } from "./timeline.js";

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
  return el("tr", {}, el("th", { scope: "row" }), el("td"), el("td"), el("td", { class: "probes" }), el("td"), el("td", { class: "wide" }, el("span"), el("span"), " "));
}

const tones = { up: "good", down: "bad", starting: "warn" };

const kinds = { embedded: "in devproxy's own process", docker: "in a container", knative: "a Knative service", url: "a runner of yours" };

// What it is, what it gets though it is not selected, and what it costs to wake it.
function remarks(b) {
  const { percent, header, cookie } = b.share ?? {};
  return [
    kinds[b.kind] ?? b.kind, b.generation && `generation ${b.generation}`,
    percent && `${percent} % of the browsers`, header && `requests with header ${header}`, cookie && `requests with cookie ${cookie}`,
    b.emulated && "emulates Knative", b.cold_starts && `${b.cold_starts.count} cold starts, the last in ${b.cold_starts.last_ms} ms`,
  ].filter(Boolean).join("; ");
}

function fault({ error }) {
  return error ? `${error.code}: ${error.message}${error.fix ? ` (${error.fix})` : ""}` : "";
}

function showBackend(row, b, perform) {
  const [name, state, since, probes, inFlight, what] = row.children;
  const status = b.status.replaceAll("_", " ");
  const unset = b.status === "not_configured";
  row.className = b.selected ? "selected" : unset ? "unset" : "";
  say(name, b.name);
  say(state, b.selected ? `${status}, selected` : status, tones[b.status] ?? "faint");
  say(since, unset ? "–" : ago(store.status.since[b.name]));
  sparkline(probes, unset ? [] : store.status.probes?.[b.name]);
  say(inFlight, unset ? "–" : String(b.in_flight));
  const [words, wrong] = what.children;
  say(words, [remarks(b), b.base_url].filter(Boolean).join(", "));
  say(wrong, fault(b), b.status === "down" ? "why bad" : "why faint");
  let use = what.querySelector("button");
  if (perform && !use) {
    use = el("button", { type: "button", onclick: () => perform(use, "use", { backend: b.name }, `Requests go to ${b.name}.`) }, `Use ${b.name}`);
    what.append(use);
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
  const run = store.runs.findLast((r) => r.extension === e.id && !["building", "earlier"].includes(r.outcome));
  const facts = [
    ["Build", e.build ? `${e.build}, published ${when(e.published)} (${ago(e.published)})` : "none was published"],
    ["Last build", run ? `${run.outcome}${inTime(run)}` : "not since devproxy started"],
    ["Handler", handler(e.handler)],
    ["Saves", watching[e.watch] ?? e.watch ?? "are not watched"],
    ["Made by", e.plan ?? ""],
    ["Folder", e.dir],
    ["Hash", e.hash ?? ""],
  ].filter(([, value]) => value);
  keyed(node.querySelector("dl"), facts.flatMap(([term, value]) => [{ term }, { of: term, value }]), (x) => x.term ?? `${x.of}=`, (x) => el(x.term ? "dt" : "dd"), (n, x) => say(n, x.term ?? x.value, x.of === "Hash" || x.of === "Folder" ? "mono faint" : ""));
  showProblems(node.querySelector(".problems"), e);
  preview(node.querySelector(".preview"), e);
}

const watching = { events: "are noticed at once", polling: "are looked for again and again" };
const modes = { source: "runs from its source", artefact: "runs dist/main.wasm" };

function handler({ status, mode, message } = {}) {
  return [status === "none" ? "" : status, modes[mode] ?? mode, message].filter(Boolean).join(", ") || "none: this extension has only a UI";
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
  return el("div", {}, el("p", { class: tone }, p.message, " ", el("span", { class: "code" }, p.code ?? "")),
    place ? el("p", { class: "mono" }, place) : "",
    p.frame ? el("pre", { tabindex: 0 }, p.frame) : "", p.fix ? el("p", { class: "faint" }, `To repair it: ${p.fix}`) : "");
}

// A preview is a page of the app's origin, with the extension in a sandboxed
// iframe: that page answers its calls, and this one hears nothing of them. The
// extension loads itself anew with each build, so the iframe stays.
function preview(root, e) {
  if (!e.ui_url || root.firstChild) return;
  const address = new URL("/__runner/dashboard/preview", store.access.origin ?? location.origin);
  address.searchParams.set("extension", e.id);
  root.append(el("iframe", { title: `Preview of ${e.id}`, src: address, loading: "lazy" }));
}
