package standalone

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestShelf_serves_its_folders_under_whatever_hash_is_asked_for(t *testing.T) {
	dir := t.TempDir()
	addExtension(t, filepath.Join(dir, "one"), "one")
	addExtension(t, filepath.Join(dir, "two"), "two")
	write(t, dir, "notes/readme.txt", "no extension")
	s := serve(t, Settings{ExtensionsDir: dir})
	for _, name := range []string{"one", "two"} {
		status, body := s.get(t, "/ext-ui/acme."+name+"/"+hash+"/index.html")
		assert.Equal(t, http.StatusOK, status)
		assert.Equal(t, "<title>"+name+"</title>", body)
	}
	status, _ := s.get(t, "/ext-ui/acme.three/"+hash+"/index.html")
	assert.Equal(t, http.StatusNotFound, status)
}

func TestShelf_that_holds_a_manifest_is_an_extension_itself(t *testing.T) {
	dir := t.TempDir()
	addExtension(t, dir, "itself")
	s := serve(t, Settings{ExtensionsDir: dir})
	status, _ := s.get(t, "/ext-ui/acme.itself/"+hash+"/index.html")
	assert.Equal(t, http.StatusOK, status)
}

func TestShelf_finds_what_comes_and_forgets_what_goes(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, Settings{ExtensionsDir: dir})
	assertServed := func(status int) {
		t.Helper()
		require.EventuallyWithT(t, func(c *assert.CollectT) {
			resp, err := http.Get(s.url + "/ext-ui/acme.late/" + hash + "/index.html")
			require.NoError(c, err)
			resp.Body.Close()
			assert.Equal(c, status, resp.StatusCode)
		}, patience, 20*time.Millisecond)
	}
	assertServed(http.StatusNotFound)
	addExtension(t, filepath.Join(dir, "late"), "late")
	assertServed(http.StatusOK)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "late")))
	assertServed(http.StatusNotFound)
}

func TestShelf_says_once_what_is_wrong_and_once_that_it_is_not_any_more(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "broken")
	addExtension(t, folder, "broken")
	write(t, folder, "manifest.json", "{")
	s := serve(t, Settings{ExtensionsDir: dir})
	ask := func() int {
		status, _ := s.get(t, "/ext-ui/acme.broken/"+hash+"/index.html")
		return status
	}
	began := time.Now()
	require.Eventually(t, func() bool { ask(); return time.Since(began) > 3*listFresh }, patience, 20*time.Millisecond)
	assert.Equal(t, 1, s.log.count("manifest.json:1"), s.log)

	addExtension(t, folder, "broken")
	require.Eventually(t, func() bool { return ask() == http.StatusOK }, patience, 20*time.Millisecond)
	assert.Equal(t, 1, s.log.count("in order again"), s.log)
}
