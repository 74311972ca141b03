package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// findVulnerability has the script look at one small package, for a made-up
// vulnerability of what that calls.
func findVulnerability(t *testing.T, command string) {
	look := func(database string) (int, string) {
		cmd := exec.Command(filepath.Join("..", command), "./compose/spelling")
		cmd.Env = append(os.Environ(), "VULN_DB="+database)
		output, err := cmd.CombinedOutput()
		if err != nil && cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode(), string(output)
	}
	code, said := look("file://" + filepath.Join(t.TempDir(), "none"))
	assert.Equal(t, 1, code, said)
	assert.Contains(t, said, "out of reach")

	code, said = look(vulnerabilities(t, "EnoughDistance"))
	if code == 1 && !govulncheckIsThere() {
		unavailable(t, "govulncheck cannot be installed here: "+said)
	}
	assert.Zero(t, code, said)
	assert.Contains(t, said, "GO-2999-0001 not reached: Made up")

	code, said = look(vulnerabilities(t, "ComputeDistance"))
	assert.Equal(t, 1, code, said)
	assert.Contains(t, said, "GO-2999-0001 REACHED: Made up")
	assert.Contains(t, said, "by way of github.com/same-origin/devproxy/compose/spelling.")
}

func govulncheckIsThere() bool {
	cache := os.Getenv("XDG_CACHE_HOME") // as the script does, on every system
	if cache == "" {
		cache = filepath.Join(os.Getenv("HOME"), ".cache")
	}
	found, err := filepath.Glob(filepath.Join(cache, "devproxy", "tools", "govulncheck-*", "govulncheck"))
	return err == nil && len(found) > 0
}

// vulnerabilities is the address of a database that knows one, of a function of
// the library that compares words.
func vulnerabilities(t *testing.T, function string) string {
	type object = map[string]any
	const id, library, at = "GO-2999-0001", "github.com/agnivade/levenshtein", "2026-01-02T03:04:05Z"
	dir := t.TempDir()
	for name, content := range map[string]any{
		"index/db.json":      object{"modified": at},
		"index/modules.json": []object{{"path": library, "vulns": []object{{"id": id, "modified": at}}}},
		"index/vulns.json":   []object{{"id": id, "modified": at}},
		"ID/" + id + ".json": object{
			"schema_version": "1.3.1", "id": id, "modified": at, "published": at, "summary": "Made up",
			"affected": []object{{
				"package":            object{"name": library, "ecosystem": "Go"},
				"ranges":             []object{{"type": "SEMVER", "events": []object{{"introduced": "0"}}}},
				"ecosystem_specific": object{"imports": []object{{"path": library, "symbols": []string{function}}}},
			}},
		},
	} {
		text, err := json.Marshal(content)
		require.NoError(t, err)
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, text, 0o600))
	}
	return "file://" + dir
}
