// Talks to devproxy: the one event stream, and actions where they are allowed.

const base = "/__runner/dashboard/";
const kept = "devproxy-dashboard";

/**
 * The address that `devproxy dashboard` prints has a key, good for one
 * exchange. The token stays in this tab: a cookie would go to every port.
 */
export async function enter() {
  const key = new URLSearchParams(location.hash.slice(1)).get("key");
  if (!key) return;
  history.replaceState(null, "", "#overview");
  const response = await fetch(`${base}session`, { method: "POST", headers: { Authorization: `Bearer ${key}` } });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error.message);
  sessionStorage.setItem(kept, answer.token);
}

function headers() {
  const token = sessionStorage.getItem(kept);
  return token ? { Authorization: `Bearer ${token}` } : {};
}

/** Asks for a change; gives what devproxy answers. */
export async function act(name, query = {}) {
  const response = await fetch(`${base}actions/${name}?${new URLSearchParams(query)}`, { method: "POST", headers: headers() });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error?.message ?? answer.error ?? `devproxy answered ${response.status}`);
  return answer;
}

/**
 * Hands every event to on(name, value), connecting anew for ever. A token
 * rules out EventSource, which sends no headers.
 */
export async function follow(on, connected) {
  for (let pause = 500; ; pause = Math.min(pause * 2, 5000)) {
    try {
      const response = await fetch(`${base}events`, { headers: headers() });
      if (response.status === 401) {
        connected(false, (await response.json()).error.message);
        return;
      }
      if (response.ok) {
        connected(true);
        pause = 500;
        await read(response.body.getReader(), on);
      }
    } catch {
      // devproxy has gone; it may come back
    }
    connected(false, "disconnected; trying again");
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

async function read(reader, on) {
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    let from = Math.max(0, text.length - 1);
    text += decoder.decode(value, { stream: true });
    for (let end; (end = text.indexOf("\n\n", from)) >= 0; from = 0) {
      dispatch(text.slice(0, end), on);
      text = text.slice(end + 2);
    }
  }
}

function dispatch(message, on) {
  const match = /^event: (\w+)\ndata: ([^]*)$/.exec(message);
  if (match) on(match[1], JSON.parse(match[2]));
}
