// The server half of the extension. It runs in the runner's sandbox, once per
// request, and reaches the outside only through what it imports here.

import { logInfo } from "alga:extension/logging";
import type { ExecuteRequest, ExecuteResponse, HttpRequest } from "alga:extension/types";

export function handler({ http }: ExecuteRequest): ExecuteResponse {
  const [path] = http.url.split("?");
  if (http.method !== "POST" || path !== "/greet") {
    return json(404, { error: "not_found", message: `this extension has no ${http.method} ${path}` });
  }
  const name = nameIn(http);
  logInfo(`greeting ${name}`);
  return json(200, { greeting: `Hello, ${name}!` });
}

/** Whom the body, `{"name": "Ada"}`, names. */
function nameIn({ body }: HttpRequest): string {
  try {
    return String(JSON.parse(new TextDecoder().decode(body)).name ?? "world");
  } catch {
    return "world";
  }
}

function json(status: number, value: unknown): ExecuteResponse {
  return {
    status,
    headers: [{ name: "content-type", value: "application/json" }],
    body: new TextEncoder().encode(JSON.stringify(value)),
  };
}
