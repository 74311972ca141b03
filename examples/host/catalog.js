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
 *
 * @typedef {{code: string, dir: string, message: string}} Problem
 */

/**
 * @returns {Promise<{extensions: Extension[], errors: Problem[]}>}
 * @throws {Error} when devproxy does not answer, or not with a catalogue
 */
export async function loadCatalog() {
  const response = await fetch("/__runner/extensions", { cache: "no-store" });
  if (!response.ok) throw new Error(`GET /__runner/extensions answered ${response.status}`);
  const { extensions, errors } = await response.json();
  return { extensions: extensions ?? [], errors: errors ?? [] };
}
