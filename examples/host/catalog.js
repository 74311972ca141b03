// Asks devproxy which extensions are in development.

/**
 * @typedef {object} Extension
 * @property {string} id         "publisher.name"
 * @property {string} name
 * @property {string} version
 * @property {string} publisher
 * @property {string} hash       "sha256:" and 64 hex digits
 * @property {string} [ui_url]   absent when the extension has no UI
 * @property {string} dir
 * @property {{status: "ready"|"building"|"missing"|"unsupported"|"failed"|"none", message?: string, fix?: string}} [handler]
 * @property {Problem[]} [problems]   what keeps the newest save from being shown
 * @property {{code: string, message: string}} [error]   of its folder
 *
 * @typedef {{target?: string, file?: string, line?: number, column?: number, message: string, fix?: string}} Problem
 * @typedef {{code: string, dir: string, message: string}} FolderError
 * @typedef {{extensions: Extension[], errors: FolderError[]}} Catalog
 */

const ADDRESS = "/__runner/extensions";
const RETRY_MS = 2000;

/**
 * @returns {Promise<Catalog>}
 * @throws {Error} when devproxy does not answer, or not with a catalogue
 */
export async function loadCatalog() {
  const response = await fetch(ADDRESS, { cache: "no-store" });
  if (!response.ok) throw new Error(`GET ${ADDRESS} answered ${response.status}`);
  return whole(await response.json());
}

/**
 * Follows the catalogue for as long as the page is there. One that is hidden
 * does not listen: a browser has few connections to one host.
 *
 * @param {{heard: (catalog: Catalog) => void, lost: () => void}} on
 *   heard: at once and whenever something changes; lost: devproxy went away
 */
export function followCatalog({ heard, lost }) {
  let source;
  let retry;
  const open = () => {
    clearTimeout(retry);
    source?.close();
    if (document.hidden) return;
    source = new EventSource(`${ADDRESS}/events`);
    source.addEventListener("extensions", ({ data }) => heard(whole(JSON.parse(data))));
    source.addEventListener("error", () => {
      lost();
      // Otherwise the browser connects anew by itself.
      if (source.readyState === EventSource.CLOSED) retry = setTimeout(open, RETRY_MS);
    });
  };
  document.addEventListener("visibilitychange", open);
  open();
}

function whole({ extensions, errors }) {
  return { extensions: extensions ?? [], errors: errors ?? [] };
}
