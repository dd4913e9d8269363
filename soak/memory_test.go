package soak

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mostMemory is what the program may take while it is flooded, in MiB. Its collector gets busy at 512.
const mostMemory = 768

// Bodies made to cost memory, several at once: they wait in line, and the program stays within its bounds and answers
// small requests meanwhile.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("it reads what Linux tells of a process")
	}
	const size = 32 << 20
	at := pick(3, 8)
	table := "\n| flood | at once | bytes each | answer | peak MiB |\n|---|---|---|---|---|\n"
	type flood struct {
		name, method, path, body string
		status                   int
	}
	floods := []flood{
		{"fixture, as many values as it may have", "PUT", "/_sandbox/workspaces/flood/fixture", repeat(`{"cobrofacil":{"clients":[`, `1,`, 4<<20, `1]}}`), 422},
		{"fixture, more values than that", "PUT", "/_sandbox/workspaces/flood/fixture", repeat(`{"cobrofacil":{"clients":[`, `1,`, size/2, `1]}}`), 422},
	}
	if *long {
		floods = append(floods, []flood{
			{"Kobra, members of many names", "POST", "/kobra/api/import", members(`{"importTypeID":1,"accounts":[{`, size, `"z":1}]}`), 400},
			{"Kobra, empty accounts", "POST", "/kobra/api/import", repeat(`{"importTypeID":1,"accounts":[`, `{},`, size, `{}]}`), 400},
			{"Kobra, one long text", "POST", "/kobra/api/import", repeat(`{"importTypeID":1,"accounts":[{"externalID":"`, `x`, size, `"}]}`), 400},
			{"Kobra, 10,000 accounts", "POST", "/w/flood/kobra/api/import", accounts(manyKeys(10_000), strings.Repeat("x", 30)), 200},
			{"fixture in YAML, as many values as it may have", "PUT", "/_sandbox/workspaces/flood/fixture", repeat(`cobrofacil: {clients: [{`, `a,`, 2<<20, `a}]}`), 422},
			{"fixture in YAML, more values than that", "PUT", "/_sandbox/workspaces/flood/fixture", repeat(`cobrofacil: {clients: [{`, `a,`, 2*size, `a}]}`), 422},
			{"creation with such a fixture", "POST", "/_sandbox/workspaces", repeat(`{"fixture":{"cobrofacil":{"clients":[`, `1,`, 8<<20, `1]}}}`), 422},
		}...)
	}
	for _, flood := range floods {
		p := start(t, "--db=:memory:", "--tls-addr=127.0.0.1:0")
		p.overTLS(t) // HTTP/2, so that all come on one connection
		var all sync.WaitGroup
		for range at {
			all.Go(func() {
				status, answer, err := p.send(flood.method, flood.path, flood.body)
				assert.NoError(t, err, flood.name)
				assert.Equal(t, flood.status, status, "%s: %.300s", flood.name, answer)
			})
		}
		all.Go(func() {
			for n := range 20 {
				status, answer, err := p.send("POST", "/cobrofacil/api/v1/clients", fmt.Sprintf(`{"first_name":"Eva","last_name":"Sosa","phone_number":"+526640000000","external_reference":"small-%d"}`, n))
				assert.NoError(t, err)
				assert.Equal(t, 201, status, "%s", answer)
			}
		})
		all.Wait()
		peak := peakMemory(t, p)
		assert.Less(t, peak, mostMemory, flood.name)
		table += fmt.Sprintf("| %s | %d | %d | %d | %d |\n", flood.name, at, len(flood.body), flood.status, peak)
		p.kill()
	}
	t.Log(table)
}

// repeat is a body of about so many bytes.
func repeat(begin, middle string, size int, end string) string {
	return begin + strings.Repeat(middle, (size-len(begin)-len(end)-1)/len(middle)) + end
}

// members is a body of about so many bytes that holds members of different names.
func members(begin string, size int, end string) string {
	var body strings.Builder
	body.WriteString(begin)
	for i := 0; body.Len()+len(end)+30 < size; i++ {
		fmt.Fprintf(&body, `"%x":1,`, i)
	}
	return body.String() + end
}

func manyKeys(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("bulk-%d", i)
	}
	return all
}

var peakLine = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peakMemory is the most that the program has had in memory, in MiB.
func peakMemory(t *testing.T, p *program) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	require.NoError(t, err)
	found := peakLine.FindSubmatch(status)
	require.NotNil(t, found)
	kilobytes, err := strconv.Atoi(string(found[1]))
	require.NoError(t, err)
	return kilobytes >> 10
}
