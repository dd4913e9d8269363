package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"os"
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

// The README and the tour show the partner's examples as the partner's page prints them.
func TestDocumentedExamplesAreShown(t *testing.T) {
	t.Parallel()
	shown := readFile(t, "README.md") + readFile(t, "docs/tour.md")
	for name, format := range map[string]string{"create_request.json": "-d '%s'\n", "update_request.json": "-d '%s'\n", "answer.json": "```json\n%s\n```"} {
		example := strings.TrimSpace(readFile(t, "internal/cobrofacil/testdata/documented/"+name))
		assert.Contains(t, shown, fmt.Sprintf(format, example), name)
	}
}

// What the documents send their reader to in a browser is there.
func TestBrowsersPages(t *testing.T) {
	t.Parallel()
	p := start(t, "--db=:memory:")
	found := 0
	for _, document := range pages(t) {
		for _, address := range regexp.MustCompile("[<(]"+readmeBase+"(/[^>)]*)[>)]").FindAllStringSubmatch(readFile(t, document), -1) {
			found++
			response, err := http.Get(p.url + address[1])
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			assert.Equal(t, http.StatusOK, response.StatusCode, "%s: %s", document, address[1])
		}
	}
	assert.Greater(t, found, 5)
}

// The table of flags is made from the program's own; go test -update writes it.
func TestFlagsPage(t *testing.T) {
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
	page := readFile(t, "docs/flags.md")
	rows := regexp.MustCompile(`(\| Flag .*\n\|---.*\n)((?:\|.*\n)*)`)
	require.Regexp(t, rows, page)
	golden.Equal(t, filepath.Join(projectRoot, "docs/flags.md"), rows.ReplaceAllString(page, "${1}"+strings.ReplaceAll(table.String(), "$", "$$")))
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

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(projectRoot, name))
	require.NoError(t, err)
	return string(text)
}
