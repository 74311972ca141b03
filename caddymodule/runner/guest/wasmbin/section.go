package wasmbin

// Section is one section of a module or component.
type Section struct {
	ID      byte
	Content []byte // shares memory with the input
}

// headerSize is the length of magic, version and layer.
const headerSize = 8

// Header values: the four bytes after the magic number.
const (
	versionModule    = "\x01\x00\x00\x00"
	versionComponent = "\x0d\x00\x01\x00"
	magic            = "\x00asm"
)

// Kind says what a binary claims to be.
type Kind int

// The kinds of binary.
const (
	Unknown   Kind = iota // no WebAssembly, or a version nobody uses
	Module                // a core module
	Component             // a component
)

// KindOf looks at the header of b.
func KindOf(b []byte) Kind {
	if len(b) < headerSize || string(b[:4]) != magic {
		return Unknown
	}
	switch string(b[4:headerSize]) {
	case versionModule:
		return Module
	case versionComponent:
		return Component
	}
	return Unknown
}

// Sections splits a module or component; its header must have been checked.
func Sections(b []byte) ([]Section, error) {
	r := NewReader(b)
	r.Skip(headerSize)
	var sections []Section
	for r.More() {
		id := r.Byte()
		sections = append(sections, Section{ID: id, Content: r.Bytes(r.Uint32())})
	}
	return sections, r.Err()
}

// AppendSection writes one section.
func AppendSection(b []byte, s Section) []byte {
	b = append(b, s.ID)
	b = AppendUint32(b, uint32(len(s.Content)))
	return append(b, s.Content...)
}

// AppendModuleHeader writes what every core module begins with.
func AppendModuleHeader(b []byte) []byte { return append(b, magic+versionModule...) }
