"use client"; // for frameworks that also render on the server

// An extension in an iframe, and the host's side of the conversation with it.

import { useEffect, useRef, useState } from "react";

interface Message {
  alga?: boolean;
  type?: string;
  request_id?: string;
  payload?: { height?: number; method?: string; route?: string; body?: string };
}

/** Shows the UI of the extension, which devproxy serves from this very origin. */
export function ExtensionFrame({ id }: { id: string }) {
  const address = useAddress(id);
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(120);

  useEffect(() => {
    const listen = ({ source, origin, data }: MessageEvent<Message>) => {
      // Any sandboxed frame has the origin "null", so the window counts as well.
      if (source !== frame.current?.contentWindow || origin !== "null" || data?.alga !== true) return;
      if (data.type === "resize") setHeight(Math.min(4000, Math.max(100, data.payload?.height ?? 0)));
      if (data.type === "apiproxy") void answer(id, data, source as Window);
    };
    addEventListener("message", listen);
    return () => removeEventListener("message", listen);
  }, [id]);

  if (!address) return <p>There is no extension {id}.</p>;
  // Without allow-same-origin, or the extension could do all that this page can.
  return <iframe ref={frame} src={address} title={id} sandbox="allow-scripts allow-forms" style={{ width: "100%", height, border: "1px solid #8886" }} />;
}

function useAddress(id: string): string | undefined {
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    const asking = new AbortController();
    findAddress(id, asking.signal).then(setAddress, () => setAddress(undefined));
    return () => asking.abort();
  }, [id]);
  return address;
}

async function findAddress(id: string, signal: AbortSignal): Promise<string | undefined> {
  const { extensions } = await (await fetch("/__runner/extensions", { signal })).json();
  return extensions.find((extension: { id: string }) => extension.id === id)?.ui_url;
}

/** Carries a call to the extension's own handler, and nowhere else. */
async function answer(id: string, { request_id, payload }: Message, to: Window) {
  const result = await callHandler(id, payload ?? {});
  to.postMessage({ alga: true, version: "1", type: "apiproxy_response", request_id, payload: result }, "*");
}

async function callHandler(id: string, { method = "POST", route = "", body }: NonNullable<Message["payload"]>) {
  const prefix = `/api/ext/${id}/`;
  const url = new URL(prefix.slice(0, -1) + route, location.origin);
  // The check is on what the parser made of it, ".." and its encoded forms.
  if (!url.pathname.startsWith(prefix)) return { error: "invalid_route", message: `${route} leaves the extension` };
  try {
    const sent = method === "GET" || body === undefined ? undefined : Uint8Array.from(atob(body), (char) => char.charCodeAt(0));
    const response = await fetch(url, { method, body: sent, headers: sent && { "content-type": "application/json" } });
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (!response.ok) return { error: `http_${response.status}`, status: response.status, message: new TextDecoder().decode(bytes) };
    return { status: response.status, body: btoa(String.fromCharCode(...bytes)) };
  } catch (cause) {
    return { error: "network_error", message: String(cause) };
  }
}
