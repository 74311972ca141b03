// Carries an extension's calls to its own server handler, and nowhere else.

import { decodeBytes, encodeBytes } from "./base64.js";

const METHODS = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);

/**
 * Runs one `apiproxy` request of the extension.
 *
 * @param {string} extensionId
 * @param {{route: string, method?: string, body?: string}} call  body is base64, method POST unless given
 * @param {AbortSignal} signal  ends the call when the extension is closed
 * @returns {Promise<object>} payload of the `apiproxy_response`:
 *   {body, status} with body in base64, or {error, status?, message}
 */
export async function callHandler(extensionId, call, signal) {
  const method = String(call?.method ?? "POST").toUpperCase();
  if (!METHODS.has(method)) {
    return refusal("invalid_method", `${method} is not one of ${[...METHODS].join(", ")}`);
  }
  const url = handlerURL(extensionId, call?.route);
  if (!url) {
    return refusal("invalid_route", `route ${JSON.stringify(call?.route)} must begin with / and stay inside the extension`);
  }
  const init = requestInit(method, call.body);
  if (!init) return refusal("invalid_body", "body is not base64");
  try {
    return await answer(await fetch(url, { ...init, signal }));
  } catch (cause) {
    return refusal("network_error", cause.message);
  }
}

// The URL parser resolves "..", its encoded forms and backslashes, so the
// check is on its result: a route may not leave the extension's own prefix.
function handlerURL(extensionId, route) {
  if (typeof route !== "string" || !route.startsWith("/")) return null;
  const prefix = `/api/ext/${encodeURIComponent(extensionId)}`;
  const url = new URL(prefix + route, location.origin);
  return url.pathname.startsWith(`${prefix}/`) ? url : null;
}

function requestInit(method, body) {
  if (method === "GET" || body === undefined || body === null) return { method };
  try {
    return { method, body: decodeBytes(body), headers: { "content-type": "application/json" } };
  } catch {
    return null;
  }
}

async function answer(response) {
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (response.ok) return { body: encodeBytes(bytes), status: response.status };
  const { error, message } = parseError(bytes);
  return {
    error: error ?? `http_${response.status}`,
    status: response.status,
    message: message ?? response.statusText,
  };
}

// Errors of the gateway and of handlers are {error, message?}, where error is
// a code or an object with one.
function parseError(bytes) {
  try {
    const { error, message } = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof error === "object" && error) return { error: error.code, message: error.message };
    return { error, message };
  } catch {
    return {};
  }
}

function refusal(error, message) {
  return { error, message };
}
