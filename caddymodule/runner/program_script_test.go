package runner

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/guesttest"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/source"
)

// developed is a folder whose handler runs from its script.
type developed struct {
	*folder
	from *FromSource
}

func (d *developed) Open(ctx context.Context, ref Ref) (Bundle, error) {
	bundle, err := d.folder.Open(ctx, ref)
	bundle.FromSource = d.from
	return bundle, err
}

// developing serves the test extension from its script.
func developing(t *testing.T, script string) (*bench, *developed) {
	t.Helper()
	build, err := source.Discover(guesttest.Extension(t, "0.19.3"))
	require.NoError(t, err)
	d := &developed{from: &FromSource{Build: build}}
	b := newBench(t, "limits", func(cfg *Config) {
		d.folder = cfg.Sources[0].(*folder)
		cfg.Sources = []Source{d}
	})
	d.write(t, scriptFile, script)
	return b, d
}

// saying is a script whose handler answers with text.
func saying(text string) string {
	return fmt.Sprintf("export const handler = () => ({ status: 200, headers: [], body: new TextEncoder().encode(%q) });", text)
}

func TestScript_each_edit_answers_the_next_request(t *testing.T) {
	b, d := developing(t, saying("one"))
	for _, text := range []string{"one", "two", "six", "one"} {
		d.write(t, scriptFile, saying(text))
		e := b.execute(t, body("/echo"))
		require.Nil(t, e.Error)
		assert.Equal(t, text, string(e.Body))
	}
}

func TestScript_without_a_built_component_it_runs_too(t *testing.T) {
	b, d := developing(t, saying("alone"))
	require.NoError(t, os.Remove(filepath.Join(d.dir, handlerFile)))
	assert.Equal(t, "alone", string(b.execute(t, body("/echo")).Body))

	require.NoError(t, os.Remove(filepath.Join(d.dir, scriptFile)))
	b.execute(t, body("/echo")).assertFailed(t, 502, "dist/main.wasm is missing")
}

func TestScript_that_does_not_load_says_where(t *testing.T) {
	b, _ := developing(t, "\nthrow new Error('too early');")
	b.execute(t, body("/echo")).assertFailed(t, 500,
		"execute_failed: loading dist/handler.js: loading the handler's module, line 2, column 7: Error: too early")
}

func TestScript_only_a_bundle_that_asks_for_it_runs_from_it(t *testing.T) {
	b, d := developing(t, saying("script"))
	d.from = nil
	e := b.execute(t, body("/count"))
	require.Nil(t, e.Error)
	assert.Equal(t, "1", string(e.Body))
}

func TestScript_that_must_be_built_gives_way_to_the_component(t *testing.T) {
	b, d := developing(t, saying("script"))
	d.from = &FromSource{Build: source.Build{Toolchain: d.from.Build.Toolchain, WIT: filepath.Join(d.dir, "no-such-wit")}}
	assert.Equal(t, "1", string(b.execute(t, body("/count")).Body))
	assert.Contains(t, b.log.String(), "running dist/main.wasm instead of dist/handler.js")

	require.NoError(t, os.Remove(filepath.Join(d.dir, handlerFile)))
	b.execute(t, body("/count")).assertFailed(t, 500, "no-such-wit")
}

func TestScript_that_ran_goes_on_when_what_it_ran_on_is_gone(t *testing.T) {
	b, d := developing(t, saying("script"))
	require.Equal(t, "script", string(b.execute(t, body("/echo")).Body))
	d.from = &FromSource{Build: source.Build{Toolchain: d.from.Build.Toolchain, WIT: filepath.Join(d.dir, "no-such-wit")}}
	assert.Equal(t, "script", string(b.execute(t, body("/echo")).Body))

	d.write(t, scriptFile, saying("another script"))
	require.NoError(t, os.Remove(filepath.Join(d.dir, handlerFile)))
	b.execute(t, body("/echo")).assertFailed(t, 500, "no-such-wit")
}

func TestProgram_a_handler_with_a_known_digest_is_read_once(t *testing.T) {
	f := newFolder(t, true, nil)
	f.install(t, guesttest.Component(t, "limits"))
	programs := newPrograms(engineFor(t, "limits"), slog.New(slog.DiscardHandler))
	bundle := Bundle{Files: f.root.FS(), Live: true, Digest: func(path string) (string, bool) { return "d1", path == handlerFile }}
	first, err := programs.load(t.Context(), bundle)
	require.NoError(t, err)

	require.NoError(t, os.Remove(filepath.Join(f.dir, handlerFile)))
	again, err := programs.load(t.Context(), bundle)
	require.NoError(t, err)
	assert.Same(t, first, again)

	bundle.Digest = func(string) (string, bool) { return "d2", true }
	_, err = programs.load(t.Context(), bundle)
	require.ErrorIs(t, err, os.ErrNotExist, "another digest is another file")
}

// Interface guard.
var _ Source = (*developed)(nil)
