package abi

// core is a cursor over the core values of one call. All of them are 64 bits
// wide here, so a variant's case finds its bits whatever type they travel as.
type core []uint64

func (c *core) next() uint64 { return (*c.split(1))[0] }

// split takes the next n values off as a cursor of their own.
func (c *core) split(n int) *core {
	part := (*c)[:n]
	*c = (*c)[n:]
	return &part
}

// liftFlat lifts a value of type t from core values. Narrow numbers travel in
// the low bits, which primitive cuts out, so joined types need no conversion.
func (l *lifter) liftFlat(t *Type, c *core) (any, error) {
	switch t.Kind {
	case String, List:
		offset, n := uint32(c.next()), uint32(c.next())
		return l.loadRange(t, offset, n)
	case Record, Tuple:
		return l.product(t, func(i int) (any, error) { return l.liftFlat(t.Fields[i].Type, c) })
	case VariantKind, Enum, Option, ResultKind:
		part := c.split(len(t.flat))
		discriminant := uint64(uint32(part.next()))
		return l.variant(t, discriminant, func(payload *Type) (any, error) { return l.liftFlat(payload, part) })
	case Bool:
		return uint32(c.next()) != 0, nil
	case Char:
		return primitive(t, uint64(uint32(c.next())))
	}
	return primitive(t, c.next())
}

// LiftParams lifts the arguments of an import's call from its core values.
// stack must hold as many values as ImportSignature has parameters.
func (f *Func) LiftParams(m Memory, stack []uint64) ([]any, error) {
	if f.params == nil {
		return nil, nil
	}
	l := newLifter(m)
	var args any
	var err error
	if f.spills() {
		args, err = l.load(f.params, uint32(stack[0]))
	} else {
		args, err = l.liftFlat(f.params, cursor(stack))
	}
	if err != nil {
		return nil, err
	}
	return args.([]any), nil
}

// LiftResult lifts what an export returned: nil for a function without result.
func (f *Func) LiftResult(m Memory, stack []uint64) (any, error) {
	switch {
	case f.result == nil:
		return nil, nil
	case f.returnsPointer():
		return newLifter(m).load(f.result, uint32(stack[0]))
	}
	return newLifter(m).liftFlat(f.result, cursor(stack))
}

func cursor(stack []uint64) *core {
	c := core(stack)
	return &c
}
