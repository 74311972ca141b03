// How an extension stands, as one word for a colour and a few for people.

const HANDLER = {
  building: "The handler is being compiled",
  missing: "The handler is not built",
  unsupported: "The handler cannot be executed",
  failed: "The handler cannot be loaded",
};
const TARGETS = { ui: "The UI does not build", handler: "The handler does not build", manifest: "manifest.json cannot be used" };

/**
 * @param {import("./catalog.js").Extension} extension
 * @param {boolean} [lost]  devproxy does not answer
 * @returns {{state: "ready"|"building"|"degraded"|"broken"|"unknown", words: string}}
 *   broken: the newest save is not what is shown; degraded: the UI works, its handler does not
 */
export function standing({ problems, error, handler }, lost) {
  if (lost) return { state: "unknown", words: "devproxy does not answer" };
  if (problems?.length) return { state: "broken", words: TARGETS[problems[0].target] ?? "It does not build" };
  if (error) return { state: "broken", words: TARGETS.manifest };
  const words = HANDLER[handler?.status];
  if (!words) return { state: "ready", words: "In order" };
  return { state: handler.status === "building" ? "building" : "degraded", words };
}

/** Where a problem is, as "file:line:column" with what is known. */
export function place({ file, line, column }) {
  return [file, line, file && line ? column : undefined].filter(Boolean).join(":");
}
