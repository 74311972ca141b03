// One event stream from devproxy.

const SHORTEST_MS = 1000;
const LONGEST_MS = 15000;

/**
 * Opens the stream of this page's extension, which carries others, sealed.
 *
 * @param {Map<string, string>} carried  extension → what its page grants
 * @param {{
 *   state: (state: object) => void,
 *   sealed: (of: {extension: string, sealed: string}) => void,
 *   connected: (now: boolean) => void,
 *   refused: () => void,
 * }} on
 * @returns {() => void} closes it
 */
function openStream(carried, on) {
  let source;
  let timer;
  let wait = SHORTEST_MS;
  let closed = false;

  function open() {
    if (closed) return;
    source = new EventSource(endpoint("events", Array.from(carried, ([id, grant]) => ["also", `${grant}~${id}`])));
    source.addEventListener("open", () => {
      wait = SHORTEST_MS;
      on.connected(true);
    });
    for (const name of ["state", "sealed"]) source.addEventListener(name, ({ data }) => on[name](JSON.parse(data)));
    source.addEventListener("error", () => {
      on.connected(false);
      // Otherwise the browser connects anew by itself.
      if (source.readyState === EventSource.CLOSED) refused();
    });
  }

  async function refused() {
    if (await isExpired() && !closed && renew()) return;
    if (!closed) on.refused();
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
