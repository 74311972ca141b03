// The page: two buttons, and what the handler has counted.

import { useEffect, useRef, useState } from "react";
import { call } from "./host";

const CHOICES = ["tea", "coffee"] as const;

type Votes = Record<string, number>;

export function Poll() {
  const [votes, setVotes] = useState<Votes>({});
  const [trouble, setTrouble] = useState("");
  const asked = useRef(0);

  // Answers may overtake each other: what was asked last is shown.
  function show(answer: Promise<Votes>) {
    const number = ++asked.current;
    answer.then(
      (counted) => number === asked.current && setVotes(counted),
      (cause: Error) => setTrouble(cause.message),
    );
  }
  useEffect(() => show(call<Votes>("GET", "/votes")), []);

  return (
    <main>
      <h1>Tea or coffee?</h1>
      {CHOICES.map((choice) => (
        <button key={choice} id={choice} onClick={() => show(call<Votes>("POST", "/votes", { choice }))}>
          {choice} <output>{votes[choice] ?? 0}</output>
        </button>
      ))}
      {trouble && <p role="alert">{trouble}</p>}
    </main>
  );
}
