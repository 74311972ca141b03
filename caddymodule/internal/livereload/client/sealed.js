// Messages among the frames of one page. A sandboxed frame can be reached with
// the target "*" only, so whichever frame is there gets to see a message:
// hence they are encrypted, with a key that follows from the token.

const ENVELOPE = "devproxy.live";
const subtle = globalThis.crypto?.subtle; // absent on an insecure origin
const key = subtle
  ?.digest("SHA-256", new TextEncoder().encode(token))
  .then((hash) => subtle.importKey("raw", hash, "AES-GCM", false, ["encrypt", "decrypt"]));

async function seal(message) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = await subtle.encrypt({ name: "AES-GCM", iv }, await key, new TextEncoder().encode(JSON.stringify(message)));
  return { [ENVELOPE]: { iv, data } };
}

/** Gives the message, or null when it is from someone without the token. */
async function unseal({ [ENVELOPE]: { iv, data } }) {
  try {
    const plain = await subtle.decrypt({ name: "AES-GCM", iv }, await key, data);
    return JSON.parse(new TextDecoder().decode(plain));
  } catch {
    return null;
  }
}

/** The other frames beside this one. */
function siblings() {
  if (parent === window) return [];
  return Array.from({ length: parent.length }, (_, i) => parent[i]).filter((frame) => frame !== window);
}

function deliver(envelope) {
  for (const frame of siblings()) frame.postMessage(envelope, "*");
}
