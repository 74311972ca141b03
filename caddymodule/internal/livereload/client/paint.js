// A place of our own in the page. Its styles neither reach the page nor come
// from it, and a constructed stylesheet needs no leave of a
// Content-Security-Policy. Text is set as text, never as HTML.

const SHEET = `
  :host { all: initial !important; }
  [hidden] { display: none !important; }
  * { box-sizing: border-box; }
  .overlay, .badge {
    color-scheme: light dark;
    --surface: light-dark(#ffffff, #1b1e28);
    --raised: light-dark(#f3f4f8, #272b38);
    --text: light-dark(#171a26, #eceef5);
    --muted: light-dark(#5c6378, #a3abc0);
    --line: light-dark(#d9dce6, #3a4051);
    --bad: light-dark(#c22f3d, #ff8a92);
    --busy: light-dark(#8a5a00, #f2c05c);
    --good: light-dark(#157347, #6fd39c);
    color: var(--text);
    font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  }
  code, pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
  button { font: inherit; color: inherit; background: none; border: 0; cursor: pointer; }
  :focus-visible { outline: 2px solid var(--bad); outline-offset: 2px; }

  .overlay {
    position: fixed; inset: 0; z-index: 2147483647; overflow: auto; padding: 12px;
    background: color-mix(in srgb, var(--surface) 60%, transparent);
  }
  .sheet {
    max-width: 960px; margin: 0 auto; padding: 16px 20px 18px; border-radius: 10px;
    border: 1px solid var(--line); border-top: 4px solid var(--bad);
    background: var(--surface); box-shadow: 0 12px 40px #0005;
  }
  .head { display: flex; gap: 12px; align-items: baseline; }
  h1 { flex: 1; margin: 0; font-size: 16px; font-weight: 650; color: var(--bad); }
  .close, .more { flex: none; padding: 2px 8px; border-radius: 6px; color: var(--muted); }
  .close:hover, .more:hover { background: var(--raised); }
  .more { display: none; }
  .problem { margin-top: 14px; }
  .message { margin: 0; font-weight: 600; white-space: pre-wrap; overflow-wrap: anywhere; }
  .where { padding: 0; text-decoration: underline; color: var(--muted); overflow-wrap: anywhere; text-align: left; }
  span.where { text-decoration: none; }
  pre { margin: 8px 0 0; padding: 10px 12px; overflow: auto; max-height: 40vh; border-radius: 8px; background: var(--raised); }
  .fix, .foot, .command { margin: 8px 0 0; color: var(--muted); overflow-wrap: anywhere; }
  summary { margin-top: 12px; cursor: pointer; color: var(--muted); }
  @media (max-width: 359px), (max-height: 359px) {
    .overlay { padding: 0; font-size: 13px; line-height: 1.4; }
    .sheet { max-width: none; padding: 4px 8px 6px; border: 0; border-top: 3px solid var(--bad); border-radius: 0; box-shadow: 0 4px 12px #0003; }
    .head { gap: 4px; align-items: center; }
    h1 { min-width: 0; font-size: 13px; line-height: 1.3; }
    .close .word { display: none; }
    .close { padding: 0 8px; font-size: 15px; line-height: 1.3; }
    .problem { margin-top: 4px; }
    code, pre { font-size: 12px; line-height: 1.4; }
    pre { margin-top: 4px; padding: 4px 8px; border-radius: 5px; max-height: none; }
    .fix, .foot, .command { margin-top: 4px; }
    summary { margin-top: 6px; }
  }
  @media (max-height: 359px) {
    .overlay { background: var(--surface); }
    .sheet { box-shadow: none; }
  }
  @media (max-height: 109px) {
    .sheet { padding: 3px 8px; }
    .overlay:not([data-open]) { bottom: auto; box-shadow: 0 1px 6px #0005; }
    .overlay:not([data-open]) .sheet > :not(.head) { display: none; }
    .overlay:not([data-open]) h1 { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
    .more { display: block; }
    .close, .more { padding: 2px 5px; }
    h1 { font-size: 12px; }
  }

  .badge {
    position: fixed; right: 8px; bottom: 8px; z-index: 2147483646; display: flex; align-items: center; gap: 6px;
    padding: 2px 4px 2px 9px; border-radius: 999px; font-size: 11px; opacity: 0.75;
    background: var(--surface); border: 1px solid var(--line);
  }
  @media (max-height: 79px) {
    .overlay + .badge, .badge:has(+ .overlay) { display: none; }
  }
  .badge:hover, .badge:focus-within { opacity: 1; }
  .badge code { font-size: 11px; }
  .badge button { padding: 0 5px; border-radius: 999px; color: var(--muted); }
  .dot { width: 7px; height: 7px; border-radius: 50%; background: var(--good); }
  [data-state=offline] .dot { background: var(--muted); }
  [data-state=building] .dot, [data-state=earlier] .dot { background: var(--busy); }
  [data-state=failed] .dot, [data-state=stale] .dot { background: var(--bad); }
`;

let canvas;

/** Adds a node of ours to the page. */
function paint(node) {
  canvas ??= newCanvas();
  canvas.append(node);
  // A page that replaced its document took the canvas with it.
  if (!canvas.host.isConnected) document.documentElement.append(canvas.host);
}

function newCanvas() {
  const host = el("div", { "data-devproxy": "" });
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(SHEET);
  root.adoptedStyleSheets = [sheet];
  document.documentElement.append(host);
  return root;
}

function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "onclick") node.addEventListener("click", value);
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}
