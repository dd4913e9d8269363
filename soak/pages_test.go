package soak

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every test that the pages on security and reliability name is there.
func TestPagesNameTests(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/security.md")
	require.NoError(t, err)
	further, err := os.ReadFile("../docs/reliability.md")
	require.NoError(t, err)
	page = append(page, further...)
	tests := sources(t, func(path string) bool { return strings.HasSuffix(path, "_test.go") })
	named := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z]+)`").FindAllStringSubmatch(string(page), -1)
	assert.Greater(t, len(named), 30)
	for _, name := range named {
		assert.Contains(t, tests, "\nfunc "+name[1]+"(", "the page names a test that is gone")
	}
}

// All regular expressions are texts of the sandbox's own.
func TestPatternsAreOurOwn(t *testing.T) {
	t.Parallel()
	ours := sources(t, func(path string) bool {
		return strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") && !strings.HasPrefix(path, "tools/") &&
			path != "internal/web/pattern.go" // whose callers are looked at
	})
	made := regexp.MustCompile(`(?:regexp\.(?:Must)?Compile(?:POSIX)?|web\.Pattern)\((?:fmt\.Sprintf\()?(.)`).FindAllStringSubmatch(ours, -1)
	assert.NotEmpty(t, made)
	for _, m := range made {
		assert.Contains(t, "`\"", m[1], "%s… compiles what is no constant", m[0])
	}
}

// sources is the text of some of the project's files.
func sources(t *testing.T, which func(path string) bool) string {
	t.Helper()
	var all strings.Builder
	root := os.DirFS("..")
	require.NoError(t, fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git"):
			return fs.SkipDir
		case d.IsDir() || !which(path):
			return nil
		}
		text, err := fs.ReadFile(root, path)
		all.Write(text)
		return err
	}))
	return all.String()
}
