package engine

import (
	"testing"

	"github.com/stretchr/testify/assert"

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
