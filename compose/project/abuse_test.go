package project

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// laughs is a file whose aliases unfold to 9^depth values.
func laughs(depth int) string {
	text := "x-a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
	for i := 1; i <= depth; i++ {
		text += fmt.Sprintf("x-a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), ", "))
	}
	return text
}

// doubling is an env file whose last variable is 16 × 2^lines bytes long.
func doubling(lines int) string {
	text := "A0=" + strings.Repeat("lol!", 4) + "\n"
	for i := 1; i <= lines; i++ {
		text += fmt.Sprintf("A%d=${A%d}${A%d}\n", i, i-1, i-1)
	}
	return text
}

// chain includes files that include files; the last one is missing.
func chain(length int) map[string]string {
	files := map[string]string{}
	for i := range length {
		files[fmt.Sprintf("%d.yml", i)] = fmt.Sprintf("include: [%d.yml]\n", i+1)
	}
	files["docker-compose.yml"] = "include: [0.yml]\n" + oneService
	return files
}

// powers includes the files of a chain twice each, with other variables each
// time: so many are 2^length.
func powers(length int) map[string]string {
	files := map[string]string{"docker-compose.yml": "include: [a0/f.yml]\n" + oneService}
	for i := range length {
		for _, side := range []string{"a", "b"} {
			dir := fmt.Sprintf("%s%d/", side, i)
			files[dir+"f.yml"] = fmt.Sprintf("include: [../a%d/f.yml, ../b%d/f.yml]\n", i+1, i+1)
			files[dir+".env"] = fmt.Sprintf("V%d=%s\n", i, side)
		}
	}
	files[fmt.Sprintf("a%d/f.yml", length)] = "services: {last: {image: b}}\n"
	files[fmt.Sprintf("b%d/f.yml", length)] = "services: {last: {image: b}}\n"
	return files
}

// hostileFiles are projects that would take all memory, never end, or reach
// for other files; each is refused in words.
var hostileFiles = map[string]map[string]string{
	"a billion laughs":             one(laughs(9) + oneService),
	"a billion laughs in a label":  one(laughs(9) + "services:\n  web:\n    image: a\n    labels: *a9\n"),
	"a node that contains itself":  one("services: &s\n  web:\n    image: a\n    labels: *s\n"),
	"a merge that contains itself": one("services:\n  web: &w\n    <<: *w\n    image: a\n"),
	"nested 10 000 deep":           one("services:\n  web:\n    image: a\n    x-y: " + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "\n"),
	"a number for services":        one("services: 7\n"),
	"NUL":                          one("services:\n  web:\n    image: a\x00b\n"),
	"invalid UTF-8":                one("services:\n  web:\n    image: \xff\xfe\n"),
	"a file that extends itself":   one("services:\n  web:\n    extends: {service: web}\n"),
	"two that extend each other":   one("services:\n  a:\n    extends: {service: b}\n  b:\n    extends: {service: a}\n"),
	"files that extend each other": {
		"docker-compose.yml": "services:\n  a:\n    extends: {file: b.yml, service: b}\n",
		"b.yml":              "services:\n  b:\n    extends: {file: docker-compose.yml, service: a}\n",
	},
	"a file that includes itself": one("include: [docker-compose.yml]\n" + oneService),
	"files that include each other": {
		"docker-compose.yml": "include: [b.yml]\n" + oneService, "b.yml": "include: [docker-compose.yml]\nservices:\n  b:\n    image: b\n",
	},
	"a circle of depends_on":         one("services:\n  a:\n    image: a\n    depends_on: [b]\n  b:\n    image: b\n    depends_on: [a]\n"),
	"a variable that has no end":     one("services:\n  web:\n    image: ${A:-${B:-${C:-\n"),
	"an env file that is a folder":   {"docker-compose.yml": web("    env_file: dir\n"), "dir/x": ""},
	"an env file with a NUL name":    {"docker-compose.yml": web("    env_file: w.env\n"), "w.env": "A\x00B=1\n"},
	"an env file with open quotes":   {"docker-compose.yml": web("    env_file: w.env\n"), "w.env": "A='never closed\nB=2\n"},
	"a .env that is no env file":     {"docker-compose.yml": oneService, ".env": "\x7fELF\x02\x01\x01\x00\x00 \x00\xff\n"},
	"a .env that doubles":            {"docker-compose.yml": oneService, ".env": doubling(40)},
	"a .env that doubles one name":   {"docker-compose.yml": oneService, ".env": "A=lol\n" + strings.Repeat("A=\"${A}\n${A}\"\n", 40)},
	"an env file that doubles":       {"docker-compose.yml": web("    env_file: w.env\n"), "w.env": doubling(40)},
	"env files that double together": {"docker-compose.yml": web("    env_file: [a.env, b.env]\n"), "a.env": doubling(15), "b.env": strings.Repeat("A15=${A15}${A15}\n", 30)},
	"a label file that doubles":      {"docker-compose.yml": web("    label_file: w.labels\n"), "w.labels": doubling(40)},
	"an env file that doubles what the service has": {
		"docker-compose.yml": web("    environment: {A0: \"" + strings.Repeat("x", 1<<20) + "\"}\n    env_file: w.env\n"), "w.env": "B=" + strings.Repeat("$A0", 2000) + "\n",
	},
	"a label file of a hook that doubles": {"docker-compose.yml": web("    pre_start: [{command: \"true\", label_file: [w.labels]}]\n"), "w.labels": doubling(40)},
	"label files of hooks that double together": {
		"docker-compose.yml": web("    label_file: w.labels\n    pre_start: [" + strings.Repeat("{command: \"true\"}, ", 200) + "]\n"), "w.labels": doubling(17),
	},
	"an include with an env file that doubles": {"docker-compose.yml": "include: [{path: b.yml, env_file: b.env}]\n" + oneService, "b.yml": "services: {b: {image: b}}\n", "b.env": doubling(40)},
	"an include beside a .env that doubles":    {"docker-compose.yml": "include: [b/b.yml]\n" + oneService, "b/b.yml": "services: {b: {image: b}}\n", "b/.env": doubling(40)},
	"an include in an alias that doubles":      {"docker-compose.yml": "x-i: &i [{path: b.yml, env_file: b.env}]\nx-t: &t {include: *i}\n<<: *t\n" + oneService, "b.yml": "services: {b: {image: b}}\n", "b.env": doubling(40)},
	"an include in a project directory that doubles": {
		"docker-compose.yml": "include: [{path: [c.yml, b.yml], project_directory: \"${D:-p}\"}]\n" + oneService, "b.yml": "services: {b: {image: b}}\n", "c.yml": "services: {c: {image: c}}\n", "p/.env": doubling(40),
	},
	"includes of one file that double by another": {
		"docker-compose.yml": "include: [{path: b.yml, env_file: none.env}, {path: b.yml, env_file: b.env}]\n" + oneService,
		"b.yml":              "include: [c/c.yml]\nservices: {b: {image: b}}\n", "none.env": "A=\n", "b.env": "A=" + strings.Repeat("x", 1<<20) + "\n",
		"c/c.yml": "services: {c: {image: c}}\n", "c/.env": "B=" + strings.Repeat("$A", 2000) + "\n",
	},
	"includes that are more by the variables they have": powers(20),
	"an include of variables that are used often":       {"docker-compose.yml": "include: [\"" + strings.Repeat("${A}", 500) + "\"]\n" + oneService, ".env": "A=" + strings.Repeat("x", 1<<20) + "\n"},
	"variables that are used often":                     {"docker-compose.yml": web("    labels: {a: \"" + strings.Repeat("${A}", 500) + "\"}\n"), ".env": "A=" + strings.Repeat("x", 1<<20) + "\n"},
	"variables without end":                             one(web("    labels: {a: \"" + strings.Repeat("${A}", 1<<18) + "\"}\n")),
	"defaults 100 000 deep":                             one(web("    labels: {a: \"" + strings.Repeat("${A:-", 100_000) + strings.Repeat("}", 100_000) + "\"}\n")),
	"includes 1 000 deep":                               chain(1000),
	"a name that climbs":                                one("services:\n  ../../web:\n    image: a\n"),
}

func TestAbuse_hostile_projects_are_refused_in_bounded_memory(t *testing.T) {
	for name, files := range hostileFiles {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := tried(t, folder(t, files), Options{})
			runtime.ReadMemStats(&after)
			var refused *LoadError
			require.ErrorAs(t, err, &refused)
			for _, p := range refused.Problems {
				assert.NotEmpty(t, p.Code)
				assert.NotEmpty(t, p.Message)
				assert.Less(t, len(p.Message), 8<<10, "%.200s", p.Message)
			}
			if strings.Contains(name, "contains itself") {
				assert.ErrorContains(t, err, "stands within what it repeats", "before compose-go unfolds it for minutes")
			}
			if strings.Contains(name, "double") {
				assert.ErrorContains(t, err, "until they are larger than")
			}
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<30))
		})
	}
	t.Logf("%d projects", len(hostileFiles))
}

// harmless are env files that look worse than they are.
func TestAbuse_env_files_are_values_and_nothing_else(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	marker := filepath.Join(t.TempDir(), "marker")
	cases := map[string]struct{ line, want string }{
		"a line of 1 MiB":            {"A=" + long, long},
		"a command":                  {"A='$(touch " + marker + ")'", "$(touch " + marker + ")"},
		"a command in backticks":     {"A='`touch " + marker + "`'", "`touch " + marker + "`"},
		"a variable of itself":       {"A=${A:-}x", "x"},
		"variables of each other":    {"B=${A:-}b\nA=${B}a", "ba"},
		"a default within a default": {"A=${NONE_A:-${NONE_B:-${NONE_C:-deep}}}", "deep"},
		"what looks like a variable": {"A='${HOME}'", "${HOME}"},
		"terminal escapes":           {"A=\x1b[2Jx", "\x1b[2Jx"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := tried(t, folder(t, map[string]string{"docker-compose.yml": web("    env_file: w.env\n"), "w.env": c.line + "\n"}), Options{})
			require.NoError(t, err)
			assert.Equal(t, c.want, *p.Compose.Services["web"].Environment["A"])
		})
	}
	_, err := os.Stat(marker)
	assert.ErrorIs(t, err, os.ErrNotExist, "nothing was run")
	t.Logf("%d env files", len(cases))
}

// A compose file is the developer's own word about their own machine: what it
// asks for is what it gets, as from docker compose.
func TestAbuse_what_a_compose_file_asks_for_is_passed_on_and_not_judged(t *testing.T) {
	p := loaded(t, folder(t, one(web("    privileged: true\n    network_mode: host\n    pid: host\n    cap_add: [ALL]\n    devices: [\"/dev/null:/dev/null\"]\n    volumes: [\"/:/host\"]\n"))), Options{})
	service := p.Compose.Services["web"]
	assert.True(t, service.Privileged)
	assert.Equal(t, "host", service.NetworkMode)
	assert.Len(t, service.Devices, 1)
	assert.Equal(t, "/", service.Volumes[0].Source)
}
