// The mark in the corner: which build this page shows, and whether it hears
// of the next one.

const WORDS = {
  connected: "live: a save shows here",
  offline: "devproxy does not answer; this page follows again when it does",
  building: "building …",
  failed: "the last build or call failed",
  earlier: "an earlier build, not your working tree; the next save returns to that",
  stale: "the server still answers with an older build; reload the page by hand",
};

const badge = {
  hidden: page.off.has("badge"),
  build: page.build,
  connected: false,
  building: false,
  failed: false,
  stale: false,
  earlier: false,

  /** Takes some of the above and shows them. */
  set(news) {
    Object.assign(this, news);
    if (!this.hidden) withBody(() => this.draw());
  },

  draw() {
    this.node ??= this.create();
    this.node.hidden = this.hidden;
    const state = this.state();
    this.node.dataset.state = state;
    this.node.title = `devproxy, ${page.extension}: ${WORDS[state]}`;
    this.node.querySelector("code").textContent = (this.build || "no build") + (this.earlier ? " (earlier)" : "");
    paint(this.node);
  },

  state() {
    if (!this.connected) return "offline";
    return ["building", "failed", "stale", "earlier"].find((name) => this[name]) ?? "connected";
  },

  create() {
    const hide = () => {
      this.hidden = true;
      this.node.hidden = true;
    };
    return el("div", { class: "badge" },
      el("span", { class: "dot" }),
      el("code"),
      el("button", { type: "button", "aria-label": "Hide devproxy's mark", onclick: hide }, "×"));
  },
};
