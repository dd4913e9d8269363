package kobra_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // the bare driver, to compare with

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/kobra"
	"github.com/seed-0f456478/sandbox/internal/store"
)

// whole is an import of so many accounts that hold every member.
func whole(t testing.TB, n int) []byte {
	t.Helper()
	text := strings.Replace(strings.Replace(entire(t), `"additionalSurname": ""`, `"additionalSurname": "Muñoz"`, 1), `"street":`, `"crossStreets": "between one and another", "street":`, 1)
	start, account, found := strings.Cut(text, "[ ")
	require.True(t, found)
	account = strings.TrimSuffix(account, "] }")
	var b bytes.Buffer
	b.WriteString(start + "[")
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strings.Replace(account, `"106"`, fmt.Sprintf(`"account-%05d"`, i), 1))
	}
	b.WriteString("] }")
	return b.Bytes()
}

// send sends an import without copying it.
func send(t testing.TB, s *apptest.Sandbox, workspace string, body []byte) (took time.Duration) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "POST", imports, bytes.NewReader(body))
	r.Header.Set("Authorization", "sandbox-kobra-token@"+workspace)
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	began := time.Now()
	s.ServeHTTP(w, r)
	took = time.Since(began)
	require.Equal(t, imported, w.Body.String())
	return took
}

// BenchmarkImport imports 10,000 whole accounts, durably, and prints
//   - driver: its time to that of the bare driver, which writes the same rows in one transaction (at most 3),
//   - update: the same where a member of each account changes, so that it is read and merged first (no bound is set),
//   - wait: the longest time that another workspace's import of one account takes meanwhile to that of the import's own
//     transaction by itself (about 1: it waits for that transaction, and for nothing else),
//   - heap: how much the live heap grows at most to the size of the body (at most 6).
//
// Each is the median of several rounds, in which the contestants take turns.
func BenchmarkImport(b *testing.B) {
	const rounds = 5
	body := whole(b, 10_000)
	update := bytes.ReplaceAll(body, []byte(`"pendingCapital": 10000`), []byte(`"pendingCapital": 9000`))
	rows, write, err := kobra.Transaction(body)
	require.NoError(b, err)
	require.Len(b, rows, 10_000)
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as the program runs
	s := apptest.New(b, app.Options{DB: filepath.Join(b.TempDir(), "sandbox.db")})
	alone, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "alone.db"))
	require.NoError(b, err)
	var driver, updated, wait, heap []float64
	for round := range rounds {
		bare := throughDriver(b, rows)
		name := fmt.Sprint("round-", round)
		send(b, s, name, []byte(single)) // it makes the workspace
		driver = append(driver, send(b, s, name, body).Seconds()/bare.Seconds())
		updated = append(updated, send(b, s, name, update).Seconds()/bare.Seconds())

		transaction := throughStore(b, alone, name, write)
		waited := waiting(b, s, "bystander-"+name, func() { send(b, s, name+"-busy", body) })
		wait = append(wait, waited.Seconds()/transaction.Seconds())
		heap = append(heap, float64(growth(func() { send(b, s, name+"-heap", body) }))/float64(len(body)))
	}
	require.NoError(b, alone.Close())
	for name, ratios := range map[string][]float64{"driver": driver, "update": updated, "wait": wait, "heap": heap} {
		slices.Sort(ratios)
		b.ReportMetric(ratios[rounds/2], name)
	}
	b.ReportMetric(0, "ns/op") // says nothing here
}

const single = `{"importTypeID":1,"accounts":[{"externalID":"1","productID":1,"currencyCode":"MX","name":"Eva","firstSurname":"Sosa"}]}`

// throughDriver writes the rows with nothing but the driver.
func throughDriver(b *testing.B, rows []kobra.Row) time.Duration {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "driver.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	require.NoError(b, err)
	defer func() { _ = db.Close() }()
	_, err = db.Exec(`CREATE TABLE accounts (workspace TEXT NOT NULL, owner TEXT NOT NULL, external_id TEXT NOT NULL, members TEXT NOT NULL,
		PRIMARY KEY (workspace, owner, external_id)) STRICT`)
	require.NoError(b, err)
	began := time.Now()
	tx, err := db.Begin()
	require.NoError(b, err)
	insert, err := tx.Prepare("INSERT INTO accounts (workspace, owner, external_id, members) VALUES ($1, $2, $3, $4)")
	require.NoError(b, err)
	defer func() { _ = insert.Close() }()
	for _, row := range rows {
		if _, err := insert.Exec("default", "lender", row.ExternalID, row.Members); err != nil {
			b.Fatal(err)
		}
	}
	require.NoError(b, tx.Commit())
	return time.Since(began)
}

// throughStore writes nothing but the import's transaction.
func throughStore(b *testing.B, s *store.Store, name string, write func(*store.Store, string) error) time.Duration {
	b.Helper()
	require.NoError(b, s.Write(context.Background(), "", func(tx store.Tx) error {
		return tx.Exec(`INSERT INTO workspaces (workspace, self_made, seed, generation, clock_offset, created_at, used_at) VALUES ($1, 1, '', 1, 0, '', '')`, name)
	}))
	began := time.Now()
	require.NoError(b, write(s, name))
	return time.Since(began)
}

// waiting is the longest of the imports of one account that another workspace makes, one after the other, while do runs.
func waiting(b *testing.B, s *apptest.Sandbox, workspace string, do func()) (longest time.Duration) {
	b.Helper()
	send(b, s, workspace, []byte(single))
	done := make(chan struct{})
	go func() { defer close(done); do() }()
	for {
		select {
		case <-done:
			return longest
		default:
			longest = max(longest, send(b, s, workspace, []byte(single)))
		}
	}
}

// growth is how much the live heap grows at most while do runs.
func growth(do func()) uint64 {
	defer debug.SetGCPercent(debug.SetGCPercent(5)) // the live heap is known after a collection
	runtime.GC()
	runtime.GC() // what pools keep goes with the second one
	before := live()
	most := before
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(200 * time.Microsecond):
				most = max(most, live())
			}
		}
	}()
	do()
	close(stop)
	<-stopped
	return most - before
}

func live() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
