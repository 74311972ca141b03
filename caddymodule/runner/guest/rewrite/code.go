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
		body, err := s.function(body, tick)
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

func (s *splitter) function(body, tick []byte) ([]byte, error) {
	body = s.replaceClock(body)
	if s.options.TickFunction < 0 {
		return body, nil
	}
	loops, err := loopStarts(body)
	if err != nil || len(loops) == 0 {
		return body, err
	}
	s.template.Loops += len(loops)
	return insertAt(body, loops, tick), nil
}

// insertAt puts piece at each of the ascending positions.
func insertAt(body []byte, positions []int, piece []byte) []byte {
	out := make([]byte, 0, len(body)+len(positions)*len(piece))
	from := 0
	for _, at := range positions {
		out = append(out, body[from:at]...)
		out = append(out, piece...)
		from = at
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
