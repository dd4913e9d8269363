package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/golden"
)

const (
	projectRoot = "../.."
	// readmeBase is where the README's sandbox listens.
	readmeBase = "http://127.0.0.1:8080"
)

// The README is read as its reader reads it: its commands run one after the other, and answer what is printed below them.
func TestREADME(t *testing.T) {
	t.Parallel()
	needCurl(t)
	r := &reader{dir: t.TempDir(), made: map[string]string{}, documented: readFile(t, "internal/cobrofacil/testdata/documented/answer.json")}
	blocks := codeBlocks(readFile(t, "README.md"))
	for i, b := range blocks {
		if b.language != "sh" {
			continue
		}
		printed := block{}
		if i+1 < len(blocks) && blocks[i+1].language != "sh" {
			printed = blocks[i+1]
		}
		command, _, _ := strings.Cut(b.text, " ")
		switch {
		case strings.HasPrefix(b.text, "go run ./cmd/sandbox\n"), strings.HasPrefix(b.text, "go run ./cmd/sandbox --"):
			r.goRun(t, b.text, printed)
		case command == "curl", strings.HasPrefix(b.text, "go run ./cmd/sandbox "):
			r.ask(t, b, printed)
		default: // go test would begin here again, and docker needs an engine
			assert.Contains(t, []string{"go test ./...", "docker compose up --build"}, strings.TrimSpace(b.text))
		}
	}
	assert.Greater(t, r.ran, 8, "commands")
}

// The README shows the partner's examples as the partner's page prints them.
func TestREADMEShowsTheDocumentedExamples(t *testing.T) {
	t.Parallel()
	readme := readFile(t, "README.md")
	for name, format := range map[string]string{"create_request.json": "-d '%s'\n", "update_request.json": "-d '%s'\n", "answer.json": "```json\n%s\n```"} {
		example := strings.TrimSpace(readFile(t, "internal/cobrofacil/testdata/documented/"+name))
		assert.Contains(t, readme, fmt.Sprintf(format, example), name)
	}
}

// The pages that the README sends its reader to in a browser are there.
func TestREADMEPages(t *testing.T) {
	t.Parallel()
	p := start(t, "--db=:memory:")
	pages := regexp.MustCompile("<"+readmeBase+"([^>]*)>").FindAllStringSubmatch(readFile(t, "README.md"), -1)
	require.NotEmpty(t, pages)
	for _, page := range pages {
		response, err := http.Get(p.url + page[1])
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, http.StatusOK, response.StatusCode, page[1])
	}
}

// The README's table of flags is made from the program's own; go test -update writes it.
func TestREADMEFlags(t *testing.T) {
	t.Parallel()
	var help bytes.Buffer
	require.Equal(t, exitOK, run(t.Context(), []string{"serve", "--help"}, &help, &help))
	var table strings.Builder
	for _, flag := range serveFlags(t) {
		variable, value := "", ""
		if len(flag.Envs) > 0 {
			variable = "`" + flag.Envs[0] + "`"
			assert.Contains(t, help.String(), "($"+flag.Envs[0]+")", "the program reads it")
		}
		if flag.HasDefault {
			value = "`" + flag.Default + "`"
		}
		fmt.Fprintf(&table, "| `--%s` | %s | %s | %s |\n", flag.Name, variable, value, strings.ReplaceAll(flag.Help, "|", `\|`))
	}
	readme := readFile(t, "README.md")
	rows := regexp.MustCompile(`(\| Flag .*\n\|---.*\n)((?:\|.*\n)*)`)
	require.Regexp(t, rows, readme)
	golden.Equal(t, filepath.Join(projectRoot, "README.md"), rows.ReplaceAllString(readme, "${1}"+strings.ReplaceAll(table.String(), "$", "$$")))
}

func serveFlags(t *testing.T) []*kong.Flag {
	t.Helper()
	parser, err := kong.New(&cli{}, kong.DefaultEnvars("SANDBOX"))
	require.NoError(t, err)
	at := slices.IndexFunc(parser.Model.Children, func(n *kong.Node) bool { return n.Name == "serve" })
	require.GreaterOrEqual(t, at, 0)
	return slices.DeleteFunc(slices.Clone(parser.Model.Children[at].Flags), func(f *kong.Flag) bool { return f.Hidden })
}

// What the documents link to, in the project and in themselves, is there.
func TestLinks(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	documents := 0
	err := filepath.WalkDir(projectRoot, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := entry.Name(); entry.IsDir() && name != ".." && (name[0] == '.' || name == "node_modules") {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		documents++
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, found := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			target, anchor, _ := strings.Cut(found[1], "#")
			linked := path
			if target != "" {
				linked = filepath.Join(filepath.Dir(path), filepath.FromSlash(target))
			}
			content, err := os.ReadFile(linked)
			if info, failed := os.Stat(linked); failed == nil && info.IsDir() {
				continue
			}
			if assert.NoError(t, err, "%s links to %s", path, found[1]) && anchor != "" {
				assert.Contains(t, anchors(string(content)), anchor, "%s links to %s", path, found[1])
			}
		}
		return nil
	})
	require.NoError(t, err)
	assert.GreaterOrEqual(t, documents, 4)
}

// anchors are the names under which a document's headings can be linked to.
func anchors(document string) []string {
	var all []string
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(document, -1) {
		name := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		all = append(all, strings.ReplaceAll(name, " ", "-"))
	}
	return all
}

// needCurl skips the test where it cannot run, unless everything is required.
func needCurl(t *testing.T) {
	t.Helper()
	for _, program := range []string{"curl", "sh"} {
		if _, err := exec.LookPath(program); err == nil {
			continue
		}
		if os.Getenv("SANDBOX_REQUIRE") == "all" {
			t.Fatal("this test needs " + program)
		}
		t.Skip("this test needs " + program)
	}
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

// reader follows the README.
type reader struct {
	dir        string            // where the reader is
	base       string            // of the sandbox that runs now
	made       map[string]string // what the README's sandbox made up, and what this one did in its place
	documented string            // holds what no sandbox makes up
	ran        int
}

// goRun starts the sandbox of a command, on a free port and in memory, in the place of the one before.
func (r *reader) goRun(t *testing.T, command string, printed block) {
	t.Helper()
	r.ran++
	args := strings.Fields(command)[3:]
	for i, arg := range args {
		if file := filepath.Join(r.dir, arg); filepath.Ext(arg) != "" {
			args[i] = file
		}
	}
	p := start(t, append(args, "--db=:memory:")...)
	r.base = p.url
	if printed.text != "" {
		assert.Equal(t, printed.text, strings.ReplaceAll(strings.Join(p.lines, "\n")+"\n", r.base, readmeBase))
	}
}

// ask runs a command that asks the sandbox, by curl or by the program itself, and compares what it prints; without an
// answer below it, it prints nothing.
func (r *reader) ask(t *testing.T, asked, printed block) {
	t.Helper()
	r.ran++
	exe, err := os.Executable()
	require.NoError(t, err)
	command := strings.NewReplacer(readmeBase, r.base, "go run ./cmd/sandbox", exe).Replace(asked.text)
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

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(projectRoot, name))
	require.NoError(t, err)
	return string(text)
}
