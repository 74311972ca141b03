package source_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"

	"github.com/same-origin/devproxy/caddymodule/runner/guest/guesttest"
	"github.com/same-origin/devproxy/caddymodule/runner/guest/source"
)

// splicerIn keeps machine code where other test runs find it, and what it
// makes in dir.
func splicerIn(t *testing.T, dir string) *source.Splicer {
	t.Helper()
	compiled, err := wazero.NewCompilationCacheWithDir(guesttest.CacheDir(t))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, compiled.Close(t.Context())) })
	return source.NewSplicer(compiled, dir)
}

func splice(t *testing.T, s *source.Splicer, b source.Build) *source.Spliced {
	t.Helper()
	inputs, err := s.Read(b)
	require.NoError(t, err)
	spliced, err := s.Splice(t.Context(), inputs)
	require.NoError(t, err)
	return spliced
}

func TestTheEngineIsFittedAsNodeFitsIt(t *testing.T) {
	for _, version := range []string{"0.19.3", "0.23.0"} {
		t.Run(version, func(t *testing.T) {
			extension := guesttest.Extension(t, version)
			content, err := os.ReadFile(filepath.Join(extension, "spliced.json"))
			require.NoError(t, err)
			var want map[string]struct{ Core, Initializer string }
			require.NoError(t, json.Unmarshal(content, &want))

			build, err := source.Discover(extension)
			require.NoError(t, err)
			assert.Equal(t, version, build.Toolchain.Version)
			spliced := splice(t, splicerIn(t, ""), build)
			for _, features := range []string{"none", "all"} {
				assert.Equal(t, want[features].Core, digest(spliced.Core), features)
				assert.Equal(t, want[features].Initializer, digest(spliced.Initializer), features)
			}
		})
	}
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func TestAFittedEngineIsKeptAndADamagedOneMadeAnew(t *testing.T) {
	build, err := source.Discover(guesttest.Extension(t, "0.19.3"))
	require.NoError(t, err)
	dir := t.TempDir()
	first := splice(t, splicerIn(t, dir), build)

	kept, err := filepath.Glob(filepath.Join(dir, "spliced", "*"))
	require.NoError(t, err)
	require.Len(t, kept, 1)
	content, err := os.ReadFile(kept[0])
	require.NoError(t, err)
	assert.Equal(t, first, splice(t, splicerIn(t, dir), build), "from the cache")

	content[len(content)-1] ^= 1
	require.NoError(t, os.WriteFile(kept[0], content, 0o644))
	assert.True(t, assert.ObjectsAreEqual(first, splice(t, splicerIn(t, dir), build)), "made anew")
	assert.Equal(t, first, splice(t, splicerIn(t, dir), build), "and kept again")
}

func TestWhatDecidesTheEngineDecidesItsKey(t *testing.T) {
	extension := copyOf(t, guesttest.Extension(t, "0.19.3"))
	build, err := source.Discover(extension)
	require.NoError(t, err)
	splicer := splicerIn(t, "")
	key := func(b source.Build) source.Digest {
		inputs, err := splicer.Read(b)
		require.NoError(t, err)
		return inputs.Key
	}
	before := key(build)
	assert.Equal(t, before, key(build))

	featured := build
	featured.Features = source.AllFeatures()
	assert.Equal(t, before, key(featured), "features do not change the engine")

	renamed := build
	renamed.World = "other"
	assert.NotEqual(t, before, key(renamed))

	wit := filepath.Join(extension, "wit", "extension.wit")
	original, err := os.ReadFile(wit)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(wit, append(original, "// more\n"...), 0o644))
	assert.NotEqual(t, before, key(build))
	require.NoError(t, os.WriteFile(wit, original, 0o644))
	assert.Equal(t, before, key(build))
}

// copyOf gives an extension's folder that a test may change, with the
// toolchain of the original.
func copyOf(t *testing.T, extension string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(filepath.Join(dir, "wit"), os.DirFS(filepath.Join(extension, "wit"))))
	require.NoError(t, os.Symlink(filepath.Join(extension, "node_modules"), filepath.Join(dir, "node_modules")))
	return dir
}

func TestAnInterfaceThatDoesNotParseIsNamed(t *testing.T) {
	extension := copyOf(t, guesttest.Extension(t, "0.19.3"))
	require.NoError(t, os.WriteFile(filepath.Join(extension, "wit", "extension.wit"), []byte("package a:b;\nworld w { import nothing; }"), 0o644))
	build, err := source.Discover(extension)
	require.NoError(t, err)
	splicer := splicerIn(t, "")
	inputs, err := splicer.Read(build)
	require.NoError(t, err)
	_, err = splicer.Splice(t.Context(), inputs)
	assert.Contains(t, requireUnavailable(t, err).Reason, "nothing")
}

func requireUnavailable(t *testing.T, err error) *source.UnavailableError {
	t.Helper()
	var unavailable *source.UnavailableError
	require.ErrorAs(t, err, &unavailable)
	assert.Equal(t, "source_mode_unavailable", unavailable.Code())
	assert.NotEmpty(t, unavailable.Fix)
	return unavailable
}
