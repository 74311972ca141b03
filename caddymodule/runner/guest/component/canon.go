package component

import "github.com/same-origin/devproxy/caddymodule/runner/guest/wasmbin"

// Codes of canonical functions.
const (
	canonLift         = 0x00
	canonLower        = 0x01
	canonResourceNew  = 0x02
	canonResourceDrop = 0x03
	canonResourceRep  = 0x04
)

// Codes of canonical options.
const (
	optionUTF8       = 0x00
	optionUTF16      = 0x01
	optionLatin1     = 0x02
	optionMemory     = 0x03
	optionPostReturn = 0x05
)

// canon reads one canonical function. Only lifted ones are functions of the
// component; the others are core functions.
func (p *parser) canon(r *wasmbin.Reader) {
	switch code := r.Byte(); code {
	case canonLift:
		r.Byte()
		r.Uint32() // the core function
		canonOptions(r)
		p.functions = append(p.functions, p.types.at(r, r.Uint32()).function)
	case canonLower:
		r.Byte()
		r.Uint32() // the function
		canonOptions(r)
	case canonResourceNew, canonResourceDrop, canonResourceRep:
		r.Uint32()
	default:
		r.Fail("canonical function %#x is not supported", code)
	}
}

func canonOptions(r *wasmbin.Reader) {
	for n := r.Count(); n > 0 && r.Err() == nil; n-- {
		switch code := r.Byte(); {
		case code == optionUTF8:
		case code == optionUTF16 || code == optionLatin1:
			r.Fail("strings are not UTF-8")
		case code >= optionMemory && code <= optionPostReturn:
			r.Uint32()
		default:
			r.Fail("canonical option %#x is not supported", code)
		}
	}
}
