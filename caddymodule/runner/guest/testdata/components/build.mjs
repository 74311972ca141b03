// Builds the test components:  node build.mjs OUTPUT_DIR [NAME...]
// Needs `npm ci` in this directory first. EXTENSION_WIT names the interface
// file of the full world; by default that is the one of the hello example.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const world = process.env.EXTENSION_WIT ?? join(here, '../../../../../examples/hello/wit/extension.wit');

const components = {
  limits: { source: 'limits.js', wit: world, disable: ['all'] },
  hosts: { source: 'hosts.js', wit: world, disable: ['all'] },
  older: { source: 'older.js', wit: 'wit/older', disable: ['all'] },
  newer: { source: 'newer.js', wit: 'wit/newer', disable: ['all'] },
  shapes: { source: 'shapes.js', wit: 'wit/shapes', disable: ['all'] },
  bare: { source: 'limits.js', wit: 'wit/bare', disable: ['all'] },
  wasi: { source: 'limits.js', wit: world, disable: [] },
};

const [output, ...wanted] = process.argv.slice(2);
if (!output) {
  console.error('usage: node build.mjs OUTPUT_DIR [NAME...]');
  process.exit(2);
}
mkdirSync(output, { recursive: true });
for (const name of wanted.length ? wanted : Object.keys(components)) build(name);

function build(name) {
  const component = components[name];
  if (!component) fail(`no component is called ${name}; there are ${Object.keys(components).join(', ')}`);
  const wit = resolve(here, component.wit);
  if (!existsSync(wit)) fail(`building ${name}: ${wit} does not exist`);
  const run = spawnSync(process.execPath, [
    join(here, 'node_modules/@bytecodealliance/jco/src/jco.js'), 'componentize',
    join(here, 'src', component.source),
    '--wit', wit, '--world-name', 'runner',
    ...component.disable.flatMap((feature) => ['--disable', feature]),
    '--out', resolve(output, `${name}.wasm`),
  ], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (run.status !== 0) fail(`building ${name}: jco ended with status ${run.status}`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
