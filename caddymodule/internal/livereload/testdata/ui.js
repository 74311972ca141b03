// The UI of the tests: answers what its host asks, and does what it is told.
const born = Math.random();
const globals = Object.keys(window);
const strangers = [];
const spied = []; // what event streams said since "spy"
const paintOf = (selector) => document.querySelector("[data-devproxy]")?.shadowRoot.querySelector(selector);
const commands = {
  "": () => {},
  throw: () => setTimeout(() => { throw new Error("thrown by the UI"); }),
  error: () => console.error("%s is %d", "the answer", 42, { deep: [1n] }, "\u001b[31mred\u001b[0m"),
  reject: () => { Promise.reject(new Error("rejected by the UI")); },
  image: () => document.body.append(Object.assign(new Image(), { src: "missing.png" })),
  scroll: () => scrollTo(0, 700),
  close: () => paintOf(".overlay .close").click(),
  open: () => paintOf(".overlay button.where").click(),
  spy: () => {
    const listen = EventSource.prototype.addEventListener;
    EventSource.prototype.addEventListener = function (name, heard) {
      return listen.call(this, name, (event) => {
        if (event.data) spied.push(event.data);
        heard(event);
      });
    };
  },
  name: () => { window.name = "chosen by the UI"; },
};
addEventListener("message", ({ source, data }) => {
  if (source !== parent || !data?.test) return strangers.push(JSON.stringify(data));
  commands[data.command]();
  source.postMessage({ test: true, id: data.id, facts: {
    born,
    globals,
    strangers,
    spied,
    color: getComputedStyle(document.querySelector("p")).color,
    sheets: [...document.querySelectorAll("link")].map(({ href }) => href),
    scripts: [...document.scripts].map(({ src }) => src),
    scroll: scrollY,
    name: window.name,
    origin: self.origin,
    overlay: paintOf(".overlay")?.innerText ?? "",
    badge: paintOf(".badge")?.innerText.trim() ?? "",
    badgeState: paintOf(".badge")?.dataset.state ?? "",
  } }, "*");
});
