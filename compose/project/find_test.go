package project

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

const found = `services:            # 1
  my.svc:            # 2
    labels:          # 3
      com.x.y: a     # 4
      com: {x.z: b}  # 5
    ports:           # 6
      - "80:80"      # 7
      - target: 90   # 8
        mode: host   # 9
    networks: [a, b] # 10
    environment:     # 11
      - A=1          # 12
      - B=2          # 13
  two:               # 14
    <<: &base        # 15
      user: "5"      # 16
    hostname: two    # 17
  three:             # 18
    <<: [*base, {tty: true}] # 19
`

func TestFindGoesAsFarAsThePathIsWrittenOut(t *testing.T) {
	doc := parse([]byte(found))[0]
	for _, c := range []struct {
		path       []string
		line, deep int
	}{
		{[]string{"services"}, 1, 1},
		{[]string{"services", "my", "svc", "ports"}, 6, 4},
		{[]string{"services", "my.svc", "labels", "com", "x", "y"}, 4, 6},
		{[]string{"services", "my.svc", "labels", "com", "x", "z"}, 5, 6},
		{[]string{"services", "my.svc", "ports", "0"}, 7, 4},
		{[]string{"services", "my.svc", "ports", "[]", "mode"}, 9, 5},
		{[]string{"services", "my.svc", "ports", "7"}, 6, 3},
		{[]string{"services", "my.svc", "networks", "b"}, 10, 4},
		{[]string{"services", "my.svc", "environment", "B"}, 13, 4},
		{[]string{"services", "two", "user"}, 16, 3},
		{[]string{"services", "three", "user"}, 16, 3},
		{[]string{"services", "three", "tty"}, 19, 3},
		{[]string{"services", "three", "none"}, 18, 2},
		{[]string{"volumes", "data"}, 1, 0},
		{nil, 1, 0},
	} {
		t.Run(strings.Join(c.path, "."), func(t *testing.T) {
			h := find(doc, c.path)
			assert.Equal(t, c.deep, h.depth)
			assert.Equal(t, c.line, h.at.Line)
		})
	}
}

func TestPathOfReadsTheWaysOfComposeGo(t *testing.T) {
	for text, want := range map[string][]string{
		"services.web.ports.[].target":  {"services", "web", "ports", anyItem, "target"},
		"services[web].mem_limit":       {"services", "web", "mem_limit"},
		"services.web.environment.[0]":  {"services", "web", "environment", "0"},
		"services.web.tmpfs[1]":         {"services", "web", "tmpfs", "1"},
		"services.web.develop.watch.0.": {"services", "web", "develop", "watch", "0"},
		"":                              {},
	} {
		assert.Equal(t, want, append([]string{}, pathOf(text)...), text)
	}
}

// Aliases let ten lines describe 10^9 nodes, and a node contain itself.
func TestFindEndsOnFilesThatUnfoldWithoutEnd(t *testing.T) {
	bomb := "a0: &a0 {x: 1}\n"
	for i := '1'; i < '9'; i++ {
		p := string(i - 1)
		bomb += "a" + string(i) + ": &a" + string(i) + "\n  <<: [*a" + p + ", *a" + p + ", *a" + p + ", *a" + p + ", *a" + p + ", *a" + p + "]\n"
	}
	for _, text := range []string{bomb + "services:\n  <<: *a8\n", "services: &s\n  <<: *s\n  web: *s\n"} {
		for _, doc := range parse([]byte(text)) {
			began := time.Now()
			find(doc, []string{"services", "web", "image"})
			find(doc, strings.Split("services"+strings.Repeat(".web", 200), "."))
			assert.Less(t, time.Since(began), 5*time.Second)
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add(found, "services.my.svc.ports.[].mode")
	f.Add("services: &s\n  <<: *s\n  web: *s\n", "services.web.web.image")
	f.Add("a: [1, {b: !reset []}]\n---\n- c\n", "a.[].b")
	f.Fuzz(func(t *testing.T, text, path string) {
		parts := pathOf(path)
		for _, doc := range parse([]byte(text)) {
			h := find(doc, parts)
			if h.at == nil || h.value == nil || h.depth > len(parts) {
				t.Fatalf("find(%q) = %+v", parts, h)
			}
		}
	})
}

// FuzzLoad holds that whatever a file says, the answer is a project or problems
// with words, and lines that the file has.
func FuzzLoad(f *testing.F) {
	for _, c := range invalid {
		f.Add(c.files["docker-compose.yml"])
	}
	f.Add(fullService)
	f.Add(": \r0")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "include") || strings.Contains(text, "file") {
			t.Skip("names other files")
		}
		_, err := tried(t, folder(t, one(text)), Options{})
		load, ok := err.(*LoadError)
		if err != nil && !ok {
			t.Fatalf("an error that is no LoadError: %v", err)
		}
		if !ok {
			return
		}
		for _, p := range load.Problems {
			if p.Message == "" || p.Code == "" || p.Line < 0 || p.Line > breaks(text)+2 {
				t.Fatalf("%+v", p)
			}
		}
	})
}

// breaks counts what YAML takes for the end of a line.
func breaks(text string) (n int) {
	for _, r := range text {
		if strings.ContainsRune("\n\r\u0085\u2028\u2029", r) {
			n++
		}
	}
	return n
}
