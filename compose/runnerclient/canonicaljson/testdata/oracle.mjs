// Answers each line, a JSON text in base64, with its canonical form in base64,
// or with "!" when it cannot be parsed.
import { createInterface } from "node:readline";

const sorted = (value) => {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const keys = Object.keys(value).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]));
};

for await (const line of createInterface({ input: process.stdin })) {
  let answer = "!";
  try {
    const text = Buffer.from(line, "base64").toString("utf8");
    answer = Buffer.from(JSON.stringify(sorted(JSON.parse(text)))).toString("base64");
  } catch {}
  process.stdout.write(answer + "\n");
}
