package replicas

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-0f456478/sandbox/internal/postgrestest"
)

const (
	rounds      = 5
	connected   = 32   // clients at once
	perRound    = 2000 // requests
	inWorkspace = 16   // clients spread over so many, each of which has writes of its own
)

// What one, two and three replicas answer a second, against one sandbox on SQLite: the medians of rounds in which all take
// turns. Server, database and clients share the machine.
func BenchmarkReplicas(b *testing.B) {
	server := postgrestest.Start(b)
	var all []*replica
	db := server.DB(b)
	for range size {
		all = append(all, startReplica(b, db))
	}
	contestants := []struct {
		name string
		at   []*replica
	}{{"sqlite", []*replica{startReplica(b, b.TempDir()+"/sandbox.db")}}, {"one", all[:1]}, {"two", all[:2]}, {"three", all}}
	for name, request := range map[string]func(n int64) string{
		"reads": func(n int64) string { return line("GET", juan, n, "") },
		"writes": func(n int64) string {
			return line("POST", clients, n, strings.Replace(eva, "REFERENCE", fmt.Sprint("b", n), 1))
		},
	} {
		b.Run(name, func(b *testing.B) {
			var n atomic.Int64
			rates := make([][]float64, len(contestants))
			for range rounds {
				for i, c := range contestants {
					rates[i] = append(rates[i], round(b, c.at, &n, request))
				}
			}
			b.ReportMetric(server.Connections(b), "connections")
			for i, c := range contestants {
				slices.Sort(rates[i])
				b.ReportMetric(rates[i][rounds/2], c.name+"/s")
				b.ReportMetric(rates[i][rounds/2]/rates[0][rounds/2], c.name+"/sqlite")
			}
			b.ReportMetric(0, "ns/op") // says nothing here
		})
	}
}

// line is a request as it is sent.
func line(method, path string, n int64, body string) string {
	return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sandbox-cobrofacil-token@bench-%d\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		method, path, n%inWorkspace, len(body), body)
}

// round sends requests over all connections, and returns how many were answered a second.
func round(b *testing.B, at []*replica, n *atomic.Int64, request func(n int64) string) float64 {
	b.Helper()
	var sent atomic.Int64
	var all sync.WaitGroup
	begun := time.Now()
	for i := range connected {
		all.Go(func() {
			conn, err := net.Dial("tcp", strings.TrimPrefix(at[i%len(at)].URL, "http://"))
			if err != nil {
				b.Error(err)
				return
			}
			defer func() { _ = conn.Close() }()
			in := bufio.NewReader(conn)
			for sent.Add(1) <= perRound {
				_, err := io.WriteString(conn, request(n.Add(1)))
				if err != nil {
					b.Error(err)
					return
				}
				answer, err := http.ReadResponse(in, nil)
				if err != nil || answer.StatusCode >= 300 {
					b.Error(answer, err)
					return
				}
				_, _ = io.Copy(io.Discard, answer.Body)
				_ = answer.Body.Close()
			}
		})
	}
	all.Wait()
	return perRound / time.Since(begun).Seconds()
}
