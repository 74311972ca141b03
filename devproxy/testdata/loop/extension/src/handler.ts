import { handlerVersion } from "./version";

export function handler(): object {
  return {
    status: 200,
    headers: [{ name: "content-type", value: "application/json" }],
    body: new TextEncoder().encode(JSON.stringify({ handler: handlerVersion })),
  };
}
