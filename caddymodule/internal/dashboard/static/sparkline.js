// How the last probes of a backend went: one bar each, as high as it took long.

import { draw, el, took } from "./dom.js";

const wide = 3, high = 20, least = 3;

/** Shows probes in node, as a picture and in words. */
export function sparkline(node, probes = []) {
  const drawn = `${probes.length} ${probes.at(-1)?.at}`;
  if (node.dataset.drawn === drawn) return;
  node.dataset.drawn = drawn;
  if (!probes.length) return void node.replaceChildren("–");
  const slowest = Math.max(...probes.map((p) => p.ms), 1);
  const bars = probes.map((p, i) => {
    const height = p.ok ? Math.max(least, (high * p.ms) / slowest) : high;
    return draw("rect", { x: i * wide, y: high - height, width: wide - 1, height, class: p.ok ? "ok" : "failed" });
  });
  const picture = draw("svg", { class: "spark", viewBox: `0 0 ${probes.length * wide} ${high}`, width: probes.length * wide, height: high, role: "img", "aria-label": words(probes, slowest) }, ...bars);
  node.replaceChildren(picture, el("span", { class: "faint", "aria-hidden": "true" }, ` ${took(probes.at(-1).ms)}`));
}

function words(probes, slowest) {
  const failed = probes.filter((p) => !p.ok);
  const last = failed.at(-1);
  return `${probes.length - failed.length} of the last ${probes.length} probes were answered; the newest took ${took(probes.at(-1).ms)}, the slowest ${took(slowest)}` +
    (last ? `; the last failure was ${last.code || "unknown"}` : "");
}
