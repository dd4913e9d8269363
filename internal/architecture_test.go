// Package internal_test holds the code to its architecture: which package may import which, and who may know a partner.
package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	module = "github.com/seed-0f456478/sandbox"
	root   = ".."
)

// api is what an emulated API may import: the kernel, and never another API.
var api = []string{"internal/clock", "internal/fidelity", "internal/gate", "internal/ids", "internal/store", "internal/web", "internal/workspace"}

// imports lists every package, highest first, with those of this module that it may import. An arrow points to a package
// further down, so there are no cycles. ARCHITECTURE.md has it as a picture: change both.
var imports = []struct {
	pkg string
	may []string
}{
	{"cmd/sandbox", []string{"internal/app", "internal/clock", "internal/control", "internal/control/client", "internal/fidelity", "internal/gate", "internal/localca", "internal/store", "internal/workspace"}},
	{"sandboxtest", []string{"internal/app", "internal/control", "internal/control/client", "internal/gate", "internal/nearest", "internal/workspace"}},
	{"internal/app/apptest", []string{"internal/app", "internal/gate", "internal/store", "internal/store/storetest"}},
	{"internal/app", []string{"fixtures", "internal/apidev", "internal/cobrofacil", "internal/complycube", "internal/console", "internal/control", "internal/gate", "internal/kobra", "internal/localca", "internal/store", "internal/subclients", "internal/workspace"}},
	{"internal/console", []string{"internal/control", "internal/control/client", "internal/fidelity", "internal/gate", "internal/workspace"}},
	{"internal/control/client", []string{"internal/control", "internal/gate", "internal/workspace"}},
	{"internal/cobrofacil", api},
	{"internal/subclients", api},
	{"internal/complycube", api},
	{"internal/kobra", api},
	{"internal/apidev", api},
	{"internal/control", []string{"internal/clock", "internal/fidelity", "internal/gate", "internal/nearest", "internal/store", "internal/web", "internal/workspace"}},
	{"internal/gate", []string{"internal/fidelity", "internal/nearest", "internal/store", "internal/web", "internal/workspace"}},
	{"internal/workspace", []string{"internal/clock", "internal/ids", "internal/nearest", "internal/store"}},
	{"internal/store/storetest", []string{"internal/store", "migrations"}},
	{"internal/store", []string{"migrations"}},
	{"internal/fidelity/fidelitytest", []string{"internal/fidelity", "internal/golden"}},
	{"internal/fidelity", nil},
	{"bench", nil},
	{"internal/browsertest", nil},
	{"internal/golden", nil},
	{"internal/postgrestest", nil},
	{"internal/localca", nil},
	{"internal/nearest", nil},
	{"internal/web", nil},
	{"internal/clock", nil},
	{"internal/ids", nil},
	{"fixtures", nil},
	{"migrations", nil},
}

// forTests are the packages that only tests may import, and that alone may import "testing".
var forTests = []string{"internal/app/apptest", "internal/browsertest", "internal/fidelity/fidelitytest", "internal/golden", "internal/postgrestest", "internal/store/storetest"}

// The kernel serves every partner alike, so its code has none of their names. Comments may give examples.
var (
	kernel   = []string{"internal/gate", "internal/workspace", "internal/store", "internal/web", "internal/clock", "internal/ids", "internal/localca"}
	partners = []string{"cobrofacil", "cobrofácil", "subclients", "nueve09", "complycube", "kobra", "geotareas", "apidev"}
)

func TestImportsRunDownwards(t *testing.T) {
	t.Parallel()
	may, height := map[string][]string{}, map[string]int{}
	for i, row := range imports {
		may[row.pkg], height[row.pkg] = row.may, i
	}
	used := map[string]map[string]bool{}
	for pkg, files := range packages(t) {
		allowed, known := may[pkg]
		if !assert.True(t, known, "package %s is missing here and in ARCHITECTURE.md: add it where it belongs", pkg) {
			continue
		}
		used[pkg] = map[string]bool{}
		for name, file := range files {
			for _, imported := range file.Imports {
				full, err := strconv.Unquote(imported.Path.Value)
				require.NoError(t, err)
				to, ours := strings.CutPrefix(full, module+"/")
				if !ours {
					assert.True(t, full != "testing" || slices.Contains(forTests, pkg), "%s imports testing", name)
					continue
				}
				used[pkg][to] = true
				assert.Contains(t, allowed, to, "%s imports %s, which is no arrow of the architecture", name, to)
			}
		}
	}
	for _, row := range imports {
		if !assert.Contains(t, used, row.pkg, "the package is gone: take it out here and in ARCHITECTURE.md") {
			continue
		}
		for _, to := range row.may {
			assert.Greater(t, height[to], height[row.pkg], "%s imports %s: upwards", row.pkg, to)
			assert.True(t, !slices.Contains(forTests, to) || slices.Contains(forTests, row.pkg), "%s imports %s, which is for tests", row.pkg, to)
			if !slices.Equal(row.may, api) {
				assert.True(t, used[row.pkg][to], "%s does not import %s any more: take the arrow out here and in ARCHITECTURE.md", row.pkg, to)
			}
		}
	}
}

func TestKernelKnowsNoPartner(t *testing.T) {
	t.Parallel()
	all := packages(t)
	for _, pkg := range kernel {
		require.NotEmpty(t, all[pkg], pkg)
		for name, file := range all[pkg] {
			ast.Inspect(file, func(n ast.Node) bool {
				text := ""
				switch n := n.(type) {
				case *ast.Ident:
					text = n.Name
				case *ast.BasicLit:
					text = n.Value
				}
				for _, partner := range partners {
					assert.NotContains(t, strings.ToLower(text), partner, name)
				}
				return true
			})
		}
	}
}

// Whoever adds a package draws it too.
func TestArchitectureNamesEveryPackage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "ARCHITECTURE.md"))
	require.NoError(t, err)
	for _, row := range imports {
		assert.Contains(t, string(text), "`"+row.pkg+"`")
	}
}

// packages parses the module's Go files, without its tests: by the package's folder, then by the file's path.
func packages(t *testing.T) map[string]map[string]*ast.File {
	t.Helper()
	all := map[string]map[string]*ast.File{}
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if file != root && isApart(t, file, entry.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		name, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		pkg := path.Dir(name)
		if all[pkg] == nil {
			all[pkg] = map[string]*ast.File{}
		}
		all[pkg][name] = parsed
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all
}

// isApart says that a folder is none of this module: the go command passes over it, or it is a module of its own.
func isApart(t *testing.T, folder, name string) bool {
	t.Helper()
	if name[0] == '.' || name[0] == '_' || name == "testdata" || name == "node_modules" {
		return true
	}
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return err == nil
}
