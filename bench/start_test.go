package bench

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// starts is how often each contestant starts: more than rounds, since a start is short.
const starts = 15

// From the start of the process to its first answer, and the memory that it has then, against the least that a server in
// Go does: on a database that does not exist, on one that does, and in memory.
func BenchmarkStart(b *testing.B) {
	folder := b.TempDir()
	program, bare := build(b, "../cmd/sandbox"), build(b, "./testdata/bare")
	on := func(db string) *exec.Cmd {
		return exec.CommandContext(b.Context(), program, "--addr=127.0.0.1:0", "--log-level=warn", "--db="+db)
	}
	contestants := []struct {
		name    string
		command func(round int) *exec.Cmd
	}{
		{"bare", func(int) *exec.Cmd { return exec.CommandContext(b.Context(), bare) }},
		{"fresh", func(round int) *exec.Cmd { return on(filepath.Join(folder, fmt.Sprint("fresh-", round))) }},
		{"existing", func(int) *exec.Cmd { return on(filepath.Join(folder, "existing")) }},
		{"memory", func(int) *exec.Cmd { return on(":memory:") }},
	}
	firstAnswer(b, on(filepath.Join(folder, "existing"))) // makes it
	took, resident := map[string][]float64{}, map[string][]float64{}
	for round := range starts {
		for _, c := range contestants {
			milliseconds, megabytes := firstAnswer(b, c.command(round))
			took[c.name] = append(took[c.name], milliseconds)
			resident[c.name] = append(resident[c.name], megabytes)
		}
	}
	median := func(all []float64) float64 { return slices.Sorted(slices.Values(all))[len(all)/2] }
	for _, c := range contestants {
		b.ReportMetric(median(took[c.name]), c.name+"-ms")
		b.ReportMetric(median(resident[c.name]), c.name+"-MB")
		if c.name != "bare" {
			b.ReportMetric(median(took[c.name])/median(took["bare"]), c.name+"/bare")
		}
	}
	b.ReportMetric(0, "ns/op") // says nothing here
}

// firstAnswer starts a server, sends it one request, and ends it.
func firstAnswer(b *testing.B, server *exec.Cmd) (milliseconds, megabytes float64) {
	b.Helper()
	begun := time.Now()
	r, err := http.NewRequestWithContext(b.Context(), "GET", "http://"+start(b, server)+"/cobrofacil/api/v1/clients/client-200", nil)
	require.NoError(b, err)
	r.Header.Set("Authorization", "Bearer sandbox-cobrofacil-token")
	r.Close = true
	answer, err := http.DefaultClient.Do(r)
	require.NoError(b, err)
	milliseconds = time.Since(begun).Seconds() * 1000
	require.NoError(b, answer.Body.Close())
	require.Equal(b, http.StatusOK, answer.StatusCode)

	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", server.Process.Pid))
	require.NoError(b, err, "resident memory is read where Linux has it")
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	_, err = fmt.Sscan(rest, &megabytes)
	require.NoError(b, err)
	require.NoError(b, server.Process.Kill())
	_ = server.Wait() // it says that it was killed
	return milliseconds, megabytes / 1024
}
