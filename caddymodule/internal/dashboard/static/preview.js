// A host of one extension: its UI in a sandboxed iframe, and the bridge of the
// example host, which answers its calls.

import { connect } from "./bridge.js";

const TOKENS = ["--page", "--surface", "--raised", "--text", "--muted", "--line", "--accent", "--on-accent", "--good", "--bad"];
const dark = matchMedia("(prefers-color-scheme: dark)");
const { extension, ui } = document.body.dataset;
const calls = document.getElementById("calls");

// Without allow-same-origin where the files come from the app's origin: the
// extension would reach this page, and the app. One with an origin of its own
// may keep it. Only the server knows: another origin than this page's can be
// the app's by another name.
const SANDBOX = "allow-scripts allow-forms";
const own = "own" in document.body.dataset;

function theme() {
  const style = getComputedStyle(document.documentElement);
  return { mode: dark.matches ? "dark" : "light", tokens: Object.fromEntries(TOKENS.map((name) => [name, style.getPropertyValue(name).trim()])) };
}

// What the handler was asked, and how it answered: the preview of a form that
// does nothing looks the same as one that was refused. The newest calls have a
// line each, as some are under way at once.
const MOST = 3;
const LONGEST = 200;
const newest = new Map();

function report({ direction, type, detail, call, status }) {
  if (!type.startsWith("apiproxy")) return;
  const text = detail.replace(/\s+/g, " ");
  if (direction === "in") begin(call, text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
  else if (newest.has(call)) end(newest.get(call), text, status);
  calls.hidden = newest.size === 0;
  calls.textContent = [...newest.values()].map(({ said }) => said).join("\n");
}

function begin(call, what) {
  newest.set(call, { what, said: `Calling the handler: ${what} …` });
  if (newest.size > MOST) newest.delete(newest.keys().next().value);
}

// Without a status nobody was asked, or nobody heard.
function end(line, answer, status) {
  line.said = status ? `The handler answered ${line.what}: ${answer}` : `The call ${line.what} was refused: ${answer}`;
}

let bridge;
function show(path) {
  bridge?.close();
  newest.clear(); // they are never answered, and the next bridge counts anew
  calls.hidden = true;
  const frame = document.createElement("iframe");
  frame.title = `${extension}, an extension`;
  frame.setAttribute("sandbox", own ? `${SANDBOX} allow-same-origin` : SANDBOX);
  const address = new URL(ui, location.href);
  address.searchParams.set("path", path);
  bridge = connect(frame, { extensionId: extension, theme: theme(), path, onNavigate: show, onMessage: report });
  frame.src = address.href;
  document.querySelector("main").replaceChildren(frame);
}

dark.addEventListener("change", () => bridge.setTheme(theme()));
show("/");
