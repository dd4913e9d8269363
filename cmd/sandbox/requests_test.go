package main

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Answers are printed while the program runs, and Ctrl-C ends it as a success.
func TestFollow(t *testing.T) {
	t.Parallel()
	p := start(t, "--db=:memory:")
	for args, want := range map[string]string{
		"requests --follow status:404":           `^[0-9a-f]{8}-[0-9]+ +2[0-9T:-]+Z  404      cobrofacil.getClient        GET     /cobrofacil/api/v1/clients/none  .+`,
		"requests --follow state:arrived":        `^[0-9a-f]{8}-[0-9]+ +2[0-9T:-]+Z  arrived  cobrofacil.getClient        GET     /cobrofacil/api/v1/clients/none$`,
		"requests --follow --json":               `^\{"id":"[0-9a-f]{8}-[0-9]+","sequence":[0-9]+,"state":"answered".*\}$`,
		"requests -f clients/none --workspace w": "/w/w/cobrofacil",
	} {
		c := command(t.Context(), t, strings.Fields(args)...)
		c.Env = append(c.Env, "SANDBOX_URL="+p.url)
		out, err := c.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, c.Start())
		line := make(chan string, 1)
		go func() {
			text, _ := bufio.NewReader(out).ReadString('\n')
			line <- strings.TrimSuffix(text, "\n")
		}()
		path := "/cobrofacil/api/v1/clients/none"
		if strings.HasSuffix(args, "--workspace w") {
			path = "/w/w" + path
		}
		got := ""
		require.Eventually(t, func() bool { // until it listens
			_, _, err := p.do(t, "GET", path, "")
			require.NoError(t, err)
			select {
			case got = <-line:
				return true
			default:
				return false
			}
		}, 20*time.Second, 10*time.Millisecond)
		assert.Regexp(t, want, got)
		require.NoError(t, c.Process.Signal(syscall.SIGINT))
		assert.NoError(t, c.Wait(), args)
	}
}

func TestRequestFiles(t *testing.T) {
	t.Parallel()
	p := start(t, "--db=:memory:")
	for _, id := range []string{"client-200", "none"} {
		_, _, err := p.do(t, "GET", "/cobrofacil/api/v1/clients/"+id, "")
		require.NoError(t, err)
	}
	file := filepath.Join(t.TempDir(), "run.har")
	require.Equal(t, outcome{}, p.tell(t, "", "requests", "--har="+file, "status:404"))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var archive struct {
		Log struct {
			Entries []struct{ Request struct{ URL string } }
		}
	}
	require.NoError(t, json.Unmarshal(text, &archive))
	require.Len(t, archive.Log.Entries, 1)
	assert.True(t, strings.HasSuffix(archive.Log.Entries[0].Request.URL, "/none"))
	assert.Equal(t, outcome{out: string(text)}, p.tell(t, "", "requests", "--har=-", "status:404"))
}
