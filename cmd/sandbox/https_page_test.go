package main

import (
	"bytes"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The page about HTTPS is followed from its beginning to its end, and what it prints is what comes.
func TestHTTPSPage(t *testing.T) {
	t.Parallel()
	for _, c := range callers {
		need(t, c.program)
	}
	dir := t.TempDir()
	exe, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(exe, filepath.Join(dir, "sandbox")))
	blocks := codeBlocks(readFile(t, "docs/https.md"))
	require.Equal(t, "sandbox --tls-addr 127.0.0.1:8443\n", blocks[0].text)
	p, address, _ := startHTTPS(t, "--db="+filepath.Join(dir, "sandbox.db"))
	_, port, _ := strings.Cut(address, ":")
	plain, err := url.Parse(p.url)
	require.NoError(t, err)
	here := strings.NewReplacer("127.0.0.1:8080", plain.Host, "8443", port)
	assert.Equal(t, here.Replace(blocks[1].text), strings.Join(p.lines, "\n")+"\n")

	ran := 0
	for i, b := range blocks[2:] {
		if b.language != "sh" {
			continue
		}
		ran++
		var stderr bytes.Buffer
		c := exec.CommandContext(t.Context(), "sh", "-c", here.Replace(b.text))
		c.Dir, c.Stderr = dir, &stderr
		c.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "HOME=" + dir, "SANDBOX_TEST_MAIN=1"}
		out, err := c.Output()
		require.NoError(t, err, "%s%s", b.text, stderr.String())
		switch printed := blocks[i+3]; printed.language {
		case "json":
			assert.JSONEq(t, printed.text, string(out), b.text)
		case "text":
			assert.Equal(t, printed.text, string(out), b.text)
		default:
			assert.Empty(t, string(out), b.text)
		}
	}
	assert.Equal(t, 6, ran)
	_, java, _ := strings.Cut(howToTrust, "Java     ")
	assert.Contains(t, readFile(t, "docs/https.md"), strings.ReplaceAll(java, "\n         ", "\n"), "as the program says it")
}
