package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// codes are how the sources write down a stable code.
var codes = []*regexp.Regexp{
	regexp.MustCompile(`usageFault\("(\w+)"`),
	regexp.MustCompile(`\bCode: +"(\w+)"`),
	regexp.MustCompile(`\bf\.Code[^=]*= "(\w+)"`),
	regexp.MustCompile(`problem\{http\.\w+, "(\w+)"`),
	regexp.MustCompile(`"devproxy: (\w+):"`),
	regexp.MustCompile(`failure\{http\.\w+, "(\w+)"`),
	regexp.MustCompile(`badRequest\("(\w+)"`),
	regexp.MustCompile(`refuse\(w, http\.\w+, "(\w+)"`),
	regexp.MustCompile(`\b[cC]ode[A-Z]\w+ +(?:Code )?= "(\w+)"`),
}

func TestErrors_every_code_is_documented_and_every_documented_code_exists(t *testing.T) {
	documented := documentedCodes(t)
	used := map[string]bool{}
	for _, dir := range []string{".", "../caddymodule", "../caddymodule/internal", "../caddymodule/runner", "../caddymodule/runner/guest/source", "../compose/project", "../compose/docker", "../compose/stack", "../compose/launcher", "../compose/runnerclient"} {
		collectCodes(t, dir, used)
	}
	require.Greater(t, len(used), 30)
	for code := range used {
		assert.True(t, documented[code], "code %s is not in docs/errors.md", code)
	}
	for code := range documented {
		assert.True(t, used[code], "docs/errors.md has code %s, which nothing reports", code)
	}
}

// documentedCodes are those of the tables in docs/errors.md.
func documentedCodes(t *testing.T) map[string]bool {
	t.Helper()
	page, err := os.ReadFile("../docs/errors.md")
	require.NoError(t, err)
	documented := map[string]bool{}
	for _, match := range regexp.MustCompile("(?m)^\\| ((?:`\\w+`(?:, )?)+) \\|").FindAllStringSubmatch(string(page), -1) {
		for code := range strings.SplitSeq(match[1], ", ") {
			documented[strings.Trim(code, "`")] = true
		}
	}
	return documented
}

func collectCodes(t *testing.T, dir string, into map[string]bool) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != dir && !strings.Contains(path, "internal") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, pattern := range codes {
			for _, match := range pattern.FindAllStringSubmatch(string(source), -1) {
				into[match[1]] = true
			}
		}
		if _, list, found := strings.Cut(string(source), "envelopeErrors = []string{"); found {
			list, _, _ = strings.Cut(list, "}")
			for _, match := range regexp.MustCompile(`"(\w+)"`).FindAllStringSubmatch(list, -1) {
				into[match[1]] = true
			}
		}
		return nil
	}))
}
