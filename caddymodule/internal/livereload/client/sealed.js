// Messages among the frames of one page. A sandboxed frame can be reached with
// the target "*" only, so whichever frame is there gets to see a message:
// hence they are encrypted, with a key that all pages of extensions have. What
// is news of one extension is encrypted once more, with the key of its pages.

const ENVELOPE = "devproxy.live";
const NONCE = 12;
const subtle = globalThis.crypto?.subtle; // absent on an insecure origin
const framesKey = keyFrom(page.frames);
const pageKey = keyFrom(`seal ${token}`);

async function keyFrom(text) {
  return subtle?.importKey("raw", await digest(text), "AES-GCM", false, ["encrypt", "decrypt"]);
}

function digest(text) {
  return subtle.digest("SHA-256", new TextEncoder().encode(text));
}

/** What lets another frame's stream carry this extension's news, sealed. */
async function grant() {
  const start = new Uint8Array(await digest(`carry ${token}`)).subarray(0, 20);
  return toBase64(start).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Gives the nonce and what is encrypted with it, as one. */
async function seal(key, message) {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE));
  const data = await subtle.encrypt({ name: "AES-GCM", iv: nonce }, await key, new TextEncoder().encode(JSON.stringify(message)));
  return new Uint8Array([...nonce, ...new Uint8Array(data)]);
}

/** Gives the message, or null when it is from someone without the key. */
async function unseal(key, bytes) {
  try {
    const plain = await subtle.decrypt({ name: "AES-GCM", iv: bytes.subarray(0, NONCE) }, await key, bytes.subarray(NONCE));
    return JSON.parse(new TextDecoder().decode(plain));
  } catch {
    return null;
  }
}

function toBase64(bytes) {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function fromBase64(text) {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

const MOST_FRAMES = 128; // of a tab, that are looked at

/**
 * The other frames of this tab, wherever they are: each may be in a host of its
 * own, as the dashboard's previews are. Those around this one are hosts.
 */
function siblings() {
  const around = new Set();
  for (let host = window; host !== top; host = host.parent) around.add(host.parent);
  const all = around.size ? [top] : [];
  for (let at = 0; at < all.length && all.length < MOST_FRAMES; at++) {
    for (let i = 0; i < all[at].length; i++) all.push(all[at][i]);
  }
  return all.filter((frame) => frame !== window && !around.has(frame));
}

function deliver(envelope) {
  for (const frame of siblings()) frame.postMessage({ [ENVELOPE]: envelope }, "*");
}
