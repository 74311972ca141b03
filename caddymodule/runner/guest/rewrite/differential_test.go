// differential_test.go contains generated programs that must do the same
// rewritten and unrewritten.

package rewrite

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"
)

// FuzzRewritten_does_what_it_did runs programs of nested loops, branches,
// memory, arithmetic and calls through a table before and after.
func FuzzRewritten_does_what_it_did(f *testing.F) {
	for _, seed := range []string{"", "\x00\x01\x02\x03\x04\x05\x06\x07", "loops and loops in loops 01234567", "\x07\x00\x07\x00\x07\x00\x03\x03\x05\x05", "\xff\xfe\x07\x07\x06\x02\x02\x04\x04\x01\x07\x05"} {
		f.Add([]byte(seed), uint32(3))
	}
	f.Fuzz(func(t *testing.T, choices []byte, input uint32) {
		module := generated(choices)
		plain := execute(t, module, nil, input)
		for _, options := range []Options{{TickFunction: 0}, {TickFunction: 0, ExportGlobals: true}, {TickFunction: -1, ExportGlobals: true}} {
			template, err := Split(module, options)
			require.NoError(t, err)
			assert.Equal(t, plain, execute(t, template.Module, template.Segments, input), "%+v", options)
		}
	})
}

func TestDifferential_programs_loop_and_differ(t *testing.T) {
	results := map[string]bool{}
	loops, called := 0, 0
	for seed := range 50 {
		choices := make([]byte, 60)
		for i := range choices {
			choices[i] = byte(seed*31 + i*i*7 + i)
		}
		module := generated(choices)
		template, err := Split(module, Options{TickFunction: 0})
		require.NoError(t, err)
		loops += template.Loops
		called += bytes.Count(module, []byte{opCallIndirect, 1, 0})
		assert.Equal(t, 3, template.Entries)
		results[execute(t, module, nil, uint32(seed))] = true
		assert.Equal(t, execute(t, module, nil, uint32(seed)), execute(t, template.Module, template.Segments, uint32(seed)))
	}
	assert.Greater(t, loops, 50, "the programs have loops")
	assert.Greater(t, called, 50, "the programs call through the table")
	assert.Greater(t, len(results), 20, "the programs do different things")
}

// execute gives the result of run(input) and what the memory and the global
// are then; a trap is a result too. The tick is not called as often as a short
// program would have to turn.
func execute(t *testing.T, module []byte, segments []Segment, input uint32) string {
	t.Helper()
	ctx := context.Background()
	runtime := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	defer runtime.Close(ctx)
	_, err := runtime.NewHostModuleBuilder("host").NewFunctionBuilder().WithFunc(func(uint32, uint32) {}).Export("tick").Instantiate(ctx)
	require.NoError(t, err)
	instance, err := runtime.Instantiate(ctx, module)
	require.NoError(t, err)
	for _, s := range segments {
		require.True(t, instance.Memory().Write(s.Offset, s.Data))
	}
	result, err := instance.ExportedFunction("run").Call(ctx, uint64(input))
	memory, _ := instance.Memory().Read(0, 256)
	state := instance.ExportedFunction("state")
	global, stateErr := state.Call(ctx)
	require.NoError(t, stateErr)
	return fmt.Sprintf("%d %v %x %d", result, err != nil, memory, api.DecodeI32(global[0]))
}

// program writes a function of the type i32 -> i32 as the choices say. Local 0
// is its input, 1 to 3 are its own, and from 4 on each loop counts one down,
// so that it ends.
type program struct {
	choices []byte
	code    []byte
	loops   uint32 // counters that were given out
	fuel    int
}

const (
	ownLocals  = 3
	loopLocals = 24
	turns      = 5 // of each loop
)

func generated(choices []byte) []byte {
	p := &program{choices: choices, fuel: 120}
	p.statements(0)
	p.expression(0)
	locals := fmt.Appendf(nil, "\x01%c\x7f", byte(ownLocals+loopLocals))
	return moduleOf(
		section(1, "\x60\x02\x7f\x7f\x00", "\x60\x01\x7f\x01\x7f", "\x60\x00\x01\x7f"),
		section(2, "\x04host\x04tick\x00\x00"),
		section(3, "\x01", "\x02", "\x01", "\x01", "\x02"),
		section(4, "\x70\x00\x06"),
		section(5, "\x00\x01"),
		section(6, "\x7f\x01\x41\x05\x0b"),
		section(7, "\x03run\x00\x01", "\x05state\x00\x02", "\x06memory\x02\x00"),
		section(9, "\x00\x41\x01\x0b\x02\x03\x04", "\x00\x41\x04\x0b\x01\x05"),
		section(10, body(string(locals)+string(p.code)+"\x0b"), body("\x00\x23\x00\x0b"),
			body("\x00\x23\x00\x41\x03\x6c\x20\x00\x6a\x24\x00\x20\x00\x41\x01\x6a\x0b"), // global = 3 * global + n; n + 1
			body("\x01\x02\x7f\x20\x00\x41\x02\x6d\x41\x01\x11\x01\x00\x0b"),             // calls the first with n / 2
			body("\x00\x23\x00\x0b")), // has another type
		section(11, "\x00\x41\x10\x0b\x04\x01\x02\x03\x04"),
	)
}

// next is the next choice of n; without choices left, the first.
func (p *program) next(n int) int {
	p.fuel--
	if len(p.choices) == 0 || p.fuel < 0 {
		return 0
	}
	choice := int(p.choices[0]) % n
	p.choices = p.choices[1:]
	return choice
}

func (p *program) emit(code ...byte) { p.code = append(p.code, code...) }

func (p *program) local(op byte) { p.emit(op, byte(p.next(1+ownLocals))) }

// statements leave the stack as they found it. depth is how many labels are
// around.
func (p *program) statements(depth int) {
	for range p.next(4) + 1 {
		p.statement(depth)
	}
}

func (p *program) statement(depth int) {
	kind := p.next(8)
	if depth > 6 {
		kind %= 4
	}
	switch kind {
	case 0:
		p.expression(0)
		p.local(0x21)
	case 1:
		p.address(3)
		p.expression(0)
		p.emit(0x36, 2, 0) // i32.store
	case 2:
		p.expression(0)
		p.emit(0x24, 0) // global.set
	case 3:
		p.leave()
	case 4:
		p.expression(0)
		p.emit(0x04, blockEmpty)
		p.statements(depth + 1)
		p.emit(0x05) // else
		p.statements(depth + 1)
		p.emit(0x0b)
	case 5:
		p.emit(0x02, blockEmpty)
		p.statements(depth + 1)
		p.emit(0x0b)
	default:
		p.loop(depth)
	}
}

// leave returns from the middle of whatever is around.
func (p *program) leave() {
	p.expression(0)
	p.emit(0x04, blockEmpty, 0x20, 0, 0x0f, 0x0b) // if: local.get 0; return
}

func (p *program) loop(depth int) {
	if p.loops == loopLocals {
		return
	}
	counter := byte(1 + ownLocals + p.loops)
	p.loops++
	p.emit(0x41, turns, 0x21, counter)
	p.emit(0x02, blockEmpty, opLoop, blockEmpty)
	p.statements(depth + 2)
	p.expression(0)
	p.emit(0x45, 0x0d, 1) // i32.eqz; br_if out of the block
	p.emit(0x20, counter, 0x41, 1, 0x6b, 0x22, counter, 0x0d, 0, 0x0b, 0x0b)
}

// address is one of the 16 words that are compared.
func (p *program) address(depth int) {
	p.expression(depth + 1)
	p.emit(0x41, 0x3c, 0x71) // i32.const 60; i32.and
}

// place is one in the table, where a choice of three would trap: two are empty,
// and one has a function of another type. Another one in sixteen is outside.
func (p *program) place() {
	places := []byte{1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 0, 3, 4, 9}
	p.emit(0x41, places[p.next(len(places))])
}

// operators are those of two operands, division included: it traps.
var operators = []byte{0x6a, 0x6b, 0x6c, 0x71, 0x72, 0x73, 0x74, 0x76, 0x77, 0x6e, 0x46, 0x49}

func (p *program) expression(depth int) {
	kind := p.next(7)
	if depth > 4 {
		kind %= 3
	}
	switch kind {
	case 0:
		p.local(0x20)
	case 1:
		p.emit(0x41)
		p.code = wasmbin.AppendInt64(p.code, int64(p.next(256))-128)
	case 2:
		p.emit(0x23, 0)
	case 3:
		p.address(depth)
		p.emit(0x28, 2, 0) // i32.load
	case 4:
		p.expression(depth + 1)
		p.place()
		p.emit(opCallIndirect, 1, 0)
	default:
		p.expression(depth + 1)
		p.expression(depth + 1)
		p.emit(operators[p.next(len(operators))])
	}
}
