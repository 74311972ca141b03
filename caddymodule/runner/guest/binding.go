package guest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/abi"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/component"
)

// previewOne is the module name of WASI's first interface, which wazero has.
const previewOne = "wasi_snapshot_preview1"

// binding joins a core import to the component function it stands for.
type binding struct {
	Import
	function   *abi.Func // nil for WASI
	errorCases []string
}

// bindImports finds the component function of each core import, in the order
// of the core imports.
func bindImports(c *component.Component, main *component.Module) ([]binding, error) {
	bindings := make([]binding, len(main.Imports))
	for i, core := range main.Imports {
		bindings[i].Import = nameImport(core.Module, core.Name)
		if core.Module == previewOne || strings.HasPrefix(core.Module, "wasi:") {
			continue
		}
		f, err := functionOf(c, core, bindings[i].Import)
		if err != nil {
			return nil, err
		}
		bindings[i].function, bindings[i].errorCases = f, f.ErrorCases()
	}
	return bindings, nil
}

func functionOf(c *component.Component, core component.CoreImport, name Import) (*abi.Func, error) {
	f := c.Imports[component.Name{Interface: core.Module, Function: core.Name}]
	if f == nil {
		return nil, &UnsupportedError{Reason: fmt.Sprintf("its core module imports %v, which its type section does not describe", name), Fix: buildFix}
	}
	if f.HasHandle() {
		return nil, &UnsupportedError{Reason: fmt.Sprintf("import %v passes resources", name), Fix: "pass plain values instead"}
	}
	if want := f.ImportSignature(); !want.Equal(core.Signature) {
		return nil, &UnsupportedError{
			Reason: fmt.Sprintf("import %v is %v in its core module, its type section gives %v", name, core.Signature, want),
			Fix:    buildFix,
		}
	}
	return f, nil
}

// nameImport splits "alga:extension/secrets@1.0.0" and cuts the version off.
func nameImport(module, function string) Import {
	path, _, _ := strings.Cut(module, "@")
	pkg, iface, nested := strings.Cut(path, "/")
	if !nested {
		return Import{Interface: path, Function: function}
	}
	return Import{Package: pkg, Interface: iface, Function: function}
}

// importsOf lists the functions that the host is asked for, WASI left out.
func importsOf(bindings []binding) []Import {
	var imports []Import
	for _, b := range bindings {
		if b.function != nil && !slices.Contains(imports, b.Import) {
			imports = append(imports, b.Import)
		}
	}
	return imports
}
