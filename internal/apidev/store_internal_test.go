package apidev

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/clock"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// newFilled is a migrated store with so many clients of the demo owner, and an account of every tenth, in the workspace
// "here".
func newFilled(t testing.TB, clients int) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Memory)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	err = s.WriteAlone(t.Context(), "here", func(tx store.Tx) error {
		err := tx.Exec("INSERT INTO workspaces (workspace, self_made, seed, generation, clock_offset, created_at, used_at) VALUES ('here', 0, '', 1, 0, $1, $1)", clock.Text(at))
		for i := 0; i < clients && err == nil; i++ {
			in := &workspace.Tx{Tx: tx, Workspace: "here"}
			name, status := fmt.Sprintf("Cliente número %d", i), []string{"A", "I"}[i%2]
			p := profile{owner: ownerDemo, id: fmt.Sprint(i), createdAt: at.Add(time.Duration(i) * time.Millisecond), position: int64(i), name: &name, status: &status, businessName: &name}
			if err = insertClient(in, client{profile: p}); err == nil && i%10 == 0 {
				err = insertAccount(in, account{profile: p, clientID: &p.id})
			}
		}
		return err
	})
	require.NoError(t, err)
	return s
}

// The plan that SQLite has for a page.
func plan(t *testing.T, s *store.Store, query string, args ...any) string {
	t.Helper()
	var steps []string
	err := s.Read(t.Context(), func(v store.View) (err error) {
		steps, err = collect(v, func(scan func(...any) error) (step string, err error) {
			var id, parent, unused int
			return step, scan(&id, &parent, &unused, &step)
		}, "EXPLAIN QUERY PLAN "+query, args...)
		return err
	})
	require.NoError(t, err)
	return strings.Join(steps, "\n")
}

// A page is read along an index, and nothing is sorted for it; its accounts are counted along another one.
func TestPagesAreReadAlongAnIndex(t *testing.T) {
	t.Parallel()
	s := newFilled(t, 100)
	for _, filters := range [][]filter{nil, {{name: "status", value: "A"}}, {{name: "status", value: "A"}, {name: "search", value: "7"}}} {
		asked := list{filters: filters, limit: 25}
		where, args := asked.condition("here", ownerDemo)
		page := append(slices.Clone(args), asked.limit, asked.offset)
		for _, query := range []string{selectClient, selectAccount} {
			steps := plan(t, s, query+where+onPage(len(args)), page...)
			assert.NotContains(t, steps, "SCAN", "every step knows the workspace and the owner")
			assert.NotContains(t, steps, "TEMP B-TREE", "no sort")
			assert.Contains(t, steps, "(workspace=? AND owner=?")
		}
		assert.Contains(t, plan(t, s, selectClient+where+onPage(len(args)), page...), "apidev_accounts_client (workspace=? AND owner=? AND client_id=?)")
	}
	where, args := list{}.condition("here", ownerDemo)
	assert.Contains(t, plan(t, s, "SELECT COUNT(*) FROM "+clientTable+where, args...), "COVERING INDEX")
	assert.Contains(t, plan(t, s, selectClient+" WHERE workspace = $1 AND owner = $2 AND id = $3", "here", ownerDemo, "7"), "apidev_clients_id (workspace=? AND owner=? AND id=?)")
}

// A page's cost with 1,000 and with 100,000 clients, and how many times dearer the latter is. A filter looks at each of the
// owner's clients, and so does the total, along an index; the page itself does not.
func BenchmarkPage(b *testing.B) {
	few, many := newFilled(b, 1000), newFilled(b, 100_000)
	for _, test := range []struct {
		name  string
		asked list
	}{
		{"unfiltered", list{limit: 25}},
		{"status", list{filters: []filter{{name: "status", value: "A"}}, limit: 25}},
		{"search", list{filters: []filter{{name: "search", value: "NÚMERO 99"}}, limit: 25}},
	} {
		b.Run(test.name, func(b *testing.B) {
			cost := func(s *store.Store) time.Duration {
				return median(b, func() error {
					return s.Read(b.Context(), func(v store.View) error {
						_, _, err := pageOfClients(v, "here", ownerDemo, test.asked)
						return err
					})
				})
			}
			for b.Loop() {
				small, large := cost(few), cost(many)
				b.ReportMetric(float64(small.Microseconds()), "µs/page-of-1000")
				b.ReportMetric(float64(large.Microseconds()), "µs/page-of-100000")
				b.ReportMetric(float64(large)/float64(small), "ratio")
			}
			b.ReportMetric(0, "ns/op") // says nothing here
		})
	}
}

// median is how long something takes, of 31 times.
func median(b *testing.B, do func() error) time.Duration {
	b.Helper()
	var took []time.Duration
	for range 31 {
		begun := time.Now()
		require.NoError(b, do())
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	return took[len(took)/2]
}

// Every tag that a member can fail has a wording.
func TestEveryTagIsWorded(t *testing.T) {
	t.Parallel()
	for _, body := range []any{loginRequest{}, profileRequest{}, accountRequest{}, originRequest{}, placeRequest{}} {
		for _, field := range reflect.VisibleFields(reflect.TypeOf(body)) {
			for _, tag := range strings.Split(field.Tag.Get("validate"), ",") {
				if tag, _, _ = strings.Cut(tag, "="); tag == "" || tag == "omitempty" {
					continue
				}
				assert.NotEmpty(t, wordings[tag].passes, "%s of %s", tag, field.Name)
			}
		}
	}
}
