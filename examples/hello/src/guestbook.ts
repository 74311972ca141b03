// Remembers who was greeted, in the installation's key-value storage.

import * as storage from "alga:extension/storage";

const NAMESPACE = "hello";
const KEY = "guestbook";
const RECENT = 5;
const ATTEMPTS = 5;

export interface Guestbook {
  count: number;
  recent: string[];
}

/** Adds name; two requests at once do not lose one another's guest. */
export function remember(name: string): Guestbook {
  for (let attempt = 1; ; attempt++) {
    const { guestbook, revision } = read();
    const next = {
      count: guestbook.count + 1,
      recent: [name, ...guestbook.recent.filter((other) => other !== name)].slice(0, RECENT),
    };
    try {
      write(next, revision);
      return next;
    } catch (cause) {
      if (codeOf(cause) !== "conflict" || attempt === ATTEMPTS) throw cause;
    }
  }
}

export function forgetAll(): void {
  try {
    storage.delete(NAMESPACE, KEY);
  } catch (cause) {
    if (codeOf(cause) !== "missing") throw cause;
  }
}

function read(): { guestbook: Guestbook; revision?: bigint } {
  try {
    const { value, revision } = storage.get(NAMESPACE, KEY);
    return { guestbook: JSON.parse(new TextDecoder().decode(value)), revision };
  } catch (cause) {
    if (codeOf(cause) !== "missing") throw cause;
    return { guestbook: { count: 0, recent: [] } };
  }
}

function write(guestbook: Guestbook, revision?: bigint): void {
  const value = new TextEncoder().encode(JSON.stringify(guestbook));
  storage.put({ namespace: NAMESPACE, key: KEY, value, revision });
}

// A WIT error reaches JavaScript as an exception that carries it as payload.
function codeOf(cause: unknown): storage.StorageError | undefined {
  return (cause as { payload?: storage.StorageError } | undefined)?.payload;
}
