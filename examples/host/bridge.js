// The conversation between this page and one extension in its iframe: every
// message is {alga: true, version: "1", type, request_id?, payload}.
//
//   host → child  bootstrap, theme, apiproxy_response
//   child → host  ready, resize, navigate, apiproxy

import { callHandler } from "./api-proxy.js";

const VERSION = "1";
const MIN_HEIGHT = 100;
const MAX_HEIGHT = 4000;

/**
 * Talks to the extension in iframe until the returned bridge is closed.
 *
 * @param {HTMLIFrameElement} iframe  its `sandbox` attribute decides which origin is accepted
 * @param {object} options
 * @param {string} options.extensionId
 * @param {{mode: string, tokens: Record<string, string>}} options.theme  first theme
 * @param {string} [options.path]  page inside the extension, default "/"
 * @param {() => void} [options.onReady]
 * @param {(path: string) => void} [options.onNavigate]
 * @param {(entry: {direction: "in"|"out", type: string, detail: string, call?: number, status?: number}) => void} [options.onMessage]
 *   call tells calls of the handler apart that are under way at once; an answer without a status never reached the server
 * @returns {Bridge}
 */
export function connect(iframe, options) {
  return new Bridge(iframe, options);
}

export class Bridge {
  #iframe;
  #options;
  #theme;
  #greeted = false;
  #calls = 0;
  #closing = new AbortController();

  constructor(iframe, options) {
    this.#iframe = iframe;
    this.#options = { path: "/", ...options };
    this.#theme = options.theme;
    const { signal } = this.#closing;
    addEventListener("message", (event) => this.#receive(event), { signal });
    iframe.addEventListener("load", () => this.#loaded(), { signal });
  }

  /** Tells the child about another theme, now and at its next load. */
  setTheme(theme) {
    this.#theme = theme;
    this.#send("theme", theme, { detail: theme.mode });
  }

  /** Stops listening and ends calls that are under way. */
  close() {
    this.#closing.abort();
  }

  // Without allow-same-origin the child's origin is opaque: its messages carry
  // the origin "null", and no other target than "*" would reach it. Any
  // sandboxed frame is "null" as well, hence the check of the window; and since
  // a frame may navigate itself elsewhere, nothing secret goes into a message.
  #origins() {
    const { sandbox } = this.#iframe;
    const opaque = this.#iframe.hasAttribute("sandbox") && !sandbox.contains("allow-same-origin");
    if (opaque) return { accepted: "null", target: "*" };
    const { origin } = new URL(this.#iframe.src, location.href);
    return { accepted: origin, target: origin };
  }

  #receive(event) {
    if (!event.source || event.source !== this.#iframe.contentWindow) return;
    if (event.origin !== this.#origins().accepted) return;
    const message = event.data;
    if (message?.alga !== true || message.version !== VERSION) return;
    const handle = this.#handlers[message.type];
    if (handle) handle(message.payload ?? {}, message.request_id);
  }

  #handlers = {
    __proto__: null,
    ready: () => {
      this.#report("in", "ready");
      this.#bootstrap();
      this.#greeted = true;
      this.#options.onReady?.();
    },
    resize: ({ height }) => {
      if (!Number.isFinite(height)) return;
      const clamped = Math.min(MAX_HEIGHT, Math.max(MIN_HEIGHT, Math.floor(height)));
      this.#iframe.style.height = `${clamped}px`;
      this.#report("in", "resize", { detail: `${clamped}px` });
    },
    navigate: ({ path }) => {
      if (typeof path !== "string" || !path.startsWith("/")) return;
      this.#report("in", "navigate", { detail: path });
      this.#options.onNavigate?.(path);
    },
    apiproxy: (call, requestId) => this.#proxy(call, requestId),
  };

  async #proxy(call, requestId) {
    const { signal } = this.#closing;
    const number = ++this.#calls;
    this.#report("in", "apiproxy", { detail: `${call.method ?? "POST"} ${call.route}`, call: number });
    const began = performance.now();
    const payload = await callHandler(this.#options.extensionId, call, signal);
    if (signal.aborted) return;
    const elapsed = Math.round(performance.now() - began);
    const detail = `${payload.status ?? ""} ${payload.error ?? ""} ${elapsed} ms`.trim();
    this.#send("apiproxy_response", payload, { requestId, detail, call: number, status: payload.status });
  }

  // A child that says `ready` while it loads has its answer already; one that
  // never says so is answered here. Then the next document starts anew.
  #loaded() {
    if (!this.#greeted) this.#bootstrap();
    this.#greeted = false;
  }

  #bootstrap() {
    this.#send("bootstrap", {
      // The example host knows no users; a real one puts a short-lived token here
      // only when the child's origin is not opaque.
      session: { token: "", expires_at: "" },
      theme_tokens: this.#theme.tokens,
      theme: this.#theme.mode,
      navigation: { path: this.#options.path },
    });
  }

  #send(type, payload, { requestId, ...entry } = {}) {
    const message = { alga: true, version: VERSION, type, request_id: requestId, payload };
    this.#iframe.contentWindow?.postMessage(message, this.#origins().target);
    this.#report("out", type, entry);
  }

  #report(direction, type, entry = {}) {
    this.#options.onMessage?.({ direction, type, detail: "", ...entry });
  }
}
