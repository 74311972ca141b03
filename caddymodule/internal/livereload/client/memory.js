// What the page knows of itself after it was loaded again. A sandboxed page
// has no storage, and its history's state is lost with its origin; the name of
// its window stays. Ours is there only while the page loads: before any script
// of the page runs, the name is what it was.

const MEMORY = "devproxy.live:";

function recall() {
  if (!window.name.startsWith(MEMORY)) return {};
  try {
    const { was, ...rest } = JSON.parse(window.name.slice(MEMORY.length));
    window.name = was;
    return rest;
  } catch {
    return {}; // somebody else's
  }
}

function loadAgain(rest) {
  const scroll = { x: scrollX, y: scrollY };
  window.name = MEMORY + JSON.stringify({ scroll, badgeHidden: badge.hidden, ...rest, was: window.name });
  location.reload();
}

// The page may grow while its scripts fill it, so this is tried until the
// place is there, the user scrolls, or two seconds have passed.
function restoreScroll({ x, y } = { x: 0, y: 0 }) {
  if (!x && !y) return;
  const ended = new AbortController();
  const { signal } = ended;
  const grown = new ResizeObserver(again);
  signal.addEventListener("abort", () => grown.disconnect());
  function again() {
    scrollTo({ left: x, top: y, behavior: "instant" });
    if (Math.abs(scrollX - x) < 1 && Math.abs(scrollY - y) < 1 && document.readyState === "complete") ended.abort();
  }
  for (const name of ["wheel", "touchstart", "keydown", "pointerdown"]) {
    addEventListener(name, () => ended.abort(), { signal, capture: true, passive: true });
  }
  for (const name of ["DOMContentLoaded", "load"]) addEventListener(name, again, { signal });
  withBody(() => grown.observe(document.documentElement));
  setTimeout(() => ended.abort(), 2000);
}

const memory = recall();
badge.hidden ||= memory.badgeHidden === true;
restoreScroll(memory.scroll);
