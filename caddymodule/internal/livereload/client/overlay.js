// What is wrong, over the last good UI, until it is mended or closed.

const TITLES = { ui: "The UI does not build", manifest: "manifest.json cannot be used" };

const overlay = {
  what: "", // is shown, as JSON; empty for nothing
  closed: null, // what was closed, and need not be shown again

  /** Shows the failures and the trap of state, or nothing when there are none. */
  show({ failures, trap }) {
    const what = failures.length || trap ? JSON.stringify([failures, trap]) : "";
    if (page.off.has("overlay") || what === this.what || what === this.closed) return;
    this.remove();
    this.what = what;
    if (what) withBody(() => this.what === what && this.draw(failures, trap));
  },

  draw(failures, trap) {
    const close = el("button", { class: "close", type: "button", onclick: () => this.close(), "aria-label": "Close" }, el("span", { class: "word" }, "Close "), "×");
    const more = el("button", { class: "more", type: "button", "aria-expanded": "false", "aria-controls": "what", onclick: () => this.unfold(more) }, "Details");
    const title = [...failures.map(({ target }) => TITLES[target] ?? `The ${target} does not build`), ...(trap ? ["The handler stopped"] : [])].join("; ");
    this.node = el("div", { class: "overlay", role: "alertdialog", "aria-labelledby": "title", "aria-describedby": "what" },
      el("div", { class: "sheet" },
        el("div", { class: "head" }, el("h1", { id: "title" }, title), more, close),
        el("div", { id: "what" }, ...failures.flatMap(failureParts), ...(trap ? trapParts(trap) : [])),
        el("p", { class: "foot" }, "This goes away with the next good build. Until then the last good one answers.")));
    this.escape = (event) => {
      if (event.key === "Escape") this.close();
    };
    addEventListener("keydown", this.escape, true);
    paint(this.node);
    for (const frame of this.node.querySelectorAll("pre.frame")) pointOut(frame);
    // The focus is taken from this page only, never from the one around it.
    if (document.hasFocus()) {
      this.before = document.activeElement;
      close.focus();
    }
  },

  // In a low frame there is room for one line; all of it scrolls on demand.
  unfold(more) {
    const open = this.node.toggleAttribute("data-open");
    more.setAttribute("aria-expanded", String(open));
    more.textContent = open ? "Less" : "Details";
    this.node.scrollTop = 0;
  },

  close() {
    this.closed = this.what;
    this.remove();
  },

  remove() {
    this.what = "";
    if (!this.node) return;
    removeEventListener("keydown", this.escape, true);
    this.node.remove();
    this.node = undefined;
    this.before?.focus?.();
    this.before = undefined;
  },
};

function failureParts({ command, problems, output }) {
  const parts = problems.map(problemPart);
  if (command) parts.push(el("p", { class: "command" }, "Command: ", el("code", {}, command)));
  if (output.length) {
    parts.push(el("details", {}, el("summary", {}, "What it printed"), el("pre", {}, output.join("\n"))));
  }
  return parts;
}

function trapParts({ request_id: id, problem }) {
  return [problemPart(problem), ...(id ? [el("p", { class: "command" }, "Request: ", el("code", {}, id))] : [])];
}

function problemPart({ file, line, column, message, frame, fix }) {
  const parts = [el("p", { class: "message" }, message)];
  if (file) parts.push(whereOf(file, line, column));
  if (frame) parts.push(el("pre", { class: "frame", tabindex: "0" }, frame));
  if (fix) parts.push(el("p", { class: "fix" }, `To repair it: ${fix}`));
  return el("section", { class: "problem" }, ...parts);
}

const AROUND = 4; // characters that stay in view beyond the caret

/** In a narrow frame, scrolls to the caret, which may stand far to the right. */
function pointOut(frame) {
  const lines = frame.textContent.split("\n");
  const caret = Math.max(...lines.map((line) => line.search(/(?<=\|\s*)\^/)));
  const longest = Math.max(...lines.map((line) => line.length));
  if (caret >= 0) frame.scrollLeft = (frame.scrollWidth * (caret + AROUND)) / longest - frame.clientWidth;
}

function whereOf(file, line = 0, column = 0) {
  const where = [file, line, column].filter(Boolean).join(":");
  if (page.off.has("open")) return el("span", { class: "where" }, where);
  const note = el("span", { class: "fix", role: "status" });
  const open = el("button", { class: "where", type: "button", title: "Open in the editor" }, where);
  open.addEventListener("click", async () => {
    note.textContent = await openInEditor(file, line, column);
  });
  return el("div", {}, open, " ", note);
}

/** Resolves to what went wrong, or "". */
async function openInEditor(file, line, column) {
  try {
    const url = endpoint("open", [["file", file], ["line", line], ["column", column]]);
    const answer = await fetch(url, { method: "POST" });
    return answer.ok ? "" : (await answer.json()).error.message;
  } catch {
    return "devproxy does not answer";
  }
}
