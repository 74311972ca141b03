// Sends one value of each shape through the host and answers with both ends.
import * as probe from 'acme:shapes/probe';

const point = (x, y) => ({ x, y });
const wide = {
  a: 18446744073709551615n, b: -9223372036854775808n, c: 1.5, d: Math.PI, e: '😀', f: true,
  g: 255, h: -128, i: 65535, j: -32768, k: 4294967295, l: -2147483648,
  m: 'wide ü', n: new Uint8Array([1, 2, 3]), o: 7n, p: [point(1, -1), point(2, -2)],
};

// componentize-js 0.19.3 passes parameters above 2^31 as the wrong number and
// traps on negative ones that travel as 64 bits; fields of records have neither fault.
const values = {
  echoBool: [true, false],
  echoU8: [0, 255], echoS8: [-128, 127], echoU16: [65535], echoS16: [-32768, 32767],
  echoU32: [0, 2147483647], echoS32: [-2147483648, 2147483647],
  echoU64: [18446744073709551615n], echoS64: [9223372036854775807n],
  echoF32: [0.5, -1.25], echoF64: [Math.PI, -0.1],
  echoChar: ['a', '€', '😀'], echoString: ['', 'grüße 😀'],
  echoBytes: [new Uint8Array([0, 1, 254, 255])],
  echoDoubles: [new Float64Array([1.5, -2.5])],
  echoPoints: [[point(1, -2), point(3, -4)], []],
  echoTuple: [[7, 'seven', 7.5]],
  echoShape: [
    { tag: 'none' }, { tag: 'circle', val: 2.5 }, { tag: 'box', val: point(1, 2) },
    { tag: 'label', val: 'ü' }, { tag: 'id', val: 18446744073709551615n },
  ],
  echoShapes: [[{ tag: 'label', val: 'x' }, { tag: 'none' }, { tag: 'circle', val: 1 }]],
  echoAccess: [{ read: true, write: false, execute: true }],
  echoColour: ['red', 'blue'],
  echoResult: [{ tag: 'ok', val: 5n }, { tag: 'err', val: 'no' }],
  echoWide: [wide],
};

export function handler() {
  const answer = { echoes: {} };
  for (const [name, list] of Object.entries(values)) {
    answer.echoes[name] = list.map((value) => ({ sent: plain(value), got: plain(probe[name](value)) }));
  }
  answer.none = plain(probe.echoOption({ tag: 'none' }));
  answer.some = plain(probe.echoOption({ tag: 'some', val: 3 }));
  answer.unit = plain(probe.unitResult(false)) ?? 'unit';
  answer.unitError = thrown(() => probe.unitResult(true));
  answer.many = plain(probe.many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16n, 'seventeen'));
  return { status: 200, headers: [], body: new TextEncoder().encode(JSON.stringify(answer)) };
}

function thrown(call) {
  try {
    call();
    return false;
  } catch {
    return true;
  }
}

function plain(value) {
  if (typeof value === 'bigint') return value.toString();
  if (ArrayBuffer.isView(value)) return Array.from(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]));
  }
  return value;
}
