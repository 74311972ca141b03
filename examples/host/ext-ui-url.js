// Where an extension's UI lives on this origin.

const CONTENT_HASH = /^sha256:[0-9a-f]{64}$/i;

/**
 * Builds the address of an extension's UI for an iframe.
 *
 * @param {string} ext   extension id, "publisher.name"
 * @param {string} hash  content hash of its bundle, "sha256:" and 64 hex digits
 * @param {string} path  page inside the extension, default "/"
 * @param {{tenantId?: string, publicBaseOverride?: string, parentOrigin?: string}} options
 *   publicBaseOverride: absolute or relative base, default "/runner"
 *   parentOrigin: for a base on another origin, whom the page shall talk to
 * @returns {string}
 * @throws {TypeError} when hash is anything else, so that a half-configured
 *   host shows its mistake here and not as a 400 inside the iframe
 */
export function buildExtUiSrc(ext, hash, path = "/", { tenantId, publicBaseOverride, parentOrigin } = {}) {
  if (!CONTENT_HASH.test(hash)) {
    throw new TypeError(`content hash of ${ext} is ${JSON.stringify(hash)}, want "sha256:" and 64 hex digits`);
  }
  const base = (publicBaseOverride ?? "/runner").replace(/\/+$/, "");
  const query = new URLSearchParams({ path });
  if (tenantId) query.set("tenant", tenantId);
  query.set("extensionId", ext);
  if (parentOrigin) query.set("parentOrigin", parentOrigin);
  return `${base}/ext-ui/${encodeURIComponent(ext)}/${encodeURIComponent(hash)}/index.html?${query}`;
}
