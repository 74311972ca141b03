// One event stream from devproxy.

const SHORTEST_MS = 1000;
const LONGEST_MS = 15000;

/**
 * Opens a stream for the extensions.
 *
 * @param {string[]} extensions
 * @param {(state: object) => void} heard
 * @param {(connected: boolean) => void} changed
 * @returns {() => void} closes it
 */
function openStream(extensions, heard, changed) {
  let source;
  let timer;
  let wait = SHORTEST_MS;
  let closed = false;

  function open() {
    if (closed) return;
    source = new EventSource(endpoint("events", extensions.map((id) => ["ext", id])));
    source.addEventListener("open", () => {
      wait = SHORTEST_MS;
      changed(true);
    });
    source.addEventListener("state", ({ data }) => heard(JSON.parse(data)));
    source.addEventListener("error", () => {
      changed(false);
      // Otherwise the browser connects anew by itself.
      if (source.readyState === EventSource.CLOSED) refused();
    });
  }

  async function refused() {
    if (await isExpired() && !closed && renew()) return;
    timer = setTimeout(open, wait);
    wait = Math.min(2 * wait, LONGEST_MS);
  }

  open();
  return () => {
    closed = true;
    clearTimeout(timer);
    source?.close();
  };
}

/** Whether devproxy answers, but no longer knows this page's token. */
async function isExpired() {
  try {
    return (await fetch(endpoint("client.js"), { cache: "no-store" })).status === 403;
  } catch {
    return false;
  }
}
