// Gives the tests the real bridge and frames that speak to it.
import { callHandler } from "/api-proxy.js";
import { decodeText, encodeText } from "/base64.js";
import { connect } from "/bridge.js";
import { buildExtUiSrc } from "/ext-ui-url.js";

const HERE = location.origin;
const ELSEWHERE = `http://127.0.0.1:${location.port}`;
const SILENT = `${HERE}/testdata/silent.html`;

// Connects the bridge to a frame, lets a frame post message, and resolves to
// the height of the bridge's frame once the message has passed.
//
//   sandbox  of the frames; null for none
//   from     "child": the bridge's frame posts; "stranger": another frame of
//            the same kind does; "moved": the bridge's frame does, after it
//            went to another origin
async function heightAfter({ message, sandbox = "allow-scripts", from = "child" }) {
  const child = frame(sandbox);
  const bridge = connect(child, { extensionId: "acme.test", theme: { mode: "light", tokens: {} } });
  // Added after the bridge's own listener, hence called after it.
  const passed = new Promise((resolve) => addEventListener("message", resolve, { once: true }));
  await scenes[from](child, message, sandbox);
  await passed;
  const { height } = child.style;
  bridge.close();
  document.body.replaceChildren();
  return height;
}

const scenes = {
  child: (child, message) => mount(child, speaking(message, HERE)),
  stranger: async (child, message, sandbox) => {
    await mount(child, SILENT);
    await mount(frame(sandbox), speaking(message, HERE));
  },
  moved: async (child, message) => {
    await mount(child, SILENT);
    child.contentWindow.location = speaking(message, ELSEWHERE);
  },
};

function frame(sandbox) {
  const iframe = document.createElement("iframe");
  if (sandbox !== null) iframe.setAttribute("sandbox", sandbox);
  return iframe;
}

function mount(iframe, src) {
  iframe.src = src;
  document.body.append(iframe);
  return new Promise((resolve) => iframe.addEventListener("load", resolve, { once: true }));
}

function speaking(message, origin) {
  return `${origin}/testdata/child.html?message=${encodeURIComponent(JSON.stringify(message))}`;
}

// Calls as an extension would, with text for body, and returns the payload of
// the answer, its body as text.
async function callAs(extensionId, { body, ...call }) {
  const coded = body === undefined ? call : { ...call, body: encodeText(body) };
  const answer = await callHandler(extensionId, coded, AbortSignal.timeout(10_000));
  return answer.body === undefined ? answer : { ...answer, body: decodeText(answer.body) };
}

Object.assign(globalThis, { heightAfter, buildExtUiSrc, callAs });
