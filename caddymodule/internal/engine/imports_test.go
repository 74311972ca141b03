package engine

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

func TestNarrowed_leaves_what_the_script_imports(t *testing.T) {
	world := []guest.Import{
		{Package: "alga:extension", Interface: "clients", Function: "get-client"},
		{Package: "alga:extension", Interface: "clients", Function: "list-clients"},
		{Package: "alga:extension", Interface: "http", Function: "fetch"},
	}
	for name, c := range map[string]struct {
		script string
		want   []string
	}{
		"nothing":          {`import { x } from "./x";`, nil},
		"a function":       {`import { getClient } from "alga:extension/clients";`, []string{"get-client"}},
		"another name":     {"import {\n  fetch as go,\n  listClients\n} from \"alga:extension/clients@1.0.0\";", []string{"list-clients"}},
		"a whole":          {`import * as c from 'alga:extension/clients';`, []string{"get-client", "list-clients"}},
		"a default":        {`import http from "alga:extension/http";`, []string{"fetch"}},
		"nothing of it":    {`import "alga:extension/http";`, nil},
		"exported further": {`export { fetch } from "alga:extension/http";`, []string{"fetch"}},
		"in a string":      {`const s = 'import { fetch } from "alga:extension/http"';`, nil},
		"minified":         {`import{getClient as a}from"alga:extension/clients";import{fetch as b}from"alga:extension/http";`, []string{"get-client", "fetch"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, i := range narrowed(world, []byte(c.script)) {
				got = append(got, i.Function)
			}
			assert.Equal(t, c.want, got)
		})
	}
}

func TestCalls_of_an_artefact_are_unknown_while_the_source_beside_it_is_broken(t *testing.T) {
	world := []guest.Import{{Package: "alga:extension", Interface: "clients", Function: "get-client"}, {Package: "alga:extension", Interface: "http", Function: "fetch"}}
	for name, c := range map[string]struct {
		source string
		want   []guest.Import
	}{
		"good":   {`import { fetch } from "alga:extension/http"; export const handler = () => fetch();`, world[1:]},
		"broken": {`imp ort { fetch } from "alga:extension/http";`, nil},
		"none":   {"", world},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, []byte("made of an earlier save"))
			if c.source != "" {
				require.NoError(t, os.Mkdir(filepath.Join(dir, "src"), 0o755))
				require.NoError(t, os.WriteFile(filepath.Join(dir, "src", "handler.ts"), []byte(c.source), 0o644))
			}
			l := &loaded{dir: dir}
			assert.Equal(t, c.want, l.calls(t.Context(), world))
		})
	}
}
