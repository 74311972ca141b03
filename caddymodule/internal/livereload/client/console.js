// Sends what goes wrong in this page to the terminal. The browser's own
// console gets everything as before.

const LINES = 50; // of one request
const send = navigator.sendBeacon.bind(navigator);
let lines = [];
let left = 0; // lines that did not fit
let timer;

function report(level, message, source = "") {
  const last = lines.at(-1);
  if (last?.message === message && last.level === level) last.times += 1;
  else if (lines.length < LINES - 1) lines.push({ level, message: message.slice(0, 4000), source, times: 1 });
  else left += 1;
  timer ??= setTimeout(flush, 200);
}

function flush() {
  clearTimeout(timer);
  timer = undefined;
  if (!lines.length) return;
  if (left) lines.push({ level: "warning", message: `… and ${left} more lines`, source: "", times: 1 });
  send(endpoint("console"), JSON.stringify(lines.map(({ level, message, source, times }) => ({
    build: shown,
    level,
    message: times > 1 ? `${message} (${times} times)` : message,
    source,
  }))));
  lines = [];
  left = 0;
}

function hook() {
  for (const [method, level] of [["error", "error"], ["warn", "warning"]]) {
    console[method] = new Proxy(console[method], {
      apply(target, self, values) {
        report(level, format(values), caller());
        return Reflect.apply(target, self, values);
      },
    });
  }
  // Captured, as the failure of an image or a stylesheet does not bubble.
  addEventListener("error", (event) => {
    if (event.target instanceof Element) return failedToLoad(event.target);
    const { message, filename, lineno, colno, error } = event;
    if (filename || error) report("error", describe(error ?? message), `${filename}:${lineno}:${colno}`);
    else report("error", `${message} The browser hides what it was, as this page is sandboxed; its own console shows it.`);
  }, true);
  addEventListener("unhandledrejection", ({ reason }) => report("error", `unhandled rejection: ${describe(reason)}`, caller(reason?.stack)));
  addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, sourceFile, lineNumber, columnNumber, disposition }) => {
    report(disposition === "report" ? "warning" : "error",
      `the Content-Security-Policy's ${effectiveDirective} refuses ${blockedURI}`,
      sourceFile ? `${sourceFile}:${lineNumber}:${columnNumber}` : "");
  });
  addEventListener("pagehide", flush);
}

function failedToLoad(element) {
  const url = element.currentSrc || element.src || element.href;
  if (url) report("error", `loading <${element.localName}> ${String(url.baseVal ?? url)} failed`);
}

/** The place in the page's files that a stack names first. */
function caller(stack = new Error().stack) {
  for (const [place] of String(stack ?? "").matchAll(/https?:\/\/[^\s()]+:\d+:\d+/g)) {
    if (!place.startsWith(address.origin + address.pathname)) return place;
  }
  return "";
}

/** What the console would print, as text: with %s and its kind filled in. */
function format([first, ...rest]) {
  if (typeof first !== "string") return [first, ...rest].map((value) => describe(value)).join(" ");
  const text = first.replace(/%([sdifoOc%])/g, (match, kind) => {
    if (kind === "%") return "%";
    if (!rest.length) return match;
    const value = rest.shift();
    return kind === "c" ? "" : describe(value);
  });
  return [text, ...rest.map((value) => describe(value))].join(" ");
}

function describe(value) {
  try {
    if (typeof value === "string") return value;
    if (value instanceof Error) return describeError(value);
    if (value instanceof Element) return `<${value.localName}${value.id && `#${value.id}`}>`;
    if (value === null || typeof value !== "object") return String(value);
    return JSON.stringify(value, withoutCycles()) ?? String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

function describeError(error) {
  const stack = String(error.stack ?? "");
  const text = stack.includes(error.message) ? stack : `${error.name}: ${error.message}`;
  return error.cause === undefined ? text : `${text}\ncaused by ${describe(error.cause)}`;
}

function withoutCycles() {
  const seen = new WeakSet();
  return (_, value) => {
    if (typeof value === "bigint") return `${value}n`;
    if (value === null || typeof value !== "object") return value;
    if (seen.has(value)) return "…";
    seen.add(value);
    return value instanceof Error ? describeError(value) : value;
  };
}

if (!page.off.has("console")) hook();
