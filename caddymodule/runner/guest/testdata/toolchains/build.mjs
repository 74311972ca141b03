// Lays out the tested versions of componentize-js as extensions have them, and
// what their splicers answer in Node:  node build.mjs OUTPUT_DIR
// Needs `npm ci` in this directory first. EXTENSION_WIT names the interface.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = join(dirname(fileURLToPath(import.meta.url)), 'node_modules');
const blobs = ['package.json', 'lib/spidermonkey-embedding-splicer.core.wasm', 'lib/starlingmonkey_embedding.wasm'];
const sum = (content) => createHash('sha256').update(content).digest('hex');

const output = process.argv[2];
if (!output) {
  console.error('usage: node build.mjs OUTPUT_DIR');
  process.exit(2);
}
for (const name of readdirSync(packages).filter((name) => name.startsWith('componentize-js-'))) {
  const from = join(packages, name);
  const extension = join(output, name.slice('componentize-js-'.length));
  const to = join(extension, 'node_modules/@bytecodealliance/componentize-js');
  mkdirSync(join(to, 'lib'), { recursive: true });
  for (const blob of blobs) cpSync(join(from, blob), join(to, blob));
  mkdirSync(join(extension, 'wit'));
  cpSync(process.env.EXTENSION_WIT, join(extension, 'wit/extension.wit'));
  writeFileSync(join(extension, 'spliced.json'), JSON.stringify(await splice(from, join(extension, 'wit'))));
}

async function splice(from, wit) {
  const { splicer } = await import(join(from, 'lib/spidermonkey-embedding-splicer.js'));
  const engine = readFileSync(join(from, 'lib/starlingmonkey_embedding.wasm'));
  const features = ['stdio', 'random', 'clocks', 'http', 'fetch-event'];
  return Object.fromEntries([['none', []], ['all', features]].map(([name, chosen]) => {
    const { wasm, jsBindings } = splicer.spliceBindings(engine, chosen, undefined, wit, 'runner', false);
    return [name, { core: sum(wasm), initializer: sum(jsBindings) }];
  }));
}
