// The host: a page of its own, and an extension in it.

import { useState } from "react";
import { ExtensionFrame } from "./extension-frame";

export function App() {
  const [draft, setDraft] = useState("");
  return (
    <main style={{ maxWidth: "44rem", margin: "2rem auto", fontFamily: "system-ui, sans-serif" }}>
      <h1>A host by Vite</h1>
      <p>
        <label htmlFor="draft">What you type stays when you save this file: </label>
        <input id="draft" value={draft} onChange={({ target }) => setDraft(target.value)} />
      </p>
      <ExtensionFrame id="acme.poll" />
    </main>
  );
}
