// One stream for all frames of a page: browsers allow few connections to one
// host. The frame that leads has it and passes on what it hears; when it goes,
// another one leads.
//
//   who   {extension}                     a frame came, or lost its leader
//   lead  {extensions, connected, states}  from the leader: the answer, news, a sign of life
//   bye   {}                              the leader goes

const ANSWER_MS = 80; // a leader that is there has answered by then
const ALIVE_MS = 5000;
const SILENT_MS = 16000;

const id = Array.from(crypto.getRandomValues(new Uint32Array(2)), (n) => n.toString(36)).join("");
const latest = new Map(); // extension → state, as the leader heard it
let role = "none"; // "asking", "leading" or "following"
let leader = "";
let connected = false;
let extensions = new Set([page.extension]);
let waiting; // timer: for an answer, or for a sign of life
let alive; // the leader's timer
let bye; // sealed ahead, as a page that goes cannot wait
let closeStream;

async function post(type, message = {}) {
  if (subtle) deliver(await seal({ type, from: id, ...message }));
}

function ask() {
  clearTimeout(waiting);
  role = "asking";
  if (!subtle || !siblings().length) return lead();
  post("who", { extension: page.extension });
  waiting = setTimeout(lead, ANSWER_MS * (1 + Math.random()));
}

function lead() {
  clearTimeout(waiting);
  role = "leading";
  follows();
  alive = setInterval(sayLead, ALIVE_MS);
  if (subtle) seal({ type: "bye", from: id }).then((envelope) => { bye = envelope; });
  sayLead();
}

function follows() {
  closeStream?.();
  closeStream = openStream([...extensions], async (state) => {
    latest.set(state.extension, state);
    await sayLead(); // first, as this page may load again because of it
    update(state);
  }, (now) => {
    connected = now;
    badge.set({ connected });
    sayLead();
  });
}

function sayLead() {
  return post("lead", { extensions: [...extensions], connected, states: [...latest.values()] });
}

function stopLeading() {
  clearInterval(alive);
  closeStream?.();
  closeStream = undefined;
  extensions = new Set([page.extension]);
}

const receive = {
  __proto__: null,
  who({ extension }) {
    if (role !== "leading") return;
    if (!extensions.has(extension)) {
      extensions.add(extension);
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
    if (!covered.includes(page.extension)) post("who", { extension: page.extension });
    badge.set({ connected: now });
    states.forEach(update);
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
  const message = subtle && await unseal(event.data);
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
