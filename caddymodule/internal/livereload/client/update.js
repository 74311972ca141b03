// Brings the page up to the newest build.

const TRIES = 5; // to get a build that the server was said to have

let shown = page.build;
let sequence = -1;
let leaving = false;
let runner; // who answered when the page was first told
let again; // timer of another try

/** Takes the state of an extension; one that is older than the last is nothing. */
function update(state) {
  if (state.extension !== page.extension || state.sequence < sequence || leaving) return;
  sequence = state.sequence;
  badge.set({ building: state.building, earlier: state.earlier, failed: Boolean(state.failures.length || state.trap) });
  overlay.show(state);
  runner ??= state.runner;
  if (state.build && state.build !== shown) follow(state);
  else if (state.runner !== runner) loadFromAnother();
}

/** Loads the page from a runner that took the place of the one it came from. */
function loadFromAnother() {
  leaving = true;
  loadAgain({});
}

async function follow({ build, builds }) {
  const from = builds.findLastIndex(({ id }) => id === shown);
  const since = builds.slice(from + 1);
  const scopes = new Set(since.map(({ scope }) => scope));
  if (shown === "" || (from >= 0 && !scopes.has("page") && !scopes.has("style"))) return arrive(build);
  if (from < 0 || scopes.has("page") || page.mode === "full") return reload(build);
  const before = shown;
  arrive(build); // what comes meanwhile is compared with this
  const changed = new Set(since.flatMap((one) => one.changed ?? []));
  if (await swapStyles([...changed], build)) return;
  if (shown === build) shown = before;
  reload(build);
}

function arrive(build) {
  clearTimeout(again);
  shown = build;
  badge.set({ build, stale: false });
}

// A page that was loaded again and still is an older build waits longer and
// longer, so that a cache in between makes no storm.
function reload(build) {
  clearTimeout(again);
  const tries = memory.build === build ? memory.tries + 1 : 0;
  if (tries > TRIES) return badge.set({ stale: true });
  const leave = () => {
    leaving = true;
    loadAgain({ build, tries });
  };
  if (tries === 0) leave();
  else again = setTimeout(leave, 500 * 2 ** tries);
}

/** Loads the page once to get the script of a devproxy that was started anew. */
function renew() {
  if (leaving || memory.token === token) return false;
  leaving = true;
  loadAgain({ token });
  return true;
}
