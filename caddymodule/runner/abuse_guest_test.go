package runner

import (
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hostileScript answers each path with an attack of that name. What it has at
// hand is what any handler has.
const hostileScript = `
import { logInfo } from 'alga:extension/logging';
const bytes = (text) => new TextEncoder().encode(text);
const reply = (status, headers, body) => ({ status, headers: headers.map(([name, value]) => ({ name, value })), body });
const attacks = {
  'fine': () => reply(200, [], bytes('fine')),
  'loop': () => { for (;;); },
  'loop in a promise': () => { const again = () => Promise.resolve().then(again); return again(); },
  'loop in a getter': () => ({ get status() { for (;;); } }),
  'loop in a regular expression': () => reply(200, [], bytes(String(/^(a+)+$/.test('a'.repeat(60) + 'b')))),
  'loop in a sort': () => { const a = [3, 1, 2]; for (;;) a.sort(() => Math.random() - .5); },
  'a promise that nobody keeps': () => new Promise(() => {}),
  'allocate': () => { const kept = []; for (;;) kept.push(new Uint8Array(1 << 20).fill(1)); },
  'allocate strings': () => { let s = 'x'; const kept = []; for (;;) { s += s.slice(0, 1 << 20); kept.push(s + kept.length); } },
  'allocate one array': () => reply(200, [], new Uint8Array(2 ** 31)),
  'recurse': () => { const down = (n) => down(n + 1) + 1; return down(0); },
  'throw': () => { throw new Error('x'.repeat(1 << 22)); },
  'throw nothing': () => { throw undefined; },
  'throw what throws': () => { throw { toString() { throw this; }, get message() { throw this; }, get stack() { throw this; } }; },
  'return nothing': () => undefined,
  'return null': () => null,
  'return a function': () => () => 1,
  'return a proxy': () => new Proxy({}, { get() { throw new Error('trap'); } }),
  'headers that are none': () => ({ status: 200, headers: 7, body: null }),
  'headers without end': () => ({ status: 200, headers: { length: 4e9 }, body: null }),
  'headers of a negative length': () => ({ status: 200, headers: { length: -1 }, body: null }),
  'a body that lies about its length': () => ({ status: 200, headers: [], body: { byteLength: 2 ** 31, buffer: new ArrayBuffer(8), byteOffset: 0 } }),
  'a body of a negative length': () => ({ status: 200, headers: [], body: { byteLength: -8, buffer: new ArrayBuffer(8), byteOffset: 0 } }),
  'a status of -1': () => reply(-1, [], null),
  'a status of 65536': () => reply(65536, [], null),
  'a status of 65736': () => reply(65736, [], bytes('wrapped')),
  'a status of 2 to the 32 and 200': () => reply(4294967496, [], bytes('wrapped')),
  'a status of infinity': () => reply(Infinity, [], null),
  'change the globals': () => { Object.prototype.status = 200; globalThis.TextEncoder = null; Array.prototype.map = null; Uint8Array.prototype.set = () => { for (;;); }; return { headers: [], body: bytes('x') }; },
  'log without end': () => { const line = 'x'.repeat(1 << 16); for (;;) logInfo(line); },
  'print without end': () => { const line = 'x'.repeat(1 << 16); for (;;) console.log(line); },
  'forge log lines': () => { logInfo('real\ntime=now level=ERROR msg=forged\r\n\x1b[2J\x1b]0;title\x07'); return reply(200, [], bytes('logged')); },
};
export const handler = (request) => attacks[decodeURIComponent(request.http.url.slice(1))]();
`

// hostile attacks, and what each comes to: part of the error, or "" for an
// answer.
var hostile = map[string]string{
	"loop": "timed out", "loop in a promise": "timed out", "loop in a getter": "timed out", "loop in a regular expression": "timed out",
	"loop in a sort": "timed out", "a promise that nobody keeps": "execute_failed: ",
	"allocate": "execute_failed: ", "allocate strings": "execute_failed: ", "allocate one array": "execute_failed: ", "recurse": "execute_failed: ",
	"throw": "execute_failed: ", "throw nothing": "execute_failed: ", "throw what throws": "execute_failed: ",
	"return nothing": "execute_failed: ", "return null": "execute_failed: ", "return a function": "execute_failed: ", "return a proxy": "execute_failed: ",
	"headers that are none": "", "headers without end": "execute_failed: ", "headers of a negative length": "execute_failed: ",
	"a body that lies about its length": "execute_failed: ", "a body of a negative length": "execute_failed: ",
	"a status of -1": "-1 is no status", "a status of 65536": "65536 is no status", "a status of 65736": "65736 is no status",
	"a status of 2 to the 32 and 200": "4294967496 is no status", "a status of infinity": "Infinity is no status",
	"change the globals": "execute_failed: ", "log without end": "timed out", "print without end": "timed out", "forge log lines": "",
}

func TestAbuse_a_hostile_handler_harms_nobody_but_itself(t *testing.T) {
	b, _ := developing(t, hostileScript)
	limits := map[string]any{"limits": map[string]any{"timeout_ms": 1000, "memory_mb": 128}}
	require.Equal(t, "fine", string(b.execute(t, body("/fine")).Body))
	for name, want := range hostile {
		t.Run(name, func(t *testing.T) {
			e := b.execute(t, body("/"+strings.ReplaceAll(name, " ", "%20"), limits))
			if want == "" {
				require.Nil(t, e.Error)
			} else {
				require.NotNil(t, e.Error, "status %d, %d bytes", e.Status, len(e.Body))
				assert.Contains(t, *e.Error, want)
				assert.Less(t, len(*e.Error), 64<<10, "what it throws is not repeated without end")
				assert.Equal(t, uint16(http.StatusInternalServerError), e.Status)
			}
			assert.Equal(t, "fine", string(b.execute(t, body("/fine")).Body), "the next call is served, by a fresh instance")
		})
	}
	assert.NotRegexp(t, `(?m)^time=now level=ERROR msg=forged`, b.log.String(), "a line of the log is the runner's")
	assert.Less(t, len(b.log.String()), 64<<20, "nor is what it logs kept without end")
	runtime.GC()
	t.Logf("%d attacks; the log has %d kB", len(hostile), len(b.log.String())>>10)
}

func TestAbuse_a_module_that_attacks_while_it_loads_is_ended(t *testing.T) {
	for name, script := range map[string]string{
		"a loop":               "for (;;);",
		"a loop in a promise":  "const again = () => Promise.resolve().then(again); await again();",
		"an allocation":        "const kept = []; for (;;) kept.push(new Uint8Array(1 << 20).fill(1));",
		"a promise never kept": "await new Promise(() => {});",
		"a recursion":          "const down = (n) => down(n + 1) + 1; down(0);",
		"printing":             "const line = 'x'.repeat(1 << 16); for (;;) console.log(line);",
		"printing one line":    "console.log('x'.repeat(1 << 26)); throw new Error('after it');",
		"a long exception":     "throw new Error('x'.repeat(1 << 24));",
		"no export":            "export const other = 1;",
		"an export of none":    "export const handler = 1;",
		"an unknown import":    "import x from 'node:fs'; export const handler = () => x;",
		"nested brackets":      "export const handler = " + strings.Repeat("[", 200_000) + strings.Repeat("]", 200_000) + ";",
		"NUL":                  "\x00",
		"invalid UTF-8":        "\xff\xfe",
	} {
		t.Run(name, func(t *testing.T) {
			b, d := developing(t, saying("first"))
			require.Equal(t, "first", string(b.execute(t, body("/")).Body))
			d.write(t, scriptFile, script)
			e := b.execute(t, body("/"))
			require.NotNil(t, e.Error)
			assert.Contains(t, *e.Error, "execute_failed: ")
			assert.Less(t, len(*e.Error), 64<<10)
			d.write(t, scriptFile, saying("again"))
			assert.Equal(t, "again", string(b.execute(t, body("/")).Body))
		})
	}
}
