// The extension's side of the conversation with its host.

interface Answer {
  body?: string;
  error?: string;
  message?: string;
}

const calls = new Map<string, (answer: Answer) => void>();
let lastId = 0;

// The page's files come from the host's origin, so that is who may talk. With
// an origin of its own the page is told the host's: there frame-ancestors keep
// others from showing it, and saying so.
const told = new URLSearchParams(location.search).get("parentOrigin");
const hostOrigin = (location.hostname.endsWith(".localhost") && told) || location.origin;

addEventListener("message", ({ source, origin, data }) => {
  if (source !== parent || origin !== hostOrigin) return;
  if (data?.alga !== true || data.type !== "apiproxy_response") return;
  calls.get(data.request_id)?.(data.payload);
  calls.delete(data.request_id);
});

/** Calls the extension's own handler; value and answer are JSON. */
export function call<T>(method: string, route: string, value?: unknown): Promise<T> {
  const id = `call-${++lastId}`;
  const body = value === undefined ? undefined : encode(JSON.stringify(value));
  return new Promise((resolve, reject) => {
    calls.set(id, ({ body, error, message }) => {
      if (error) reject(new Error(message || error));
      else resolve(JSON.parse(decode(body ?? "")));
    });
    post("apiproxy", { method, route, body }, id);
  });
}

/** Tells the host how high the page is, whenever that changes. */
export function followHeight() {
  new ResizeObserver(() => {
    post("resize", { height: Math.ceil(document.body.getBoundingClientRect().height) });
  }).observe(document.body);
}

function post(type: string, payload: object, requestId?: string) {
  parent.postMessage({ alga: true, version: "1", type, request_id: requestId, payload }, hostOrigin);
}

// Base64 of UTF-8, as text may hold any character.
const encode = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
const decode = (b64: string) => new TextDecoder().decode(Uint8Array.from(atob(b64), (char) => char.charCodeAt(0)));
