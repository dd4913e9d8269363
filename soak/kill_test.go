package soak

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // to look into the database from outside
)

// kill -9 at random moments, under writes to all five APIs, an import of 10,000 accounts, and changes of whole states:
// what was acknowledged is there, what was refused is not, and what had no answer is whole or absent.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	t.Parallel()
	random := draw(t)
	dir := t.TempDir()
	args := []string{"--db=" + filepath.Join(dir, "sandbox.db"), "--tls-addr=127.0.0.1:0"}
	all, count := newBooks(), &tally{}
	bulk := &bulk{size: 10_000}
	whole := &states{}
	kills, overTLS := pick(6, 240), 0
	p := start(t, args...)
	whole.prepare(t, p)
	for range kills {
		if random.IntN(2) == 0 {
			overTLS++
			p.overTLS(t)
		}
		var clients sync.WaitGroup
		for writer := range 8 {
			drawn := rand.New(rand.NewPCG(random.Uint64(), 0))
			clients.Go(func() {
				for all[drawn.IntN(len(all))].write(t, p, drawn, writer, count) {
				}
			})
		}
		importing, changing := random.IntN(2) == 0, rand.New(rand.NewPCG(random.Uint64(), 0))
		clients.Go(func() {
			for importing && bulk.write(t, p) {
			}
		})
		clients.Go(func() {
			for whole.change(t, p, changing) {
			}
		})
		time.Sleep(time.Duration(random.IntN(pick(400, 1200))) * time.Millisecond) // when is what is drawn
		p.kill()
		clients.Wait()

		p = start(t, args...)
		assertSound(t, filepath.Join(dir, "sandbox.db"))
		compareAll(t, p, all)
		bulk.compare(t, p)
		whole.compare(t, p)
		require.False(t, t.Failed(), "-soak.seed=%d", *seed)
	}
	t.Logf(`
| kill -9 | over TLS | acknowledged | refused | without an answer | imports of 10,000 | changes of whole states | lost |
|---|---|---|---|---|---|---|---|
| %d | %d | %d | %d | %d | %d | %d | 0 |`, kills, overTLS, count.acknowledged, count.refused, count.unknown, bulk.acknowledged, whole.acknowledged)
	assert.Positive(t, count.acknowledged)
	assert.Positive(t, count.unknown, "no kill hit a write")
}

// assertSound looks into a copy of the database of a program that does nothing just now.
func assertSound(t *testing.T, path string) {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "copy-*")
	require.NoError(t, err)
	defer func() { assert.NoError(t, os.RemoveAll(dir)) }() // it is one of hundreds
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(path + suffix)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "copy.db"+suffix), content, 0o600))
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "copy.db"))
	require.NoError(t, err)
	defer func() { assert.NoError(t, db.Close()) }()
	var said string
	require.NoError(t, db.QueryRowContext(context.Background(), "PRAGMA integrity_check").Scan(&said))
	assert.Equal(t, "ok", said)
	var dangling int
	require.NoError(t, db.QueryRowContext(context.Background(), "SELECT count(*) FROM pragma_foreign_key_check").Scan(&dangling))
	assert.Zero(t, dangling)
}

// bulk is a large import again and again: of the same accounts, each time with another value.
type bulk struct {
	size, serial, acknowledged int
	value, doubt               string
}

func (b *bulk) write(t *testing.T, p *program) bool {
	t.Helper()
	b.serial++
	value := fmt.Sprintf("v%d", b.serial)
	status, answer, err := p.send("POST", "/w/bulk/kobra/api/import", accounts(manyKeys(b.size), value))
	if err != nil {
		b.doubt = value
		return false
	}
	b.acknowledged++
	b.value, b.doubt = value, ""
	return assert.Equal(t, 200, status, "%s", answer)
}

func (b *bulk) compare(t *testing.T, p *program) {
	t.Helper()
	status, _, err := p.send("GET", "/_sandbox/workspaces/bulk", "")
	require.NoError(t, err)
	values := map[string]int{}
	if status == 200 {
		for _, r := range p.export(t, "bulk")["kobra"]["accounts"] {
			if key := r["externalID"].(string); strings.HasPrefix(key, "bulk-") {
				values[r["name"].(string)]++
			}
		}
	}
	switch {
	case b.doubt != "" && values[b.doubt] == b.size:
		b.value = b.doubt
	case b.value == "":
		assert.Empty(t, values)
		return
	}
	assert.Equal(t, map[string]int{b.value: b.size}, values)
}

// states are changes of a workspace as a whole, each of which leads from one known state to another.
type states struct {
	value, doubt, snapshot string // what the clients of the state are called
	acknowledged           int
}

// fixture is a state of so many clients that writing it takes some time.
func (s *states) fixture(value string) string {
	var text strings.Builder
	text.WriteString("cobrofacil:\n  clients:\n")
	for i := range 400 {
		fmt.Fprintf(&text, "    - {external_reference: whole-%d, first_name: %s}\n", i, value)
	}
	return text.String()
}

const ofSeed = "the seed"

func (s *states) prepare(t *testing.T, p *program) {
	t.Helper()
	s.value, s.snapshot = "Kept", "Kept"
	s.replace(t, p, "Kept")
	p.must(t, 201, "POST", "/_sandbox/workspaces/whole/snapshots", `{"name":"kept"}`)
}

func (s *states) replace(t *testing.T, p *program, value string) bool {
	t.Helper()
	return s.do(t, p, value, "PUT", "/_sandbox/workspaces/whole/fixture", s.fixture(value))
}

func (s *states) change(t *testing.T, p *program, random *rand.Rand) bool {
	t.Helper()
	switch random.IntN(3) {
	case 0:
		return s.do(t, p, ofSeed, "POST", "/_sandbox/workspaces/whole/reset", "")
	case 1:
		return s.do(t, p, s.snapshot, "POST", "/_sandbox/workspaces/whole/snapshots/kept/restore", "")
	default:
		return s.replace(t, p, "Eva"+strings.Repeat("a", random.IntN(20)))
	}
}

func (s *states) do(t *testing.T, p *program, value, method, path, body string) bool {
	t.Helper()
	s.doubt = value
	status, answer, err := p.send(method, path, body)
	if err != nil {
		return false
	}
	s.acknowledged++
	s.value, s.doubt = value, ""
	return assert.Contains(t, []int{200, 204}, status, "%s %s: %s", method, path, answer)
}

func (s *states) compare(t *testing.T, p *program) {
	t.Helper()
	values := map[string]int{}
	for _, r := range p.export(t, "whole")["cobrofacil"]["clients"] {
		name, _ := r["first_name"].(string)
		if reference, _ := r["external_reference"].(string); !strings.HasPrefix(reference, "whole-") {
			name = ofSeed
		}
		values[name]++
	}
	if s.doubt != "" && values[s.doubt] > 0 {
		s.value = s.doubt
	}
	s.doubt = ""
	require.Len(t, values, 1, "a state is not whole")
	if s.value != ofSeed {
		assert.Equal(t, 400, values[s.value])
	}
	assert.Positive(t, values[s.value], "%v instead of %s", values, s.value)
}
