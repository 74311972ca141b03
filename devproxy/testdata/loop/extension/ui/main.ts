// Shows which UI this is and which handler answers it, and tells the host's
// page what it shows: when it is painted, and whenever it is asked.

import { ui } from "./version";

interface Message {
  alga?: boolean;
  type?: string;
  payload?: { body?: string; error?: string; message?: string };
  loop?: string;
}

const born = performance.timeOrigin;
const hostOrigin = location.origin;
let handler = "";
let error = "";

function post(type: string, payload: object, request_id?: string): void {
  parent.postMessage({ alga: true, version: "1", type, payload, request_id }, hostOrigin);
}

function devproxy(selector: string): HTMLElement | null {
  return document.querySelector("[data-devproxy]")?.shadowRoot?.querySelector(selector) ?? null;
}

function tell(): void {
  const title = document.getElementById("ui")!;
  title.textContent = ui;
  document.getElementById("handler")!.textContent = handler;
  const facts = {
    born,
    ui: title.textContent,
    handler,
    error,
    build: devproxy(".badge code")?.textContent ?? "",
    state: devproxy(".badge")?.dataset.state ?? "",
    overlay: devproxy(".overlay")?.textContent ?? "",
    color: getComputedStyle(title).color,
  };
  parent.postMessage({ loop: facts }, hostOrigin);
}

const commands: Record<string, () => void> = {
  call: () => post("apiproxy", { method: "GET", route: "/version" }, "call"),
  complain: () => console.error("the iframe complains"),
  open: () => devproxy(".overlay button.where")?.click(),
  tell: () => {},
};

addEventListener("message", ({ source, data }: MessageEvent<Message>) => {
  if (source !== parent) return;
  if (data.loop) {
    commands[data.loop]?.();
    tell();
  }
  if (!data.alga) return;
  if (data.type === "bootstrap") commands.call!();
  if (data.type === "apiproxy_response") {
    error = [data.payload?.error, data.payload?.message].filter(Boolean).join(": ");
    handler = data.payload?.body ? JSON.parse(atob(data.payload.body)).handler : "";
    tell();
  }
});
post("ready", {});
