package abi

import "fmt"

// lowerFlat lowers v as a t to core values.
func (l lowerer) lowerFlat(t *Type, c *core, v any) error {
	switch t.Kind {
	case String, List:
		offset, n, err := l.storeRange(t, v)
		c.put(uint64(offset))
		c.put(uint64(n))
		return err
	case Record, Tuple:
		values, err := parts(t, v)
		if err != nil {
			return err
		}
		for i, field := range t.Fields {
			if err := l.lowerFlat(field.Type, c, values[i]); err != nil {
				return partError(t, i, err)
			}
		}
		return nil
	case VariantKind, Enum, Option, ResultKind:
		return l.lowerFlatCase(t, c.split(len(t.flat)), v)
	}
	b, err := bits(t, v)
	if t.flat[0] == I32 {
		b = uint64(uint32(b))
	}
	c.put(b)
	return err
}

// lowerFlatCase leaves the values that the case does not use at zero.
func (l lowerer) lowerFlatCase(t *Type, c *core, v any) error {
	i, payload, err := caseOf(t, v)
	if err != nil {
		return err
	}
	c.put(uint64(i))
	chosen := t.Cases[i]
	if chosen.Type == nil {
		return nil
	}
	if err := l.lowerFlat(chosen.Type, c, payload); err != nil {
		return fmt.Errorf("case %s: %w", chosen.Name, err)
	}
	return nil
}

func (c *core) put(v uint64) { (*c.split(1))[0] = v }

// LowerParams lowers the arguments of an export's call to the core values
// that ExportSignature asks for. Errors that wrap ErrHostValue say that args
// do not fit the parameters; others, that the guest cannot take them.
func (f *Func) LowerParams(m Memory, args []any) ([]uint64, error) {
	if f.params == nil {
		return nil, nil
	}
	l := lowerer{m}
	if f.spills() {
		offset, err := allocate(m, uint64(f.params.size), f.params.align)
		if err != nil {
			return nil, err
		}
		return []uint64{uint64(offset)}, l.store(f.params, offset, args)
	}
	stack := make([]uint64, len(f.flat))
	return stack, l.lowerFlat(f.params, cursor(stack), args)
}

// LowerResult lowers what an import answers. stack holds the call's core
// values and takes the core result, if there is one. Errors are as for
// LowerParams.
func (f *Func) LowerResult(m Memory, stack []uint64, v any) error {
	switch {
	case f.result == nil:
		return nil
	case f.returnsPointer():
		offset := uint32(stack[len(f.flatParams())])
		return lowerer{m}.store(f.result, offset, v)
	}
	return lowerer{m}.lowerFlat(f.result, cursor(stack[:1]), v)
}
