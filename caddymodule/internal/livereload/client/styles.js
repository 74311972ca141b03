// Swaps stylesheets in place.

/**
 * Loads the changed stylesheets anew. Resolves to false when one of them is
 * in this page in another way than by a <link> (by @import, or from a script),
 * or does not load: then the page must load again.
 *
 * @param {string[]} changed  bundle paths, "ui/a.css"
 * @param {string} build
 */
async function swapStyles(changed, build) {
  const swaps = [];
  for (const path of changed) {
    const links = [...document.querySelectorAll("link[rel~=stylesheet i][href]")].filter((link) => bundlePath(link.href) === path && !coming.has(link));
    if (!links.length) return false;
    swaps.push(...links);
  }
  const swapped = await Promise.all(swaps.map((link) => swapLink(link, build)));
  return swapped.every(Boolean);
}

/** The path in the bundle that an address of this page's names. */
function bundlePath(href) {
  const path = href.split(/[?#]/, 1)[0];
  if (!path.startsWith(page.root)) return "";
  try {
    return `ui/${decodeURIComponent(path.slice(page.root.length))}`;
  } catch {
    return ""; // a stray % names no file
  }
}

const coming = new Set(); // links that load, and take another's place then
const successors = new WeakMap(); // link → how to give up the one that is to take its place

// The old sheet goes when the new one is there: no moment without a style. A
// newer one takes the place of one that is still loading.
function swapLink(link, build) {
  successors.get(link)?.();
  const next = link.cloneNode();
  const url = new URL(link.href);
  url.searchParams.set("devproxy-build", build);
  next.href = url.href;
  next.removeAttribute("integrity"); // it is the old content's
  return new Promise((resolve) => {
    const end = (gone, ok) => {
      coming.delete(next);
      successors.delete(link);
      gone.remove();
      resolve(ok);
    };
    coming.add(next);
    successors.set(link, () => end(next, true));
    next.addEventListener("load", () => coming.has(next) && end(link, true), { once: true });
    next.addEventListener("error", () => coming.has(next) && end(next, false), { once: true });
    link.after(next);
    if (link.disabled) end(link, true); // it does not load
  });
}
