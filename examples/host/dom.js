// Builds elements without innerHTML: names and messages of an extension are
// text, whatever they contain.

/**
 * @param {string} tag
 * @param {Record<string, any>} props  properties; `class`, `aria-*`, `data-*` and other names with a dash are attributes
 * @param {...(Node|string)} children
 * @returns {HTMLElement}
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === "class" || name.includes("-")) node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children);
  return node;
}

/** @param {string} text @returns {HTMLElement} a command that one can select with one click */
export function command(text) {
  return el("code", { class: "command" }, text);
}
