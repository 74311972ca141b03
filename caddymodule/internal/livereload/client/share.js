// One stream for all frames of a page: browsers allow few connections to one
// host. The frame that leads has it and passes on what it hears; when it goes,
// another one leads. It passes on what it cannot read: the news of another
// extension's frames are sealed for their pages.
//
//   who   {extension, grant}               a frame came, or lost its leader
//   lead  {extensions, connected, states}  from the leader: the answer, news, a sign of life
//   bye   {}                               the leader goes

const ANSWER_MS = 80; // a leader that is there has answered by then
const ALIVE_MS = 5000;
const SILENT_MS = 16000;
const ASK_MS = 1000; // between two requests to one leader, which may have no room
const MOST_CARRIED = 64; // devproxy refuses a stream with more

const id = Array.from(crypto.getRandomValues(new Uint32Array(2)), (n) => n.toString(36)).join("");
const latest = new Map(); // extension → state, sealed, as the leader has it
const carried = new Map(); // extension → grant: what the leader's stream has beside its own
let role = "none"; // "asking", "leading" or "following"
let leader = "";
let connected = false;
let told = -1; // sequence of the own state in latest
let rollCalled = -Infinity; // when carried was last made anew
let asked = { of: "", at: 0 }; // who was last asked to carry this extension, and when
let waiting; // timer: for an answer, or for a sign of life
let alive; // the leader's timer
let bye; // sealed ahead, as a page that goes cannot wait
let closeStream;

async function post(type, message = {}) {
  if (subtle) deliver(await seal(framesKey, { type, from: id, ...message }));
}

function ask() {
  clearTimeout(waiting);
  role = "asking";
  if (!subtle || !siblings().length) return lead();
  askToCarry();
  waiting = setTimeout(lead, ANSWER_MS * (1 + Math.random()));
}

async function askToCarry() {
  post("who", { extension: page.extension, grant: await grant() });
}

/** Asks a leader that has lost this extension, or never had it. */
function askAgain(from) {
  const now = performance.now();
  if (asked.of === from && now - asked.at < ASK_MS) return;
  asked = { of: from, at: now };
  askToCarry();
}

/**
 * Whether one more can be carried. Frames go without a word: where there is no
 * room, all are dropped, and those that are there ask again.
 */
function hasRoom(extension) {
  if (carried.has(extension) || carried.size < MOST_CARRIED) return true;
  const now = performance.now();
  if (now - rollCalled < SILENT_MS) return false;
  rollCalled = now;
  dropCarried();
  return true;
}

function dropCarried() {
  for (const gone of carried.keys()) latest.delete(gone);
  carried.clear();
}

function lead() {
  clearTimeout(waiting);
  role = "leading";
  follows();
  alive = setInterval(sayLead, ALIVE_MS);
  if (subtle) seal(framesKey, { type: "bye", from: id }).then((envelope) => { bye = envelope; });
  sayLead();
}

function follows() {
  closeStream?.();
  closeStream = openStream(carried, {
    async state(state) {
      if (subtle) await keep(state);
      await sayLead(); // first, as this page may load again because of it
      update(state);
    },
    sealed({ extension, sealed }) {
      latest.set(extension, sealed);
      sayLead();
    },
    connected(now) {
      connected = now;
      badge.set({ connected });
      sayLead();
    },
    refused: dropCarried, // one of them may not be what it says; the others ask again
  });
}

/** Has the frames of this extension hear state; one may be sealed before an earlier one is. */
async function keep(state) {
  const sealed = toBase64(await seal(pageKey, state));
  if (state.sequence < told) return;
  told = state.sequence;
  latest.set(page.extension, sealed);
}

async function hear(sealed) {
  const state = sealed && await unseal(pageKey, fromBase64(sealed));
  if (state) update(state);
}

function sayLead() {
  return post("lead", { extensions: [page.extension, ...carried.keys()], connected, states: [...latest] });
}

function stopLeading() {
  clearInterval(alive);
  closeStream?.();
  closeStream = undefined;
  carried.clear();
}

const receive = {
  __proto__: null,
  who({ extension, grant }) {
    if (role !== "leading") return;
    if (extension !== page.extension && carried.get(extension) !== grant && hasRoom(extension)) {
      carried.set(extension, grant);
      follows();
    }
    sayLead();
  },
  // Two that began to lead at once settle it by their ids.
  lead({ from, extensions: covered, connected: now, states }) {
    if (role === "leading") {
      if (from > id) return sayLead();
      stopLeading();
    }
    role = "following";
    leader = from;
    clearTimeout(waiting);
    waiting = setTimeout(ask, SILENT_MS);
    if (!covered.includes(page.extension)) askAgain(from);
    badge.set({ connected: now });
    hear(new Map(states).get(page.extension));
  },
  bye({ from }) {
    if (role === "following" && from === leader) ask();
  },
};

function start() {
  if (role === "none") ask();
}

// Before the page's own listeners: what is ours is no concern of theirs.
addEventListener("message", async (event) => {
  if (event.data === null || typeof event.data !== "object" || !Object.hasOwn(event.data, ENVELOPE)) return;
  event.stopImmediatePropagation();
  if (event.origin !== "null" && event.origin !== location.origin) return;
  const message = subtle && await unseal(framesKey, event.data[ENVELOPE]);
  if (message && message.from !== id && role !== "none") receive[message.type]?.(message);
}, true);

addEventListener("pagehide", () => {
  if (role === "leading" && bye) deliver(bye);
  stopLeading();
  clearTimeout(waiting);
  role = "none";
});
// The browser may keep the page and show it once more.
addEventListener("pageshow", start);

badge.set({});
start();
