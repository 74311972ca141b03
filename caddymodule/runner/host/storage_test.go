package host

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

func item(key string, value string, revision any) guest.Record {
	return guest.Record{"namespace": "notes", "key": key, "value": []byte(value), "revision": revision}
}

func stored(key string, value string, revision uint64) guest.Record {
	return item(key, value, revision)
}

func TestStorageKeepsEntriesWithRisingRevisions(t *testing.T) {
	b := newBench(t, Options{})
	assert.Equal(t, "missing", b.refusal("storage", "get", "notes", "a"))
	assert.Equal(t, stored("a", "one", 1), b.ok("storage", "put", item("a", "one", nil)))
	assert.Equal(t, stored("a", "two", 2), b.ok("storage", "put", item("a", "two", uint64(1))))
	assert.Equal(t, stored("a", "two", 2), b.ok("storage", "get", "notes", "a"))
	assert.Nil(t, b.ok("storage", "delete", "notes", "a"))
	assert.Equal(t, "missing", b.refusal("storage", "delete", "notes", "a"))
	assert.Equal(t, "missing", b.refusal("storage", "get", "notes", "a"))
}

func TestStoragePutWithAnotherRevisionIsAConflict(t *testing.T) {
	b := newBench(t, Options{})
	assert.Equal(t, "conflict", b.refusal("storage", "put", item("a", "x", uint64(1))), "there is no entry yet")
	b.ok("storage", "put", item("a", "one", uint64(0)))
	assert.Equal(t, "conflict", b.refusal("storage", "put", item("a", "x", uint64(0))), "0 creates only")
	assert.Equal(t, "conflict", b.refusal("storage", "put", item("a", "x", uint64(2))))
	assert.Equal(t, stored("a", "one", 1), b.ok("storage", "get", "notes", "a"))
}

func TestStorageSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	newBench(t, Options{StateDir: dir}).ok("storage", "put", item("k", "v", nil))
	b := newBench(t, Options{StateDir: dir})
	assert.Equal(t, stored("k", "v", 1), b.ok("storage", "get", "notes", "k"))
	assert.Equal(t, stored("k", "w", 2), b.ok("storage", "put", item("k", "w", uint64(1))))
}

func TestStorageKeepsAnyBytesUnderAnyKey(t *testing.T) {
	b := newBench(t, Options{})
	keys := []string{
		"plain", "UPPER", "upper", ".", "..", "../../escape", "a/b", `a\b`, "sp ace", "ünïcode", "\x00", "\u2028",
		"%41", "A", "~", "con", "k.json", ".writing-1", strings.Repeat("x", maxKeyBytes), strings.Repeat("X", maxKeyBytes),
		strings.Repeat("x", maxKeyBytes-1) + "y", strings.Repeat("x", maxPlainName), strings.Repeat("x", maxPlainName+1),
	}
	for i, key := range keys {
		value := fmt.Sprintf("%d\x00\xff<&>\u2028", i)
		b.ok("storage", "put", item(key, value, nil))
	}
	for i, key := range keys {
		value := fmt.Sprintf("%d\x00\xff<&>\u2028", i)
		assert.Equal(t, stored(key, value, 1), b.ok("storage", "get", "notes", key), "key %q", key)
	}
	slices.Sort(keys)
	assert.Equal(t, keys, listedKeys(b, nil))
	assert.NoFileExists(t, filepath.Join(b.storage.root, "escape.json"))
}

func listedKeys(b *bench, cursor any) []string {
	b.t.Helper()
	var keys []string
	for _, e := range b.ok("storage", "list-entries", "notes", cursor).([]any) {
		keys = append(keys, e.(guest.Record)["key"].(string))
	}
	return keys
}

func TestStorageListsPagesAfterACursorThatIsTheLastKey(t *testing.T) {
	b := newBench(t, Options{})
	assert.Empty(t, listedKeys(b, nil), "a namespace without entries is an empty list")
	var want []string
	for i := range 2*pageSize + 3 {
		want = append(want, fmt.Sprintf("k%03d", i))
		b.ok("storage", "put", item(want[i], "v", nil))
	}
	first := listedKeys(b, nil)
	second := listedKeys(b, first[len(first)-1])
	third := listedKeys(b, second[len(second)-1])
	assert.Len(t, first, pageSize)
	assert.Equal(t, want, slices.Concat(first, second, third))
	assert.Empty(t, listedKeys(b, want[len(want)-1]))
	assert.Equal(t, []string{"k001"}, listedKeys(b, "k000x")[:1], "the cursor need not exist any more")
}

func TestStorageSeparatesTenantExtensionInstallAndNamespace(t *testing.T) {
	b := newBench(t, Options{})
	b.ok("storage", "put", item("k", "mine", nil))
	for _, c := range []guest.Context{
		{TenantID: "other", ExtensionID: "hello", InstallID: "inst-1"},
		{TenantID: "acme", ExtensionID: "other", InstallID: "inst-1"},
		{TenantID: "acme", ExtensionID: "hello", InstallID: "other"},
		{TenantID: "", ExtensionID: "acme/hello", InstallID: "inst-1"},
		{TenantID: "..", ExtensionID: "hello", InstallID: "inst-1"},
	} {
		inv := allowed()
		inv.Context = c
		other := *b
		other.host = b.For(inv)
		assert.Equal(t, "missing", other.refusal("storage", "get", "notes", "k"), "%+v", c)
		assert.Empty(t, listedKeys(&other, nil))
	}
	assert.Equal(t, "missing", b.refusal("storage", "get", "other", "k"))
}

func TestStorageRefusesWhatThePlatformWouldRefuse(t *testing.T) {
	b := newBench(t, Options{})
	long := strings.Repeat("n", maxNamespaceBytes+1)
	assert.Equal(t, "internal", b.refusal("storage", "get", "", "k"))
	assert.Equal(t, "internal", b.refusal("storage", "get", long, "k"))
	assert.Equal(t, "internal", b.refusal("storage", "get", "notes", ""))
	assert.Equal(t, "internal", b.refusal("storage", "delete", "notes", strings.Repeat("k", maxKeyBytes+1)))
	assert.Equal(t, "internal", b.refusal("storage", "list-entries", long, nil))
	assert.Equal(t, "internal", b.refusal("storage", "put", item("k", strings.Repeat("v", maxValueBytes+1), nil)))
	assert.Contains(t, b.logs.String(), "the storage value has 65537 bytes; it may have at most 65536")
	b.ok("storage", "put", item("k", strings.Repeat("v", maxValueBytes), nil))
	b.ok("storage", "put", item("a/b", "", nil))
	assert.Contains(t, b.logs.String(), "which the platform refuses")
}

func TestAFullNamespaceTakesNoNewKey(t *testing.T) {
	b := newBench(t, Options{})
	b.ok("storage", "put", item("first", "v", nil))
	dir := b.storage.namespace(allowed().Context, "notes")
	for i := range maxKeys - 1 {
		require.NoError(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("k%d.json", i)), []byte("{}"), 0o600))
	}
	assert.Equal(t, "denied", b.refusal("storage", "put", item("new", "v", nil)))
	assert.Equal(t, stored("first", "w", 2), b.ok("storage", "put", item("first", "w", nil)), "an existing key can change")
}

func TestABrokenEntryIsInternalAndNamedInTheLog(t *testing.T) {
	b := newBench(t, Options{})
	b.ok("storage", "put", item("k", "v", nil))
	path := entryPath(b.storage.namespace(allowed().Context, "notes"), "k")
	require.NoError(t, os.WriteFile(path, []byte("{\n  \"key\": k\n}"), 0o600))
	assert.Equal(t, "internal", b.refusal("storage", "get", "notes", "k"))
	assert.Contains(t, b.logs.String(), path+":2:10")
	assert.Equal(t, "internal", b.refusal("storage", "put", item("k", "w", nil)), "a file that someone edited is not overwritten")
}

// Compare-and-set from many sides must lose no increment.
func TestConcurrentPutsWithRevisionsNeverLoseOne(t *testing.T) {
	b := newBench(t, Options{})
	const workers, each = 8, 20
	var conflicts atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for done := 0; done < each; {
				e, err := b.storage.get(b.storage.namespace(allowed().Context, "n"), "counter")
				if err != nil && err != errMissing {
					t.Error(err)
					return
				}
				want := e.Revision
				_, err = b.storage.put(b.storage.namespace(allowed().Context, "n"), "counter", append(e.value(), '.'), &want)
				switch err {
				case nil:
					done++
				case errConflict:
					conflicts.Add(1)
				default:
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	e, err := b.storage.get(b.storage.namespace(allowed().Context, "n"), "counter")
	require.NoError(t, err)
	assert.Equal(t, uint64(workers*each), e.Revision)
	assert.Len(t, e.value(), workers*each)
	t.Logf("%d conflicts", conflicts.Load())
}

// Two stores on one folder stand for two processes: they share no lock.
func TestTwoProcessesOnOneFolderNeverSeeHalfAnEntry(t *testing.T) {
	dir := t.TempDir()
	stores := []*store{newStore(dir), newStore(dir)}
	c := allowed().Context
	value := []byte(strings.Repeat("v", 4096))
	var wg sync.WaitGroup
	for _, s := range stores {
		ns := s.namespace(c, "n")
		wg.Go(func() {
			for range 100 {
				if _, err := s.put(ns, "k", value, nil); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 100 {
				if e, err := s.get(ns, "k"); err != errMissing && (err != nil || len(e.value()) != len(value)) {
					t.Errorf("read %d bytes, %v", len(e.value()), err)
				}
			}
		})
	}
	wg.Wait()
	left, err := filepath.Glob(filepath.Join(stores[0].namespace(c, "n"), ".writing-*"))
	require.NoError(t, err)
	assert.Empty(t, left)
}

func FuzzFileNamesArePlainDistinctAndCanBeTurnedBack(f *testing.F) {
	seeds := []string{"", ".", "..", "a/b", "A", "a", "%", "%41", "~", "ÄÖ", "\x00", "con.", strings.Repeat("é", 200), strings.Repeat("É", 200)}
	for i, seed := range seeds {
		f.Add(seed, seeds[(i+1)%len(seeds)])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		name := fileName(a)
		if name == "" || name == "." || name == ".." || len(name) > maxPlainName || strings.ContainsAny(name, "/\\\x00") {
			t.Fatalf("%q became %q", a, name)
		}
		if back, ok := originalName(name); ok && a != "" && back != a {
			t.Fatalf("%q became %q, which reads %q", a, name, back)
		}
		if a != b && strings.EqualFold(name, fileName(b)) {
			t.Fatalf("%q and %q are both %q where cases are not told apart", a, b, name)
		}
	})
}
