// Runs in the host's page. What the iframe tells is kept here, in the host's
// own memory, so that it is gone if the host's page is ever loaded again.

globalThis.paints = [];
globalThis.last = {};

addEventListener("message", ({ source, data }) => {
  const frame = document.querySelector("iframe");
  if (source !== frame?.contentWindow || !data?.loop) return;
  last = data.loop;
  const { born, ui, handler, build, error } = last;
  const paint = JSON.stringify({ born, ui, handler, build, error });
  if (handler + error && paint !== JSON.stringify(paints.at(-1))) paints.push(JSON.parse(paint));
});

// What is typed and where one has scrolled to is the host's, too.
const typed = document.createElement("textarea");
typed.id = "typed";
typed.value = "half a sentence";
const tall = document.createElement("div");
tall.style.height = "5000px";
document.body.append(typed, tall);
// The host's own list of messages grows above what is shown.
document.documentElement.style.overflowAnchor = "none";
scrollTo({ top: 700, behavior: "instant" });

/** Sends the iframe a command; its answer comes as `last`. */
globalThis.tell = (command) => document.querySelector("iframe").contentWindow.postMessage({ loop: command }, "*");
