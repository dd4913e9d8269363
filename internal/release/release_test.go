// Package release_test builds a release as `make release` does, of one platform, and twice.
package release_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// root is the project's folder.
const root = "../.."

// source is what the program is built from, and the script.
var source = []string{".ci/release", "go.mod", "go.sum", "cmd", "internal", "fixtures", "migrations"}

// checkout makes a repository of the project's files, whose last commit has a tag.
func checkout(t *testing.T) (folder string) {
	t.Helper()
	folder = t.TempDir()
	run(t, root, "sh", append([]string{"-c", `tar --exclude=node_modules -cf - "$@" | tar -xf - -C "$0"`, folder}, source...)...)
	require.NoError(t, os.WriteFile(filepath.Join(folder, ".gitignore"), []byte("/dist/\n"), 0o600))
	git := []string{"-c", "user.name=Nobody", "-c", "user.email=nobody@example.com", "-c", "commit.gpgsign=false"}
	for _, line := range []string{"init -q", "add .", "commit -q -m All", "tag v1.2.3"} {
		run(t, folder, "git", append(git, strings.Fields(line)...)...)
	}
	return folder
}

// run runs a command in a folder. It sees no settings of git's but the repository's own, and the same time in each.
func run(t *testing.T, folder, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_DATE=2026-01-02T03:04:05Z", "GIT_COMMITTER_DATE=2026-01-02T03:04:05Z")
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %v\n%s", name, args, output)
	return string(output)
}

// need skips the test where a program is missing, unless everything is required.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err == nil {
			continue
		}
		if os.Getenv("SANDBOX_REQUIRE") == "all" {
			t.Fatalf("this test needs %s (the Debian package of that name)", program)
		}
		t.Skipf("this test needs %s (the Debian package of that name)", program)
	}
}

// Two checkouts of a commit give the same binary, which knows its tag and its commit, and its checksum beside it.
func TestRelease(t *testing.T) {
	t.Parallel()
	need(t, "bash", "git", "tar", "sha256sum")
	name := "sandbox_v1.2.3_" + runtime.GOOS + "_" + runtime.GOARCH
	var sums []string
	var commit string
	for range 2 {
		folder := checkout(t)
		assert.Equal(t, name+"\n", run(t, folder, ".ci/release", runtime.GOOS+"/"+runtime.GOARCH))
		commit = strings.TrimSpace(run(t, folder, "git", "rev-parse", "HEAD"))
		built := filepath.Join(folder, "dist", name)
		content, err := os.ReadFile(built)
		require.NoError(t, err)
		assert.NotContains(t, string(content), folder, "a path of the machine")
		sum := sha256.Sum256(content)
		sums = append(sums, hex.EncodeToString(sum[:]))
		listed, err := os.ReadFile(filepath.Join(folder, "dist", "SHA256SUMS"))
		require.NoError(t, err)
		assert.Equal(t, sums[0]+"  "+name+"\n", string(listed))
		assert.Equal(t, "sandbox v1.2.3 "+commit+" "+runtime.Version()+"\n", run(t, folder, built, "version"))
	}
	assert.Equal(t, sums[0], sums[1], "two builds of one commit")
}

func TestReleaseRefusesAVersionThatIsNone(t *testing.T) {
	t.Parallel()
	need(t, "bash")
	cmd := exec.CommandContext(t.Context(), filepath.Join(root, ".ci/release"))
	cmd.Env = append(os.Environ(), "VERSION=../v1")
	output, err := cmd.CombinedOutput()
	require.Error(t, err)
	assert.Contains(t, string(output), `"../v1"`)
	assert.Contains(t, string(output), "Set VERSION")
}

// Every package that the program is made of is there for every platform: a driver of a database may not be.
func TestReleasePlatforms(t *testing.T) {
	t.Parallel()
	for _, system := range []string{"linux", "darwin", "windows"} {
		for _, architecture := range []string{"amd64", "arm64"} {
			cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "./cmd/sandbox")
			cmd.Dir = root
			cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH="+architecture, "CGO_ENABLED=0", "GOFLAGS=")
			output, err := cmd.CombinedOutput()
			assert.NoError(t, err, "%s/%s\n%s", system, architecture, output)
		}
	}
}
