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
// does nothing looks the same as one that was refused.
function report({ direction, type, detail }) {
  if (!type.startsWith("apiproxy")) return;
  calls.hidden = false;
  calls.textContent = direction === "in" ? `Calling the handler: ${detail} …` : `The handler answered: ${detail.replace(/\s+/g, " ")}`;
}

let bridge;
function show(path) {
  bridge?.close();
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
