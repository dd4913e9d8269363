package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/postgrestest"
	"github.com/seed-0f456478/sandbox/internal/store"
)

const (
	projectRoot = "../.."
	// readmeBase is where the pages' sandbox listens.
	readmeBase = "http://127.0.0.1:8080"
)

// The README and the pages of docs and examples are read as their reader reads them: the commands run one after the
// other, and answer what is printed below them. A page that starts no sandbox is read with one running.
func TestPages(t *testing.T) {
	t.Parallel()
	need(t, "curl", "sh")
	for _, page := range pages(t) {
		t.Run(page, func(t *testing.T) {
			r := &reader{dir: t.TempDir(), made: map[string]string{}, documented: readFile(t, "internal/cobrofacil/testdata/documented/answer.json")}
			r.read(t, codeBlocks(readFile(t, page)))
			switch page {
			case "README.md":
				assert.Equal(t, 2, r.ran, "one starts it, one asks it; what more there is to show goes into docs")
			case "docs/tour.md":
				assert.Greater(t, r.ran, 8, "commands")
			}
		})
	}
}

// pages are the documents whose code is tested.
func pages(t *testing.T) []string {
	t.Helper()
	all := []string{"README.md"}
	for _, folder := range []string{"docs", "examples"} {
		found, err := fs.Glob(os.DirFS(projectRoot), folder+"/*.md")
		require.NoError(t, err)
		all = append(all, found...)
	}
	return slices.DeleteFunc(all, func(page string) bool { return page == "docs/https.md" }) // TestHTTPSPage follows it
}

// elsewhere are the commands that no page's test runs.
var elsewhere = []string{
	"go test ./...",             // would begin here again
	"go test ./examples/go",     // which is a part of that
	"docker compose up --build", // needs an engine
	"make soak",                 // takes long; go test ./... runs the short versions
	"make bench",                // likewise
	"make bench-peers",          // takes long, and Java
	"make bench-check",          // takes long
	"go test ./replicas -run '^$' -bench . -benchtime 1x",
}

func (r *reader) read(t *testing.T, blocks []block) {
	t.Helper()
	for i, b := range blocks {
		if b.language != "sh" {
			continue
		}
		printed := block{}
		if i+1 < len(blocks) && blocks[i+1].language != "sh" {
			printed = blocks[i+1]
		}
		switch {
		case strings.HasPrefix(b.text, "go run ./cmd/sandbox\n"), strings.HasPrefix(b.text, "go run ./cmd/sandbox --"):
			r.goRun(t, b.text, printed)
		case slices.Contains(elsewhere, strings.TrimSpace(b.text)):
		case strings.HasPrefix(b.text, "curl "), strings.HasPrefix(b.text, "go run ./cmd/sandbox "):
			r.ask(t, b, printed)
		case strings.Contains(b.text, "examples/"):
			r.start(t)
			t.Run(strings.TrimSpace(b.text), func(t *testing.T) { r.example(t, b.text) })
		default:
			assert.Fail(t, "no test runs this command", b.text)
		}
	}
}

// shownIn says where the code stands that documents show, by its language.
var shownIn = map[string][]string{
	"go":     {"sandboxtest/*_test.go", "examples/go/*_test.go"},
	"js":     {"examples/node/*.js"},
	"python": {"examples/python/*.py"},
}

// The code that documents show stands, but for its indentation, in a file that the tests run.
func TestShownCode(t *testing.T) {
	t.Parallel()
	tested := map[string]string{}
	for language, patterns := range shownIn {
		for _, pattern := range patterns {
			files, err := fs.Glob(os.DirFS(projectRoot), pattern)
			require.NoError(t, err)
			for _, file := range files {
				tested[language] += flush(readFile(t, file))
			}
		}
	}
	for _, page := range pages(t) {
		for _, b := range codeBlocks(readFile(t, page)) {
			if shownIn[b.language] != nil && !strings.Contains(tested[b.language], flush(b.text)) {
				assert.Fail(t, "shown code is in no file that is tested", "%s shows\n%s\nwhich none of %s holds", page, b.text, shownIn[b.language])
			}
		}
	}
}

// flush takes the indentation out of a text.
func flush(text string) string {
	return regexp.MustCompile(`(?m)^[ \t]+`).ReplaceAllString(text, "")
}

// need skips the test where a program is not there, unless everything is required.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			missing(t, program+": install it, on Debian for example with apt-get install curl nodejs python3 util-linux iproute2 caddy")
		}
	}
}

// missing skips a test that needs something, or fails it where everything is required.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("SANDBOX_REQUIRE") == "all" {
		t.Fatal("this test needs " + what)
	}
	t.Skip("this test needs " + what)
}

// block is a piece of code in a document.
type block struct {
	language, text string
}

func codeBlocks(document string) []block {
	var all []block
	for _, found := range regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$").FindAllStringSubmatch(document, -1) {
		all = append(all, block{found[1], found[2]})
	}
	return all
}

// reader follows a page.
type reader struct {
	dir        string            // where the reader is
	base       string            // of the sandbox that runs now
	replicas   *strings.Replacer // of the addresses that a page gives to others that run beside it
	database   string            // which they share
	made       map[string]string // what the README's sandbox made up, and what this one did in its place
	documented string            // holds what no sandbox makes up
	ran        int
}

// goRun starts the sandbox of a command, on a free port and in memory, in the place of the one before.
func (r *reader) goRun(t *testing.T, command string, printed block) {
	t.Helper()
	r.ran++
	args := strings.Fields(command)[3:]
	if len(args) > 1 && store.IsURL(args[1]) {
		r.replica(t, args)
		return
	}
	for i, arg := range args {
		if file := filepath.Join(r.dir, arg); filepath.Ext(arg) != "" && !strings.Contains(arg, "=") {
			args[i] = file
		}
	}
	p := start(t, append(args, "--db=:memory:")...)
	r.base = p.url
	if printed.text != "" {
		assert.Equal(t, printed.text, strings.ReplaceAll(strings.Join(p.lines, "\n")+"\n", r.base, readmeBase))
	}
}

// replica starts a sandbox on a PostgreSQL, at once with those of the page before it. The first one takes the place of the
// sandbox before, and the others have an --addr.
func (r *reader) replica(t *testing.T, args []string) {
	t.Helper()
	if r.database == "" {
		r.database = postgrestest.Start(t).DB(t)
	}
	p := start(t, "--db="+r.database)
	if len(args) == 2 {
		r.base = p.url
		return
	}
	require.Equal(t, "--addr", args[2])
	r.replicas = strings.NewReplacer("http://"+args[3], p.url)
}

// start starts a sandbox for a page that has not, since it is read with one running.
func (r *reader) start(t *testing.T) {
	t.Helper()
	if r.base == "" {
		r.base = start(t, "--db=:memory:").url
	}
}

// example runs a command about the examples, as in a checkout. What it prints is its own.
func (r *reader) example(t *testing.T, command string) {
	t.Helper()
	r.ran++
	need(t, strings.Fields(command)[0])
	cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
	cmd.Dir, cmd.Env = projectRoot, append(os.Environ(), "SANDBOX_URL="+r.base, "no_proxy=127.0.0.1")
	output, err := cmd.CombinedOutput()
	assert.NoError(t, err, "%s\n%s", command, output)
}

// ask runs a command that asks the sandbox, by curl or by the program itself, and compares what it prints; without an
// answer below it, it prints nothing.
func (r *reader) ask(t *testing.T, asked, printed block) {
	t.Helper()
	r.ran++
	r.start(t)
	exe, err := os.Executable()
	require.NoError(t, err)
	command := strings.NewReplacer(readmeBase, r.base, "go run ./cmd/sandbox", exe).Replace(asked.text)
	if r.replicas != nil {
		command = r.replicas.Replace(command)
	}
	for theirs, ours := range r.made {
		command = strings.ReplaceAll(command, theirs, ours)
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
	cmd.Dir, cmd.Stderr = r.dir, &stderr
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + r.dir, "SANDBOX_TEST_MAIN=1", "SANDBOX_URL=" + r.base} // no proxy, and no .curlrc
	stdout, err := cmd.Output()
	require.NoError(t, err, "%s\n%s", command, stderr.String())
	answer := strings.ReplaceAll(string(stdout), "\r\n", "\n")

	switch printed.language {
	case "json":
		r.compare(t, printed.text, answer, command)
	case "http":
		wantHead, want, _ := strings.Cut(printed.text, "\n\n")
		head, body, _ := strings.Cut(answer, "\n\n")
		lines := strings.Split(head, "\n")
		for _, line := range strings.Split(wantHead, "\n") {
			assert.True(t, slices.ContainsFunc(lines, func(l string) bool { return r.same(line, l) }), "%s\nprints\n%s\nand not %s", command, head, line)
		}
		r.compare(t, want, body, command)
	case "text":
		if !r.same(printed.text, answer) {
			assert.Equal(t, printed.text, answer, command)
		}
	default:
		assert.Empty(t, answer, command)
	}
}

// compare fails unless two JSON texts say the same: in the same order, or, where the printed one has a member "…" for
// what it leaves out, with the printed members at least.
func (r *reader) compare(t *testing.T, printed, answer, command string) {
	t.Helper()
	if !strings.Contains(printed, `"…"`) {
		var want, got bytes.Buffer
		require.NoError(t, json.Compact(&want, []byte(printed)), printed)
		require.NoError(t, json.Compact(&got, []byte(answer)), answer)
		if !r.same(want.String(), got.String()) {
			assert.Equal(t, want.String(), got.String(), command)
		}
		return
	}
	var want, got map[string]any
	require.NoError(t, json.Unmarshal([]byte(printed), &want), printed)
	require.NoError(t, json.Unmarshal([]byte(answer), &got), answer)
	delete(want, "…")
	for name := range want {
		assert.Equal(t, want[name], got[name], "%s\n%s", command, name)
	}
}

// madeUp are the shapes of what a sandbox makes up: ids, CLABEs, times, and the ids of requests.
var madeUp = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9]{18}\b|\b2[0-9]{3}-[0-9T:.-]+Z|\b[0-9a-f]{8}-[0-9]+\b|\b[0-9]+h[0-9]+m[0-9]+\.[0-9]+s`)

// same says that two texts are the same but for what a sandbox makes up, which it notes.
func (r *reader) same(printed, answer string) bool {
	theirs, ours := madeUp.FindAllString(printed, -1), madeUp.FindAllString(answer, -1)
	if madeUp.ReplaceAllString(printed, "?") != madeUp.ReplaceAllString(answer, "?") {
		return false
	}
	for i := range theirs {
		if theirs[i] != ours[i] && (strings.Contains(r.documented, theirs[i]) || strings.Contains(r.documented, ours[i])) {
			return false
		}
		r.made[theirs[i]] = ours[i]
	}
	return true
}
