// The host: a page that the server renders, with an extension in it.

import { Draft } from "./draft";
import { ExtensionFrame } from "./extension-frame";

export default function Page() {
  return (
    <main style={{ maxWidth: "44rem", margin: "2rem auto", fontFamily: "system-ui, sans-serif" }}>
      <h1>A host by Next.js</h1>
      <Draft />
      <ExtensionFrame id="acme.poll" />
    </main>
  );
}
