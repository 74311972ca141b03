// Each route strains the engine in one way.
const encoder = new TextEncoder();

const routes = {
  '/echo': (request) => request.http.body ?? new Uint8Array(),
  '/nothing': () => undefined,
  '/json': () => JSON.stringify(catalogue(700)),
  '/cpu': () => String(sum(3_000_000)),
  '/time': () => String(Date.now()),
  '/random': () => String(Math.random()),
  '/count': () => String(++count),
  '/loop': () => { for (;;) count++; },
  '/regex': () => String(/^(a+)+$/.test('a'.repeat(40) + 'b')),
  '/alloc': () => { const kept = []; for (;;) kept.push(new Uint8Array(1 << 20).fill(1)); },
  '/throw': () => { throw new Error('boom from limits.js'); },
  '/recurse': () => { const down = (n) => down(n + 1) + 1; return String(down(0)); },
  '/console': () => { console.log('hello stdout'); console.error('hello stderr'); return 'printed'; },
  '/timers': async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return 'waited';
  },
  '/fetch': async () => String((await fetch('http://127.0.0.1:9/')).status),
};

let count = 0;

function catalogue(length) {
  return JSON.parse(JSON.stringify(Array.from({ length }, (_, id) => ({
    id, name: `item ${id}`, tags: ['a', 'b', 'ü'], price: id / 7, nested: { ok: id % 2 === 0 },
  }))));
}

function sum(turns) {
  let total = 0;
  for (let i = 0; i < turns; i++) total = (total + i * 7) % 1000003;
  return total;
}

export async function handler(request) {
  const path = request.http.url.split('?')[0];
  const route = routes[path];
  if (!route) return reply(404, `no route ${path}`);
  return reply(200, await route(request));
}

function reply(status, body) {
  return {
    status,
    headers: [{ name: 'content-type', value: 'text/plain; charset=utf-8' }],
    body: typeof body === 'string' ? encoder.encode(body) : body,
  };
}
