package rewrite

import (
	"fmt"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"
)

// rewriteCode rewrites every function body.
func (s *splitter) rewriteCode() error {
	code := s.find(sectionCode)
	if code == nil {
		return nil
	}
	r := wasmbin.NewReader(code.Content)
	count := r.Count()
	out := make([]byte, 0, len(code.Content)+len(code.Content)/8)
	out = wasmbin.AppendUint32(out, uint32(count))
	tick := s.tickCode()
	for i := range count {
		body := r.Bytes(r.Uint32())
		if r.Err() != nil {
			break
		}
		body, err := s.function(i, body, tick)
		if err != nil {
			return fmt.Errorf("rewriting function %d: %w", i, err)
		}
		out = wasmbin.AppendUint32(out, uint32(len(body)))
		out = append(out, body...)
	}
	if r.Err() != nil {
		return fmt.Errorf("reading module code: %w", r.Err())
	}
	code.Content = out
	return nil
}

// function rewrites the body of the i-th function that the module defines.
func (s *splitter) function(i int, body, tick []byte) ([]byte, error) {
	timed := s.replaceClock(body)
	if s.options.TickFunction < 0 {
		return timed, nil
	}
	f, err := s.readFunction(body)
	if err != nil {
		return nil, err
	}
	for i := range f.sites { // all are behind what was replaced
		f.sites[i].at += len(timed) - len(body)
	}
	body = timed
	s.template.Loops += f.loops
	if s.table == nil {
		return f.with(body, body[:f.code], tick, nil), nil
	}
	if f.table || f.locals > mostLocals || i >= len(s.table.types) {
		return nil, errTable
	}
	if f.calls == 0 {
		return f.with(body, body[:f.code], tick, nil), nil
	}
	local := s.table.params[s.table.types[i]] + uint32(f.locals)
	return f.with(body, f.withLocal(body), tick, s.table.check(local)), nil
}

// withLocal is what is before the code, with another local variable, the last.
func (f *function) withLocal(body []byte) []byte {
	head := wasmbin.AppendUint32(nil, uint32(f.groups+1))
	head = append(head, body[f.listed:f.code]...)
	return append(head, 1, typeI32)
}

// with is body with tick in loops, check before calls and another head.
func (f *function) with(body, head, tick, check []byte) []byte {
	if len(f.sites) == 0 {
		return body
	}
	out := make([]byte, 0, len(body)+f.loops*len(tick)+f.calls*len(check)+2)
	out = append(out, head...)
	from := f.code
	for _, site := range f.sites {
		out = append(out, body[from:site.at]...)
		if site.call {
			out = append(out, check...)
		} else {
			out = append(out, tick...)
		}
		from = site.at
	}
	return append(out, body[from:]...)
}

// Opcodes of the tick.
const (
	opIf        = 0x04
	opCall      = 0x10
	opGlobalGet = 0x23
	opGlobalSet = 0x24
	opI32Eqz    = 0x45
	opI32Sub    = 0x6b
	blockEmpty  = 0x40
)

// tickCode counts down and, at zero, starts again and calls the host. It
// leaves the operand stack as it was, so it may stand anywhere.
func (s *splitter) tickCode() []byte {
	counter := wasmbin.AppendUint32(nil, s.tickGlobal())
	sentinel := int32(-1)
	var b []byte
	b = append(append(b, opGlobalGet), counter...)
	b = append(b, opI32Const, 1, opI32Sub, opGlobalSet)
	b = append(b, counter...)
	b = append(append(b, opGlobalGet), counter...)
	b = append(b, opI32Eqz, opIf, blockEmpty, opI32Const)
	b = wasmbin.AppendInt64(b, TickEvery)
	b = append(append(b, opGlobalSet), counter...)
	for range 2 {
		b = wasmbin.AppendInt64(append(b, opI32Const), int64(sentinel))
	}
	b = wasmbin.AppendUint32(append(b, opCall), uint32(max(s.options.TickFunction, 0)))
	return append(b, opEnd)
}
