// Shows one extension: its title, what is wrong with its handler, its iframe.

import { connect } from "./bridge.js";
import { el } from "./dom.js";
import { buildExtUiSrc } from "./ext-ui-url.js";
import { place } from "./standing.js";
import { currentTheme } from "./theme.js";

const MOST_PROBLEMS = 3;
const SANDBOX = "allow-scripts allow-forms allow-popups";

// Deliberately without allow-same-origin where the extension's files come from
// the host's own origin: with it the extension could read the host's page. One
// that has an origin of its own may keep it, and with it its storage. Devproxy
// tells such a page whom to talk to; another origin alone proves nothing, as
// RUNNER_PUBLIC_BASE may be this host by another name.
function sandbox(address) {
  const { origin, searchParams } = new URL(address, location.href);
  const own = origin !== location.origin && searchParams.has("parentOrigin");
  return own ? `${SANDBOX} allow-same-origin` : SANDBOX;
}

export class Stage {
  #root;
  #bridge;
  #on;

  /**
   * @param {HTMLElement} root
   * @param {{navigate: (path: string) => void, message: (entry: object) => void}} on
   */
  constructor(root, on) {
    this.#root = root;
    this.#on = on;
  }

  /** Replaces what is shown by extension, at path. */
  show(extension, path) {
    this.#bridge?.close();
    this.#bridge = undefined;
    const notice = el("div", { class: "notices", "aria-live": "polite" });
    this.#root.replaceChildren(title(extension), notice, this.#frame(extension, path));
    this.showState(extension);
  }

  /** Brings the notices of what is wrong up to date; the iframe stays. */
  showState({ problems = [], handler }) {
    const notices = this.#root.querySelector(".notices");
    const says = JSON.stringify([problems, handler?.status, handler?.message]);
    if (notices.dataset.says === says) return; // nothing new to read aloud
    notices.dataset.says = says;
    notices.replaceChildren(...buildNotice(problems), ...handlerNotice(handler));
  }

  /** Replaces what is shown by nodes of another kind: a welcome, an error. */
  showInstead(...nodes) {
    this.#bridge?.close();
    this.#bridge = undefined;
    this.#root.replaceChildren(...nodes);
  }

  setTheme(theme) {
    this.#bridge?.setTheme(theme);
  }

  #frame(extension, path) {
    if (!extension.ui_url) {
      return el("p", { class: "empty" }, "This extension has no UI: its manifest.json names none under “ui”.");
    }
    const iframe = el("iframe", { class: "frame loading", title: `${extension.name}, an extension` });
    iframe.setAttribute("sandbox", sandbox(extension.ui_url));
    iframe.addEventListener("load", () => iframe.classList.remove("loading"), { once: true });
    this.#bridge = connect(iframe, {
      extensionId: extension.id,
      theme: currentTheme(),
      path,
      onNavigate: this.#on.navigate,
      onMessage: this.#on.message,
    });
    iframe.src = buildExtUiSrc(extension.id, extension.hash, path, uiOptions(extension.ui_url));
    return iframe;
  }
}

// With `isolation subdomain` devproxy names another origin, where the page is
// told whom to talk to.
function uiOptions(address) {
  const url = new URL(address, location.href);
  if (url.origin === location.origin) return {};
  const [base] = url.href.split("/ext-ui/");
  return { publicBaseOverride: base, parentOrigin: location.origin };
}

// The build is not named: the iframe follows each save by itself.
function title({ name, id, version }) {
  return el("header", { class: "title" },
    el("h1", {}, name),
    el("p", { class: "facts" },
      el("code", {}, id),
      el("span", {}, `version ${version}`)));
}

// The iframe's overlay says more, with the lines around each place.
function buildNotice(problems) {
  if (!problems.length) return [];
  const notice = el("div", { class: "notice notice-bad" }, el("p", {}, el("b", {}, "Your last save is not shown; the build before it is.")));
  for (const problem of problems.slice(0, MOST_PROBLEMS)) {
    const where = place(problem);
    notice.append(el("p", {}, ...(where ? [el("code", {}, where), " "] : []), problem.message));
    if (problem.fix) notice.append(el("p", {}, `To repair it: ${problem.fix}`));
  }
  if (problems.length > MOST_PROBLEMS) notice.append(el("p", {}, `… and ${problems.length - MOST_PROBLEMS} more`));
  return [notice];
}

function handlerNotice(handler) {
  if (!handler || handler.status === "ready" || handler.status === "none") return [];
  if (handler.status === "building") {
    return [el("p", { class: "notice notice-busy" }, handler.message || "The server handler is being compiled …")];
  }
  const notice = el("div", { class: "notice notice-warn" },
    el("p", {}, el("b", {}, "The UI works, its server handler does not. "), handler.message ?? ""));
  if (handler.fix) notice.append(el("p", {}, `To repair it: ${handler.fix}.`));
  return [notice];
}
