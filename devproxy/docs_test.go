package main

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// firstBuildLimit is for compiling Caddy on a small machine.
const firstBuildLimit = 15 * time.Minute

// documented says how each command in the documentation is executed here.
var documented = map[string]func(t *testing.T, command string){
	"devproxy init my-extension":                                                           initInFolder,
	"devproxy init my-handler --template ts-handler --publisher acme":                      initInFolder,
	`devproxy ci --extension examples/hello -- sh -c 'curl --fail "$DEVPROXY_URL/health"'`: checkInPipeline,
	"devproxy up":                     upAndInterrupt,
	"devproxy status":                 askStatus,
	"devproxy doctor":                 examineFolder,
	"devproxy doctor --fix --dry-run": examineFolder,
	"devproxy doctor --json":          examineFolder,
	"./scripts/dev":                   startAndInterrupt,
	"./scripts/test":                  parse, // this test runs inside it
	"./scripts/example":               execute,
	"devproxy build examples/hello":   buildExample,
	"devproxy build examples/hello --out /tmp/bundle.tar.zst":                                                   buildExample,
	"npm --prefix examples/hello run build:debug":                                                               buildDebug,
	"CGO_ENABLED=0 go install -tags nobadger,nomysql,nopgx ./devproxy":                                          execute,
	"curl http://localhost:3000/__runner/extensions":                                                            askRunning(`"id":"acme.hello"`),
	`curl -X POST http://localhost:3000/api/ext/acme.hello/greet -d '{"name": "Ada"}'`:                          askRunning(`{"greeting":"Hello, Ada!","count":1,"recent":["Ada"]}`),
	"HOST=127.0.0.1 PORT=8085 RUNNER_STATE_DIR=/tmp/runner RUNNER_EXTENSIONS_DIR=$PWD/examples devproxy runner": serveAlone,
	"DOCKER_RUNNER_SHARED_SECRET=a-secret-of-your-own devproxy docker-runner":                                   serveDockerRunner,
	"devproxy runner --check --url http://127.0.0.1:8085":                                                       checkAlone,
	"devproxy dashboard":                                  printDashboard,
	"devproxy trace --last":                               askAfterCall(`storage#put hello/guestbook → ok`),
	"devproxy replay --diff":                              askAfterCall(`body.count`),
	"devproxy capabilities":                               askAfterCall(`"capabilities": ["cap:storage.kv"]`),
	"devproxy exec extension-runner -- /devproxy version": execInContainer,
	"go test -run '^$' -bench Save -benchtime 60x -tags nobadger,nomysql,nopgx ./caddymodule": benchBriefly,
	"./scripts/bench":                 benchPeersBriefly,
	"./scripts/fuzz":                  fuzzBriefly,
	"./scripts/vuln":                  findVulnerability,
	"./scripts/dev-runner.sh up -d":   composeByHand,
	"./scripts/dev-runner.sh down -v": composeByHand,
}

var shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

func TestDocs_every_command_works(t *testing.T) {
	pages, err := filepath.Glob("../docs/*.md")
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, page := range append(pages, "../README.md") {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, block := range shellBlock.FindAllStringSubmatch(string(text), -1) {
			command := strings.TrimSpace(block[1])
			execute, known := documented[command]
			require.True(t, known, "%s has a command that no test executes:\n%s", page, command)
			if !seen[command] {
				t.Run(command, func(t *testing.T) { execute(t, command) })
			}
			seen[command] = true
		}
	}
	assert.Len(t, seen, len(documented), "a command is listed here that no page has")
}

func TestDocs_links_lead_somewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]*)(?:#([^)]+))?\)`)
	checked := 0
	for _, pattern := range []string{"../docs/*.md", "../examples/*/README.md", "../README.md"} {
		pages, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, page := range pages {
			text, err := os.ReadFile(page)
			require.NoError(t, err)
			for _, target := range link.FindAllStringSubmatch(string(text), -1) {
				assertLeads(t, page, target[1], target[2])
				checked++
			}
		}
	}
	assert.Greater(t, checked, 50, "links were seen")
}

// assertLeads says that the page's link, relative to it, names a file, and a
// heading in that.
func assertLeads(t *testing.T, page, target, heading string) {
	t.Helper()
	file := page
	if target != "" {
		file = filepath.Join(filepath.Dir(page), target)
	}
	_, err := os.Stat(file)
	if !assert.NoError(t, err, "linked in %s", page) || heading == "" {
		return
	}
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Contains(t, headings(string(text)), heading, "linked in %s as %s", page, target)
}

// headings are the names by which a page's headings are linked to.
func headings(text string) (names []string) {
	for _, line := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		name := strings.ReplaceAll(strings.ToLower(line[1]), " ", "-")
		names = append(names, regexp.MustCompile(`[^a-z0-9_-]`).ReplaceAllString(name, ""))
	}
	return names
}

// A reader searches the page of error codes for what another page names.
func TestDocs_troubleshooting_names_codes_that_exist(t *testing.T) {
	symptoms, err := os.ReadFile("../docs/troubleshooting.md")
	require.NoError(t, err)
	codes, err := os.ReadFile("../docs/errors.md")
	require.NoError(t, err)
	named := regexp.MustCompile("`[a-z]+(_[a-z]+)+`").FindAllString(string(symptoms), -1)
	assert.Greater(t, len(named), 40, "codes were seen")
	for _, code := range named {
		assert.Contains(t, string(codes), code)
	}
}

// startAndInterrupt runs a command that ends with a URL, opens that, and
// presses Ctrl-C. It adds only a free port.
func startAndInterrupt(t *testing.T, command string) {
	devproxy := startWithin(t, firstBuildLimit, exec.Command(filepath.Join("..", command), "--port", "0"))
	response, err := http.Get(devproxy.url)
	require.NoError(t, err)
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Contains(t, string(page), "<title>Example host")
	assertEndsOnInterrupt(t, devproxy)
}

// execute runs a command in the root, as it stands; what it installs goes to
// a folder of the test.
func execute(t *testing.T, command string) {
	hello(t) // or skip: there is no Node
	runIn(t, "..", command)
}

func runIn(t *testing.T, dir, command string) {
	t.Helper()
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOBIN="+t.TempDir(), "GOFLAGS=")
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, string(output))
}

// benchBriefly runs a benchmark for the one round that shows that it works.
func benchBriefly(t *testing.T, command string) {
	execute(t, strings.Replace(command, "-benchtime 60x", "-benchtime 1x", 1))
}

// benchPeersBriefly has everybody take part, for turns that are too short to
// say more than that.
func benchPeersBriefly(t *testing.T, command string) {
	hello(t) // or skip: there is no Node
	printed := filepath.Join(t.TempDir(), "tables.md")
	runIn(t, "..", command+" --quick >"+printed)
	tables, err := os.ReadFile(printed)
	require.NoError(t, err)
	t.Log(string(tables))
	for _, row := range []string{"### The way through a proxy", "### An asset that may be kept", "### What lasts", "### Start and rest", "| devproxy |", "| Caddy `reverse_proxy` | 1.00 |"} {
		assert.Contains(t, string(tables), row)
	}
}

// fuzzBriefly takes the packages that read what a handler is made of.
func fuzzBriefly(t *testing.T, command string) { runIn(t, "..", command+" 1s guest") }

// buildDebug works on a copy, so that the example keeps its production build.
func buildDebug(t *testing.T, command string) {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "examples"), 0o755))
	runIn(t, "..", "cp -a examples/hello "+filepath.Join(dir, "examples"))
	runIn(t, dir, command)
	wasm, err := os.ReadFile(filepath.Join(dir, "examples", "hello", "dist", "main.wasm"))
	require.NoError(t, err)
	assert.Contains(t, string(wasm), "wasi:cli/stderr", "a debug build can say what was thrown")
}

// buildExample runs a devproxy command in the root where no other runs; files
// go to a folder of the test.
func buildExample(t *testing.T, command string) {
	hello(t) // or skip: there is no Node
	dir := t.TempDir()
	cmd := exec.Command("sh", "-c", strings.ReplaceAll(command, "/tmp/", dir+"/"))
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+shortFolder(t), "PATH="+filepath.Dir(binary(t))+":"+os.Getenv("PATH"))
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, string(output))
	assert.Contains(t, string(output), "acme.hello: build ")
	if strings.Contains(command, "--out") {
		assert.FileExists(t, filepath.Join(dir, "bundle.tar.zst"))
	}
}

// askRunning runs a command against a devproxy with the example, at that
// one's port.
func askRunning(answer string) func(*testing.T, string) {
	return func(t *testing.T, command string) {
		if _, err := exec.LookPath("curl"); err != nil {
			unavailable(t, "there is no curl; on Debian or Ubuntu: apt-get install curl")
		}
		devproxy := startUp(t, "--extension", hello(t))
		devproxy.waitForHandlers(t)
		command = strings.ReplaceAll(command, "http://localhost:3000", devproxy.url)
		output, err := exec.Command("sh", "-c", command).Output()
		require.NoError(t, err)
		assert.Contains(t, string(output), answer)
	}
}

// printDashboard runs a command against a devproxy, and opens what it prints,
// but with no browser.
func printDashboard(t *testing.T, command string) {
	devproxy := startUp(t)
	out, err := devproxy.command(t, append(strings.Fields(command)[1:], "--no-open")...).Output()
	require.NoError(t, err)
	response, err := http.Get(strings.TrimSpace(string(out)))
	require.NoError(t, err)
	defer response.Body.Close()
	assert.Equal(t, http.StatusOK, response.StatusCode)
}

// parse checks that a script is there, may be run, and is written in bash.
func parse(t *testing.T, command string) {
	script := filepath.Join("..", command)
	info, err := os.Stat(script)
	require.NoError(t, err)
	assert.NotZero(t, info.Mode()&0o111, "%s is not executable", command)
	output, err := exec.Command("bash", "-n", script).CombinedOutput()
	assert.NoError(t, err, string(output))
}

// askAfterCall runs a devproxy command after one call of the example's handler;
// its exit code may say that an answer differs.
func askAfterCall(answer string) func(*testing.T, string) {
	return func(t *testing.T, command string) {
		devproxy := startUp(t, "--extension", hello(t))
		devproxy.waitForHandlers(t)
		post(t, devproxy.url+"/api/ext/acme.hello/greet", `{"name":"Ada"}`)
		_, out, errs := devproxy.said(t, strings.Fields(command)[1:]...)
		assert.Contains(t, out, answer, errs)
	}
}
