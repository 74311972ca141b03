// Makes elements. What others wrote becomes text, never markup.

/** el("td", { class: "bad" }, "text", child) */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== undefined && child !== ""));
  return node;
}

/** el, for pictures */
export function draw(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Shows text in node, and touches nothing that shows it already. */
export function say(node, text, className) {
  if (node.textContent !== text) node.textContent = text;
  if (className !== undefined && node.className !== className) node.className = className;
}

/**
 * Keeps one child of root per item, in order: an element that stays keeps its
 * focus and its iframe.
 */
export function keyed(root, items, key, create, update) {
  const before = new Map([...root.children].map((child) => [child.dataset.key, child]));
  let place = root.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    let node = before.get(name);
    before.delete(name);
    if (!node) {
      node = create(item);
      node.dataset.key = name;
    }
    if (node === place) place = place.nextElementSibling;
    else root.insertBefore(node, place);
    update?.(node, item);
  }
  for (const node of before.values()) node.remove();
}

export const byId = (id) => document.getElementById(id);

export function took(ms) {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

export function byteSize(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

export const clock = (time) => new Date(time).toLocaleTimeString([], { hour12: false });

/** "18:57:30", with the date where that is not today's */
export function when(time) {
  const date = new Date(time);
  return date.toDateString() === new Date().toDateString() ? clock(date) : `${date.toLocaleDateString()} ${clock(date)}`;
}

export function ago(time) {
  const seconds = Math.max(0, Math.round((Date.now() - new Date(time)) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return `${Math.floor(seconds / 3600)} h ago`;
}
