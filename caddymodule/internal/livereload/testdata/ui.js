// The UI of the tests: answers what its host asks, and does what it is told.
const born = Math.random();
const globals = Object.keys(window);
const strangers = [];
const spied = []; // what event streams said since "spy"
const paintOf = (selector) => document.querySelector("[data-devproxy]")?.shadowRoot.querySelector(selector);
const commands = {
  reach: () => {},
  "": () => {},
  throw: () => setTimeout(() => { throw new Error("thrown by the UI"); }),
  error: () => console.error("%s is %d", "the answer", 42, { deep: [1n] }, "\u001b[31mred\u001b[0m"),
  reject: () => { Promise.reject(new Error("rejected by the UI")); },
  image: () => document.body.append(Object.assign(new Image(), { src: "missing.png" })),
  scroll: () => scrollTo(0, 700),
  close: () => paintOf(".overlay .close").click(),
  unfold: () => paintOf(".overlay .more").click(),
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
  stray: () => document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: "100%.css" })),
  // Its next stream opens, and passes nothing on.
  withhold: () => {
    window.EventSource = class extends EventSource {
      addEventListener(name, heard) {
        if (name !== "state" && name !== "sealed") super.addEventListener(name, heard);
      }
    };
  },
  // Takes the frames' key, and has whoever leads carry what it may not.
  lie: () => {
    const { decrypt } = SubtleCrypto.prototype;
    SubtleCrypto.prototype.decrypt = async function (how, key, data) {
      const plain = await decrypt.call(this, how, key, data);
      const { type } = JSON.parse(new TextDecoder().decode(plain));
      SubtleCrypto.prototype.decrypt = decrypt;
      if (type === "lead") await sendLie(key);
      return plain;
    };
  },
};
const sendLie = async (key) => {
  const lie = JSON.stringify({ type: "who", from: "x", extension: "acme.secret", grant: "guessed" });
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode(lie)));
  for (let i = 0; i < parent.length; i++) parent[i].postMessage({ "devproxy.live": new Uint8Array([...iv, ...data]) }, "*");
};

// The texts of the overlay that no scrolling brings into view whole.
const lost = () => {
  const overlay = paintOf(".overlay");
  if (!overlay) return ["the overlay"];
  for (const details of overlay.querySelectorAll("details")) details.open = true;
  const texts = document.createTreeWalker(overlay, NodeFilter.SHOW_TEXT);
  const out = [];
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (!text.data.trim()) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const lines = range.getClientRects().length;
    const unseen = Array.from({ length: lines }, (_, i) => i).some((i) => !seen(range, i, text.parentElement));
    overlay.scrollTop = 0;
    if (lines === 0 ? !text.parentElement.matches(".more, .close .word") : unseen) out.push(text.data);
  }
  return out;
};

const seen = (range, i, element) => {
  const overlay = paintOf(".overlay");
  const line = () => range.getClientRects()[i];
  if (line().width === 0) return true; // the end of a line
  const inner = element.closest("pre");
  if (inner) {
    inner.scrollLeft = 0;
    inner.scrollTop += line().top - inner.getBoundingClientRect().top - 10;
  }
  overlay.scrollTop += line().top;
  const { top, bottom, left } = line();
  if (inner) inner.scrollLeft = inner.scrollWidth;
  const { right } = line();
  if (inner) inner.scrollLeft = 0;
  const there = overlay.getRootNode().elementFromPoint(left + 1, (top + bottom) / 2);
  for (const box of [overlay, inner]) if (box && getComputedStyle(box).overflowY === "hidden") return false;
  return top > -1 && bottom < innerHeight + 1 && left > -1 && right < innerWidth + 1 && (there === element || element.contains(there));
};

/** Whether all of a control of the overlay is in view, and would get a click. */
const clickable = (selector) => {
  const control = paintOf(selector);
  const { top, bottom, left, right } = control?.getBoundingClientRect() ?? {};
  return top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth && bottom > top &&
    control.contains(control.getRootNode().elementFromPoint((left + right) / 2, (top + bottom) / 2));
};

/** What of the overlay is in view before anybody scrolls. */
const first = () => [...(paintOf(".overlay")?.querySelectorAll("h1, .message, .where, pre.frame") ?? [])].filter((node) => {
  const { top, bottom } = node.getBoundingClientRect();
  return top >= 0 && bottom <= innerHeight && bottom > top;
}).map((node) => node.textContent);

/** Whether the caret of the first code frame is in view. */
const pointed = () => {
  const frame = paintOf(".overlay pre.frame");
  const at = frame?.firstChild.data.indexOf("^") ?? -1;
  if (at < 0) return false;
  const range = document.createRange();
  range.setStart(frame.firstChild, at);
  range.setEnd(frame.firstChild, at + 1);
  const caret = range.getBoundingClientRect(), box = frame.getBoundingClientRect();
  return caret.left >= box.left && caret.right <= box.right && caret.bottom <= innerHeight;
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
    height: innerHeight,
    width: innerWidth,
    closable: clickable(".overlay .close"),
    unfoldable: clickable(".overlay .more"),
    covers: (paintOf(".overlay")?.getBoundingClientRect().height ?? 0) / innerHeight,
    first: first(),
    pointed: pointed(),
    lost: data.command === "reach" ? lost() : [],
    badgeState: paintOf(".badge")?.dataset.state ?? "",
  } }, "*");
});
