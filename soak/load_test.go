package soak

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hour is as many requests as 50 a second are in an hour, in the long version.
func hour() int { return pick(1_000, 180_000) }

// sample is what a program takes at one moment, and how fast it answered since the last one.
type sample struct {
	Heap, Goroutines, Files, Resident, Journal, Database, WAL float64
	Median, P99                                               time.Duration
}

// Requests to all APIs, while workspaces come, are reset and go: memory, goroutines, files, journal and database stay
// within bounds, and the last tenth is as fast as the first.
func TestLoadIsHeld(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("it reads what Linux tells of a process")
	}
	random := draw(t)
	path := filepath.Join(t.TempDir(), "sandbox.db")
	command := exec.Command(binary, "--addr=127.0.0.1:0", "--log-level=warn", "--limits=off", "--journal=100", "--max-workspaces=20", "--db="+path)
	command.Env = append(os.Environ(), "GODEBUG=gctrace=1")
	p := run(t, command)
	const tenths = 10
	var samples []sample
	for tenth := range tenths {
		took := load(t, p, random, tenth, hour()/tenths)
		slices.Sort(took)
		s := measure(t, p, path)
		s.Median, s.P99 = took[len(took)/2], took[len(took)*99/100]
		samples = append(samples, s)
	}
	var table strings.Builder
	table.WriteString("\n| tenth | live heap MiB | resident MiB | goroutines | files | journal MiB | database MiB | WAL MiB | median | 99% |\n|---|---|---|---|---|---|---|---|---|---|\n")
	const mib = 1 << 20
	for i, s := range samples {
		fmt.Fprintf(&table, "| %d | %.0f | %.0f | %.0f | %.0f | %.1f | %.1f | %.1f | %s | %s |\n", i+1, s.Heap, s.Resident/mib, s.Goroutines, s.Files, s.Journal/mib,
			s.Database/mib, s.WAL/mib, s.Median.Round(10*time.Microsecond), s.P99.Round(10*time.Microsecond))
	}
	first, last := samples[1], samples[tenths-1] // the first tenth fills journal and caches
	t.Logf("%d requests%sthe last tenth's median is %.2f of the second's", hour(), table.String(), float64(last.Median)/float64(first.Median))
	assert.Less(t, last.Heap-last.Journal/mib, 1.5*first.Heap+float64(pick(64, 16)), "the journal left out, which has a bound of its own")
	assert.Less(t, last.Goroutines, first.Goroutines+50)
	assert.Less(t, last.Files, first.Files+50)
	assert.LessOrEqual(t, last.Journal, float64(64*mib))
	assert.Less(t, last.Database, 2*first.Database+8*mib, "a workspace's pages are used again")
	for _, s := range samples {
		assert.LessOrEqual(t, s.WAL, float64(17*mib))
	}
	assertSound(t, path)
}

const loaders = 16

// load sends so many requests and returns how long each took. A worker's workspace goes after some, and another comes.
func load(t *testing.T, p *program, random *rand.Rand, tenth, requests int) []time.Duration {
	t.Helper()
	var sent atomic.Int64
	times := make([][]time.Duration, loaders)
	var all sync.WaitGroup
	for worker := range loaders {
		drawn := rand.New(rand.NewPCG(random.Uint64(), 0))
		all.Go(func() {
			for n := 0; sent.Load() < int64(requests); n++ {
				space := fmt.Sprintf("load-%d-%d-%d", tenth, worker, n)
				for i := range 100 {
					method, path, body := oneOf(drawn, i)
					begun := time.Now()
					status, answer, err := p.send(method, "/w/"+space+path, body)
					times[worker] = append(times[worker], time.Since(begun))
					sent.Add(1)
					if !assert.NoError(t, err) || !assert.Less(t, status, 500, "%s %s: %s", method, path, answer) {
						return
					}
				}
				control := "/_sandbox/workspaces/" + space
				for _, call := range []struct {
					status       int
					method, path string
				}{{204, "POST", "/reset"}, {204, "DELETE", ""}}[drawn.IntN(3):] { // or it stays until it is evicted
					status, answer, err := p.send(call.method, control+call.path, "")
					sent.Add(1)
					if !assert.NoError(t, err) || !assert.Equal(t, call.status, status, "%s %s: %s", call.method, control+call.path, answer) {
						return
					}
				}
			}
		})
	}
	all.Wait()
	return slices.Concat(times...)
}

// oneOf is one of the requests that tests send: half of them read.
func oneOf(random *rand.Rand, i int) (method, path, body string) {
	k := keepers[random.IntN(len(keepers))]
	keys := make([]string, k.batch)
	for j := range keys {
		keys[j] = k.name(0, i*k.batch+j)
	}
	switch random.IntN(6) {
	case 0:
		return "GET", "/cobrofacil/api/v1/clients/client-200", ""
	case 1:
		return "GET", "/complycube/v1/clients?pageSize=20", ""
	case 2:
		return "GET", "/apidev/v1/clients?limit=20", ""
	case 3:
		return k.wrong(keys[0])
	default:
		return k.write(keys, fmt.Sprintf("v%d@example.com", i), "")
	}
}

var liveHeap = regexp.MustCompile(`\d+->\d+->(\d+) MB`)

// measure asks the program, and the garbage collector's trace in its log for the heap that was live at the last collection.
func measure(t *testing.T, p *program, path string) (s sample) {
	t.Helper()
	metrics := string(p.must(t, 200, "GET", "/_sandbox/metrics", ""))
	for name, to := range map[string]*float64{
		"go_goroutines": &s.Goroutines, "process_open_fds": &s.Files, "process_resident_memory_bytes": &s.Resident, "sandbox_journal_bytes": &s.Journal,
	} {
		found := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindStringSubmatch(metrics)
		require.NotNil(t, found, name)
		value, err := strconv.ParseFloat(found[1], 64)
		require.NoError(t, err)
		*to = value
	}
	collected := liveHeap.FindAllStringSubmatch(p.log.String(), -1)
	require.NotEmpty(t, collected, "no garbage was collected")
	s.Heap, _ = strconv.ParseFloat(collected[len(collected)-1][1], 64)
	for suffix, to := range map[string]*float64{"": &s.Database, "-wal": &s.WAL} {
		file, err := os.Stat(path + suffix)
		require.NoError(t, err)
		*to = float64(file.Size())
	}
	return s
}
