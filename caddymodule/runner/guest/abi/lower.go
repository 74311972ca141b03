package abi

import "fmt"

// lowerer writes one call's values into a guest.
type lowerer struct{ memory Memory }

// store lowers v as a t to offset, which the guest allocated for it.
func (l lowerer) store(t *Type, offset uint32, v any) error {
	if _, err := read(l.memory, offset, t.size, t.align); err != nil {
		return err
	}
	switch t.Kind {
	case String, List:
		at, n, err := l.storeRange(t, v)
		if err != nil {
			return err
		}
		return writeUint(l.memory, offset, 8, uint64(n)<<32|uint64(at))
	case Record, Tuple:
		values, err := parts(t, v)
		if err != nil {
			return err
		}
		return l.storeParts(t, offset, values)
	case VariantKind, Enum, Option, ResultKind:
		return l.storeCase(t, offset, v)
	}
	b, err := bits(t, v)
	if err != nil {
		return err
	}
	return writeUint(l.memory, offset, t.size, b)
}

func (l lowerer) storeParts(t *Type, offset uint32, values []any) error {
	for i, field := range t.Fields {
		if err := l.store(field.Type, offset+t.offsets[i], values[i]); err != nil {
			return partError(t, i, err)
		}
	}
	return nil
}

func (l lowerer) storeCase(t *Type, offset uint32, v any) error {
	i, payload, err := caseOf(t, v)
	if err != nil {
		return err
	}
	if err := writeUint(l.memory, offset, discriminantSize(len(t.Cases)), uint64(i)); err != nil {
		return err
	}
	c := t.Cases[i]
	if c.Type == nil {
		return nil
	}
	if err := l.store(c.Type, offset+t.payload, payload); err != nil {
		return fmt.Errorf("case %s: %w", c.Name, err)
	}
	return nil
}

// storeRange lowers a string or list to memory of its own and returns where
// it is and how many elements it has.
func (l lowerer) storeRange(t *Type, v any) (offset, n uint32, err error) {
	b, isBytes, err := bytesOf(t, v)
	if err != nil {
		return 0, 0, err
	}
	if isBytes {
		offset, err = l.storeBytes(b)
		return offset, uint32(len(b)), err
	}
	list, err := elements(v)
	if err != nil {
		return 0, 0, err
	}
	offset, err = l.storeElements(t.Elem, list)
	return offset, uint32(len(list)), err
}

func (l lowerer) storeBytes(b []byte) (uint32, error) {
	offset, err := allocate(l.memory, uint64(len(b)), 1)
	if err != nil {
		return 0, err
	}
	if !l.memory.Write(offset, b) {
		return 0, fmt.Errorf("guest allocated %#x with %d bytes, outside its memory", offset, len(b))
	}
	return offset, nil
}

func (l lowerer) storeElements(t *Type, list []any) (uint32, error) {
	offset, err := allocate(l.memory, uint64(len(list))*uint64(t.size), t.align)
	if err != nil {
		return 0, err
	}
	for i, v := range list {
		if err := l.store(t, offset+uint32(i)*t.size, v); err != nil {
			return 0, fmt.Errorf("element %d: %w", i, err)
		}
	}
	return offset, nil
}
