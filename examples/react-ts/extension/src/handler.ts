// Counts votes, in the installation's key-value storage.

import * as storage from "alga:extension/storage";
import type { ExecuteRequest, ExecuteResponse, HttpRequest } from "alga:extension/types";

const NAMESPACE = "poll";
const KEY = "votes";
const ATTEMPTS = 5;

type Votes = Record<string, number>;

export function handler({ http }: ExecuteRequest): ExecuteResponse {
  const [path] = http.url.split("?");
  switch (`${http.method} ${path}`) {
    case "GET /votes":
      return json(200, read().votes);
    case "POST /votes":
      return vote(http);
    default:
      return json(404, { error: "not_found", message: `this extension has no ${http.method} ${path}` });
  }
}

function vote({ body }: HttpRequest): ExecuteResponse {
  const choice: unknown = JSON.parse(new TextDecoder().decode(body)).choice;
  if (choice !== "tea" && choice !== "coffee") {
    return json(400, { error: "choice_unknown", message: "vote for tea or coffee" });
  }
  return json(200, count(choice));
}

/** Adds a vote; two at once are both counted. */
function count(choice: string): Votes {
  for (let attempt = 1; ; attempt++) {
    const { votes, revision } = read();
    votes[choice] = (votes[choice] ?? 0) + 1;
    try {
      storage.put({ namespace: NAMESPACE, key: KEY, value: encode(votes), revision });
      return votes;
    } catch (cause) {
      if (codeOf(cause) !== "conflict" || attempt === ATTEMPTS) throw cause;
    }
  }
}

function read(): { votes: Votes; revision?: bigint } {
  try {
    const { value, revision } = storage.get(NAMESPACE, KEY);
    return { votes: JSON.parse(new TextDecoder().decode(value)), revision };
  } catch (cause) {
    if (codeOf(cause) !== "missing") throw cause;
    return { votes: {} };
  }
}

// A WIT error reaches JavaScript as an exception that carries it as payload.
function codeOf(cause: unknown): storage.StorageError | undefined {
  return (cause as { payload?: storage.StorageError } | undefined)?.payload;
}

function json(status: number, value: unknown): ExecuteResponse {
  return { status, headers: [{ name: "content-type", value: "application/json" }], body: encode(value) };
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
