// What page this is, and where devproxy answers it. Each value is taken before
// any script of the page can change it.

const own = document.currentScript;
const address = new URL(own.src);
const token = address.searchParams.get("t"); // this extension's, as all that is sealed for it
const page = {
  extension: address.searchParams.get("ext"),
  frames: own.dataset.frames, // what the frames of a page have in common
  build: own.dataset.build, // that the document came from; "" when unknown
  mode: own.dataset.mode, // "hot" or "full"
  off: new Set((own.dataset.off ?? "").split(" ")),
  // Everything of this extension's UI is below this address.
  root: location.href.match(/^[^?#]*\/ext-ui\/[^/]+\/[^/]+\//)?.[0] ?? new URL(".", location.href).href,
};
own.remove(); // a framework that takes over the whole document finds its own

/** The address of an endpoint; query is a list of pairs. */
function endpoint(name, query = []) {
  const url = new URL(name, address);
  for (const [key, value] of [["ext", page.extension], ["t", token], ...query]) url.searchParams.append(key, value);
  return url.href;
}

/** Calls then once there is a body to paint into. */
function withBody(then) {
  if (document.body) then();
  else addEventListener("DOMContentLoaded", then, { once: true });
}
