package main

import (
	"bytes"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/devproxy/internal/codes"
)

// reported is how the sources write down a stable code.
var reported = []*regexp.Regexp{
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

// reporting are the folders whose sources report codes.
var reporting = []string{".", "../caddymodule", "../caddymodule/internal", "../caddymodule/runner", "../caddymodule/runner/guest/source", "../compose/project", "../compose/docker", "../compose/stack", "../compose/launcher", "../compose/runnerclient"}

func TestErrors_every_code_is_documented_and_every_documented_code_exists(t *testing.T) {
	documented := documentedCodes()
	used := map[string]bool{}
	for _, dir := range reporting {
		collectCodes(t, dir, used)
	}
	require.Greater(t, len(used), 30)
	for code := range used {
		assert.True(t, documented[code], "code %s is not in the table", code)
	}
	for code := range documented {
		assert.True(t, used[code], "the table has code %s, which nothing reports", code)
	}
}

// withStatus is how the sources write down the status of an answer with a code.
var withStatus = regexp.MustCompile(`(?:problem\{|failure\{|refuse\(w, )http\.Status(\w+), "(\w+)"`)

func TestErrors_every_status_that_a_code_is_answered_with_is_documented(t *testing.T) {
	numbers := map[string]string{}
	for status := range 600 {
		numbers[strings.ReplaceAll(http.StatusText(status), " ", "")] = strconv.Itoa(status)
	}
	found := 0
	for _, dir := range reporting {
		eachSource(t, dir, func(source string) {
			for _, match := range withStatus.FindAllStringSubmatch(source, -1) {
				found++
				statuses := ""
				for _, entry := range codes.Explain(match[2]) {
					statuses += entry.Status + " "
				}
				require.NotEmpty(t, numbers[match[1]], match[1])
				assert.Contains(t, statuses, numbers[match[1]], "the table lacks that status of %s", match[2])
			}
		})
	}
	require.Greater(t, found, 40)
}

func TestErrors_the_page_is_made_of_the_table(t *testing.T) {
	compareOrUpdate(t, "../docs/errors.md", []byte(codes.Page()))
}

func TestExplain_says_what_a_code_means_and_what_to_do(t *testing.T) {
	explain := func(args ...string) (code int, out, errs string) {
		var stdout, stderr bytes.Buffer
		code = run(append([]string{"explain"}, args...), &stdout, &stderr)
		return code, stdout.String(), stderr.String()
	}
	code, out, errs := explain("port_in_use")
	require.Zero(t, code, errs)
	assert.Equal(t, "port_in_use (The command, exit code 6)\n  Another process holds the port; it is named where the system tells.\n  fix: stop that process, or choose another port with --port\n", out)
	_, out, _ = explain("conflict")
	assert.Contains(t, out, "conflict (The docker-runner API, HTTP status 409)")
	code, _, errs = explain("port_in_us")
	assert.Equal(t, exitUsage, code)
	assert.Contains(t, errs, `did you mean "port_in_use"?`)
	assert.Contains(t, completed(t, "explain", "port_in"), "port_in_use")
}

func TestErrors_a_fault_without_a_fix_has_that_of_its_code(t *testing.T) {
	assert.Equal(t, "set 'XDG_STATE_HOME'", asFault(&fault{Code: "state_unwritable", Err: assert.AnError}).Fix)
	assert.Equal(t, "mine", asFault(&fault{Code: "state_unwritable", Err: assert.AnError, Fix: "mine"}).Fix)
	assert.Empty(t, asFault(assert.AnError).Fix)
}

// documentedCodes are those of the table.
func documentedCodes() map[string]bool {
	documented := map[string]bool{}
	for _, code := range codes.Names() {
		documented[code] = true
	}
	return documented
}

func collectCodes(t *testing.T, dir string, into map[string]bool) {
	t.Helper()
	eachSource(t, dir, func(source string) {
		for _, pattern := range reported {
			for _, match := range pattern.FindAllStringSubmatch(source, -1) {
				into[match[1]] = true
			}
		}
		if _, list, found := strings.Cut(source, "envelopeErrors = []string{"); found {
			list, _, _ = strings.Cut(list, "}")
			for _, match := range regexp.MustCompile(`"(\w+)"`).FindAllStringSubmatch(list, -1) {
				into[match[1]] = true
			}
		}
	})
}

// eachSource reads the sources in dir and, of the folders below it, in those
// that are internal.
func eachSource(t *testing.T, dir string, read func(source string)) {
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
		if err == nil {
			read(string(source))
		}
		return err
	}))
}
