// A client of the docker-runner API without dependencies: it signs with crypto and
// speaks WebSocket over http, whose upgrade can carry headers.
import { createHash, createHmac, randomBytes, randomUUID } from "node:crypto";
import { request } from "node:http";
import { strict as assert } from "node:assert";
import { test } from "node:test";

const base = new URL(process.env.RUNNER);
const label = `devproxytest-${randomUUID()}`;
let id;

const canonical = (value) => {
  if (Array.isArray(value)) return value.map(canonical);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, member]) => [key, canonical(member)]));
};

const sign = (method, target, body) => {
  const text = body === undefined ? "" : JSON.stringify(canonical(body));
  const ts = String(Date.now());
  const nonce = randomUUID();
  const hash = createHash("sha256").update(text).digest("base64");
  const payload = [method, target, ts, nonce, hash].join("\n");
  const signature = createHmac("sha256", process.env.SECRET).update(payload).digest("base64");
  return { "x-dr-timestamp": ts, "x-dr-nonce": nonce, "x-dr-signature": signature };
};

const call = async (method, target, body) => {
  const headers = { ...sign(method, target, body), "content-type": "application/json" };
  const response = await fetch(new URL(target, base), { method, headers, body: body && JSON.stringify(body, null, 2) });
  const text = await response.text();
  return { status: response.status, body: text && JSON.parse(text) };
};

// frames yields what a stream of server-sent events says.
async function* frames(target) {
  const response = await fetch(new URL(target, base), { headers: sign("GET", target) });
  assert.equal(response.status, 200);
  let rest = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + chunk).split("\n\n");
    rest = parts.pop();
    for (const part of parts) if (part.startsWith("data:")) yield JSON.parse(part.slice(5));
  }
}

// talk upgrades to WebSocket and exchanges text frames until the server closes.
const talk = (target, onFrame) =>
  new Promise((resolve, reject) => {
    const headers = { ...sign("GET", target), connection: "Upgrade", upgrade: "websocket" };
    headers["sec-websocket-version"] = "13";
    headers["sec-websocket-key"] = randomBytes(16).toString("base64");
    const req = request(new URL(target, base), { headers });
    req.on("error", reject);
    req.on("response", (response) => reject(new Error(`refused: ${response.statusCode}`)));
    req.on("upgrade", (_, socket, head) => {
      const write = (opcode, payload) => {
        const mask = randomBytes(4);
        const body = Buffer.from(payload);
        const length = body.length < 126 ? Buffer.from([0x80 | body.length]) : Buffer.from([0xfe, body.length >> 8, body.length & 255]);
        socket.write(Buffer.concat([Buffer.from([0x80 | opcode]), length, mask, body.map((byte, i) => byte ^ mask[i % 4])]));
      };
      let rest = head;
      const read = () => {
        while (rest.length >= 2) {
          let [size, at] = [rest[1] & 127, 2];
          if (size === 126) [size, at] = rest.length < 4 ? [Infinity, 0] : [rest.readUInt16BE(2), 4];
          if (rest.length < at + size) return;
          const payload = rest.subarray(at, at + size);
          const opcode = rest[0] & 15;
          rest = rest.subarray(at + size);
          if (opcode === 8) {
            write(8, payload);
            socket.end();
            return resolve(payload.readUInt16BE(0));
          }
          onFrame(JSON.parse(payload.toString()), (frame) => write(1, JSON.stringify(frame)));
        }
      };
      socket.on("data", (chunk) => {
        rest = Buffer.concat([rest, chunk]);
        read();
      });
      socket.on("error", reject);
      read();
    });
    req.end();
  });

test("start", async () => {
  const cmd = ["sh", "-c", "echo started; exec sleep 1000"];
  const body = { image: process.env.IMAGE, cmd, autoRemove: false, labels: { [label]: "<é>", 10: "b", 9: "a" }, createExtras: { StopSignal: "SIGKILL" } };
  const answer = await call("POST", "/v1/containers/start", body);
  assert.equal(answer.status, 200);
  assert.equal(answer.body.status, "running");
  id = answer.body.containerId;
});

test("exec", async () => {
  const body = { containerId: id, command: "echo é; echo e >&2; exit 3", options: { timeoutMs: 10_000, idleTimeoutMs: 0 } };
  const answer = await call("POST", "/v1/exec/run", body);
  assert.deepEqual(answer, { status: 200, body: { stdout: "é\n", stderr: "e\n", exitCode: 3 } });
});

test("interactive", async () => {
  const seen = [];
  const query = new URLSearchParams({ containerId: id, command: JSON.stringify(["cat"]) });
  const code = await talk(`/v1/exec/interactive/ws?${query}`, (frame, send) => {
    seen.push(frame);
    if (frame.type === "ready") send({ type: "stdin", data: Buffer.from("hi").toString("base64") });
    if (frame.type === "stdout") send({ type: "close" });
  });
  assert.deepEqual(seen.map((frame) => frame.type), ["ready", "stdout", "exit"]);
  assert.equal(seen[2].exitCode, 0);
  assert.equal(Buffer.from(seen[2].stdout, "base64").toString(), "hi");
  assert.equal(Buffer.from(seen[2].stderr, "base64").toString(), "");
  assert.equal(code, 1000);
});

test("logs", async () => {
  const seen = [];
  for await (const frame of frames(`/v1/containers/logs/sse?containerId=${id}&follow=false`)) seen.push(frame);
  assert.deepEqual(seen.map((frame) => frame.type), ["chunk", "end"]);
  assert.equal(Buffer.from(seen[0].data, "base64").subarray(8).toString(), "started\n");
});

test("events", async () => {
  const filters = encodeURIComponent(Buffer.from(JSON.stringify({ type: ["container"], container: [id] })).toString("base64"));
  const since = Math.floor(Date.now() / 1000) - 60;
  for await (const frame of frames(`/v1/events/sse?since=${since}&filters=${filters}`)) {
    assert.equal(frame.type, "event");
    assert.equal(frame.event.Actor.ID, id);
    if (frame.event.Action === "start") break;
  }
});

test("stop and remove", async () => {
  assert.equal((await call("POST", "/v1/containers/stop", { containerId: id, timeoutSec: 0 })).status, 204);
  assert.equal((await call("POST", "/v1/containers/remove", { containerId: id, force: true, removeVolumes: true })).status, 204);
  const gone = await call("GET", `/v1/containers/inspect?containerId=${id}`);
  assert.equal(gone.status, 404);
  assert.deepEqual([gone.body.error.code, gone.body.error.retryable], ["no_such_container", false]);
});
