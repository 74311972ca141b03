"use client";

import { useState } from "react";

export function Draft() {
  const [draft, setDraft] = useState("");
  return (
    <p>
      <label htmlFor="draft">What you type stays when you save a file: </label>
      <input id="draft" value={draft} onChange={({ target }) => setDraft(target.value)} />
    </p>
  );
}
