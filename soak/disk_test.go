package soak

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// disk is where a database lies that cannot grow beyond some megabytes.
type disk struct {
	program *program
	folder  string // as the test sees it
	kind    string
	says    string             // why nothing can be written
	free    func(t *testing.T) // makes room
}

// smallDisk starts the program on a small disk of its own: a tmpfs in a namespace that ends with it or, on a machine that
// does not let everybody mount, files whose size is limited.
func smallDisk(t *testing.T, megabytes int) disk {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("a small disk is made as Linux does it")
	}
	folder := t.TempDir()
	args := []string{binary, "--addr=127.0.0.1:0", "--log-level=warn", "--limits=off", "--db=" + folder + "/sandbox.db"}
	mount := fmt.Sprintf(`mount -t tmpfs -o size=%dm none %q`, megabytes, folder)
	if exec.Command("unshare", "-rm", "sh", "-c", mount).Run() == nil {
		p := run(t, exec.Command("unshare", append([]string{"-rm", "sh", "-c", mount + ` && exec "$@"`, "sh"}, args...)...))
		inside := fmt.Sprintf("/proc/%d/root%s", p.Process.Pid, folder)
		require.NoError(t, os.WriteFile(inside+"/ballast", make([]byte, 1<<20), 0o600))
		return disk{p, inside, "tmpfs", "make room on it", func(t *testing.T) {
			t.Helper()
			require.NoError(t, exec.Command("nsenter", "-U", "--preserve-credentials", "-m", "-t", fmt.Sprint(p.Process.Pid),
				"mount", "-o", "remount,size=64m", folder).Run())
			require.NoError(t, os.Remove(inside+"/ballast"))
		}}
	}
	p := run(t, exec.Command("prlimit", append([]string{fmt.Sprintf("--fsize=%d:unlimited", megabytes<<20*3/8)}, args...)...))
	return disk{p, folder, "limited files", "disk or file fails", func(t *testing.T) {
		t.Helper()
		require.NoError(t, exec.Command("prlimit", fmt.Sprintf("--pid=%d", p.Process.Pid), "--fsize=unlimited:").Run())
	}}
}

// internalErrors are the partners' own answers when something went wrong at theirs.
var internalErrors = map[string]string{
	"cobrofacil": `{"message":"Server Error","exception_code":0}`,
	"subclients": `{"success":false,"code":500,"message":"Internal server error","data":null}`,
	"complycube": `{"type":"internal_server_error","message":"An error has occurred, try your request again. If you still keep getting this error, please get in touch with Support."}`,
	"kobra":      `{"data":null,"error":{"type":"InternalError","message":"Something went wrong."}}`,
	"apidev":     `{"success":false,"data":null,"error":{"code":"INTERNAL_ERROR","message":"Internal server error."}}`,
}

// A full disk: the partners' internal errors, reads go on, nothing is corrupt, and writes go on without a restart once
// there is room.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	d := smallDisk(t, 8)
	p := d.program
	all, written := newBooks(), 0
	for full := false; !full; written++ { // whole states, until one does not fit
		status, answer, err := p.send("POST", "/_sandbox/workspaces", fmt.Sprintf(`{"name":"filler-%d"}`, written))
		require.NoError(t, err)
		if full = status != 201; full {
			assert.Equal(t, 503, status, "%s", answer)
			assert.Contains(t, string(answer), d.says)
		}
	}
	before := map[string]int{}
	for name, collections := range p.export(t, "default") {
		for collection, records := range collections {
			before[name+"."+collection] = len(records)
		}
	}
	failed := 0
	for _, b := range all { // until no room is left for anything
		for n := 0; ; n++ {
			keys := make([]string, b.batch)
			for i := range keys {
				keys[i] = b.name(90, n*b.batch+i)
			}
			value := b.next()
			method, path, body := b.keeper.write(keys, value, "")
			status, answer, err := p.send(method, path, body)
			require.NoError(t, err)
			if status == 500 {
				assert.Equal(t, internalErrors[b.api], string(answer))
				failed++
				break
			}
			require.Contains(t, []int{200, 201}, status, "%s", answer)
			for _, key := range keys {
				b.values[key] = value
			}
			require.Less(t, n, 100_000, "the disk does not get full")
		}
	}
	assert.Equal(t, len(all), failed)
	assert.Contains(t, p.log.String(), d.says)
	require.Eventually(t, func() bool { // the smallest write, with which it tries, may fit in still
		p.must(t, 503, "POST", "/_sandbox/workspaces", `{"name":"filler-late"}`)
		status, answer, err := p.send("GET", "/_sandbox/readyz", "")
		return err == nil && status == 503 && assert.Contains(t, string(answer), d.says)
	}, time.Minute, time.Millisecond)
	p.must(t, 503, "POST", "/_sandbox/workspaces/default/reset", "")
	p.must(t, 503, "PUT", "/_sandbox/workspaces/default/fixture", (&states{}).fixture("Late"))
	p.must(t, 200, "GET", "/_sandbox/healthz", "")

	p.must(t, 200, "GET", "/cobrofacil/api/v1/clients/client-200", "")
	p.must(t, 200, "GET", "/complycube/v1/clients?pageSize=2", "")
	p.must(t, 200, "GET", "/apidev/v1/clients?limit=2", "")
	compareAll(t, p, all)
	assertSound(t, filepath.Join(d.folder, "sandbox.db"))

	d.free(t)
	p.must(t, 200, "GET", "/_sandbox/readyz", "")
	for _, b := range all {
		keys := make([]string, b.batch)
		for i := range keys {
			keys[i] = b.name(91, i)
		}
		value := b.next()
		method, path, body := b.keeper.write(keys, value, "")
		status, answer, err := p.send(method, path, body)
		require.NoError(t, err)
		require.Contains(t, []int{200, 201}, status, "%s", answer)
		for _, key := range keys {
			b.values[key] = value
		}
	}
	p.must(t, 201, "POST", "/_sandbox/workspaces", `{"name":"filler-late"}`)
	compareAll(t, p, all)
	assertSound(t, filepath.Join(d.folder, "sandbox.db"))
	t.Logf("%s of 8 MiB: full after %d workspaces, %d internal errors in the log, recovered without a restart", d.kind, written, strings.Count(p.log.String(), "request failed"))
}
