package source

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/abi"
)

// spliceFunction is the type of splice-bindings:
//
//	func(engine: list<u8>, features: list<feature>, wit: option<string>,
//	     wit-path: option<string>, world: option<string>, debug: bool)
//	  -> result<splice-result, string>
var spliceFunction = sync.OnceValues(func() (*abi.Func, error) {
	var t types
	text := abi.Primitive(abi.String)
	flag, number := abi.Primitive(abi.Bool), abi.Primitive(abi.U32)
	bytes := t.list(abi.Primitive(abi.U8))
	feature := t.enum("stdio", "clocks", "random", "http", "fetch-event")
	coreType := t.enum("i32", "i64", "f32", "f64")
	coreFunction := t.of(abi.NewRecord([]abi.Field{
		{Name: "params", Type: t.list(coreType)}, {Name: "ret", Type: t.option(coreType)},
		{Name: "retptr", Type: flag}, {Name: "retsize", Type: number}, {Name: "paramptr", Type: flag},
	}))
	result := t.of(abi.NewRecord([]abi.Field{
		{Name: "wasm", Type: bytes}, {Name: "js-bindings", Type: text},
		{Name: "exports", Type: t.list(t.of(abi.NewTuple([]*abi.Type{text, coreFunction})))},
		{Name: "imports", Type: t.list(t.of(abi.NewTuple([]*abi.Type{text, text, number})))},
	}))
	answer := t.of(abi.NewResult(result, text))
	params := []*abi.Type{bytes, t.list(feature), t.option(text), t.option(text), t.option(text), flag}
	if t.err != nil {
		return nil, fmt.Errorf("describing the splicer: %w", t.err)
	}
	return abi.NewFunc(params, answer)
})

// types builds types and keeps the first error.
type types struct{ err error }

func (t *types) of(made *abi.Type, err error) *abi.Type {
	if err != nil {
		t.err = err
		return abi.Primitive(abi.U8)
	}
	return made
}

func (t *types) list(elem *abi.Type) *abi.Type   { return t.of(abi.NewList(elem)) }
func (t *types) option(some *abi.Type) *abi.Type { return t.of(abi.NewOption(some)) }
func (t *types) enum(names ...string) *abi.Type  { return t.of(abi.NewEnum(names)) }

// splicedOf reads a lifted splice-result.
func splicedOf(result map[string]any) *Spliced {
	return &Spliced{
		Core:        result["wasm"].([]byte),
		Initializer: []byte(result["js-bindings"].(string)),
		Environment: environment(result["exports"].([]any), result["imports"].([]any)),
	}
}

// environment is how componentize-js passes the functions to the engine.
func environment(exports, imports []any) map[string]string {
	env := map[string]string{"EXPORT_CNT": strconv.Itoa(len(exports)), "IMPORT_CNT": strconv.Itoa(len(imports))}
	for i, export := range exports {
		pair := export.([]any)
		function := pair[1].(map[string]any)
		name := "EXPORT" + strconv.Itoa(i)
		env[name+"_NAME"] = pair[0].(string)
		env[name+"_ARGS"] = pointer(function["paramptr"]) + strings.Join(texts(function["params"].([]any)), ",")
		result, _ := function["ret"].(string)
		env[name+"_RET"] = pointer(function["retptr"]) + result
		env[name+"_RETSIZE"] = fmt.Sprint(function["retsize"])
	}
	for i, imported := range imports {
		triple := imported.([]any)
		name := "IMPORT" + strconv.Itoa(i)
		env[name+"_NAME"] = triple[1].(string)
		env[name+"_ARGCNT"] = fmt.Sprint(triple[2])
	}
	return env
}

func pointer(isPointer any) string {
	if isPointer.(bool) {
		return "*"
	}
	return ""
}

func texts(values []any) []string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = v.(string)
	}
	return list
}
