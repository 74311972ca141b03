// The extension's side of the conversation with its host. It offers
// `host.call`, and follows the host's theme and the page's height.
"use strict";

const host = (() => {
  const calls = new Map();
  let lastId = 0;

  // The page's files come from the host's origin, so that is who may talk. With
  // an origin of its own the page is told the host's: there frame-ancestors keep
  // others from showing it, and saying so.
  const hasOwnOrigin = location.hostname.endsWith(".localhost");
  const told = new URLSearchParams(location.search).get("parentOrigin");
  const hostOrigin = hasOwnOrigin && told ? told : location.origin;

  function post(type, payload, requestId) {
    const message = { alga: true, version: "1", type, request_id: requestId, payload };
    parent.postMessage(message, hostOrigin);
  }

  /**
   * Calls the extension's own handler: value is sent as JSON, the answer's
   * JSON comes back. Rejects with an Error that has the code of the failure.
   */
  function call(method, route, value) {
    const id = `call-${++lastId}`;
    const body = value === undefined ? undefined : encode(JSON.stringify(value));
    return new Promise((resolve, reject) => {
      calls.set(id, { resolve, reject });
      post("apiproxy", { method, route, body }, id);
    });
  }

  const receive = {
    bootstrap: ({ theme, theme_tokens: tokens }) => applyTheme({ mode: theme, tokens }),
    theme: applyTheme,
    apiproxy_response: (payload, id) => {
      const waiting = calls.get(id);
      calls.delete(id);
      if (payload.error) waiting?.reject(Object.assign(new Error(payload.message || payload.error), payload));
      else waiting?.resolve(JSON.parse(decode(payload.body)));
    },
  };

  function applyTheme({ mode, tokens }) {
    const { style } = document.documentElement;
    if (mode) style.colorScheme = mode;
    for (const [name, colour] of Object.entries(tokens ?? {})) style.setProperty(name, colour);
  }

  // Base64 of UTF-8, as names may hold any character.
  const encode = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
  const decode = (b64) => new TextDecoder().decode(Uint8Array.from(atob(b64), (char) => char.charCodeAt(0)));

  addEventListener("message", ({ source, origin, data }) => {
    if (source !== parent || origin !== hostOrigin || data?.alga !== true) return;
    if (Object.hasOwn(receive, data.type)) receive[data.type](data.payload ?? {}, data.request_id);
  });
  new ResizeObserver(() => {
    post("resize", { height: Math.ceil(document.body.getBoundingClientRect().height) });
  }).observe(document.body);
  post("ready", {});

  return { call };
})();
