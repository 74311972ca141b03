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
    const links = [...document.querySelectorAll("link[rel~=stylesheet i][href]")].filter((link) => bundlePath(link.href) === path);
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

// The old sheet goes when the new one is there: no moment without a style.
function swapLink(link, build) {
  const next = link.cloneNode();
  const url = new URL(link.href);
  url.searchParams.set("devproxy-build", build);
  next.href = url.href;
  next.removeAttribute("integrity"); // it is the old content's
  const loaded = link.disabled ? Promise.resolve(true) : new Promise((resolve) => {
    next.addEventListener("load", () => resolve(true), { once: true });
    next.addEventListener("error", () => resolve(false), { once: true });
  });
  link.after(next);
  return loaded.then((ok) => {
    (ok ? link : next).remove();
    return ok;
  });
}
