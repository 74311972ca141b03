// Reading requests and writing answers as JSON.

import type { ExecuteResponse, HttpRequest } from "alga:extension/types";

/** The request's body, or undefined when it is not a JSON object. */
export function readJson({ body }: HttpRequest): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

export function json(status: number, value: unknown): ExecuteResponse {
  return {
    status,
    headers: [
      { name: "content-type", value: "application/json" },
      { name: "cache-control", value: "no-store" },
    ],
    body: new TextEncoder().encode(JSON.stringify(value)),
  };
}

/** An error: a code for programs, a sentence for people. */
export function failure(status: number, error: string, message: string): ExecuteResponse {
  return json(status, { error, message });
}
