package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkWrite measures durable inserts from 64 goroutines: through the store, whose writes share commits, and through
// the bare driver, which flushes for each. Ratio takes them in turns, and reports how many of the first fit in the time of
// one of the second: unlike the figures themselves, that says little of the disk.
func BenchmarkWrite(b *testing.B) {
	b.Run("Store", func(b *testing.B) {
		insert := throughStore(b)
		b.ResetTimer()
		insertAll(b, b.N, insert)
	})
	b.Run("Driver", func(b *testing.B) {
		insert := throughDriver(b)
		b.ResetTimer()
		insertAll(b, b.N, insert)
	})
	b.Run("Ratio", func(b *testing.B) {
		const rows = 6400
		shared, bare := throughStore(b), throughDriver(b)
		var sharedTook, bareTook time.Duration
		for b.Loop() {
			sharedTook += insertAll(b, rows, shared)
			bareTook += insertAll(b, rows, bare)
		}
		b.ReportMetric(bareTook.Seconds()/sharedTook.Seconds(), "ratio")
		b.ReportMetric(0, "ns/op") // the time of both says nothing
	})
}

func throughStore(b *testing.B) func(name string) error {
	b.Helper()
	s := openStore(b, filepath.Join(b.TempDir(), "store.db"))
	return func(name string) error { return s.Write(context.Background(), "", note(name)) }
}

// throughDriver inserts as fast as the driver does without transactions: more connections than one get in each other's
// way.
func throughDriver(b *testing.B) func(name string) error {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "driver.db")+
		"?_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_pragma=synchronous(FULL)")
	require.NoError(b, err)
	b.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	_, err = db.Exec(notesTable)
	require.NoError(b, err)
	insert, err := db.Prepare("INSERT INTO notes (name) VALUES ($1)")
	require.NoError(b, err)
	b.Cleanup(func() { _ = insert.Close() })
	return func(name string) error {
		_, err := insert.Exec(name)
		return err
	}
}

var inserted atomic.Int64 // names them

// insertAll inserts n rows from 64 goroutines.
func insertAll(b *testing.B, n int, insert func(name string) error) (took time.Duration) {
	b.Helper()
	began := time.Now()
	var left atomic.Int64
	left.Store(int64(n))
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if err := insert(fmt.Sprintf("%012d", inserted.Add(1))); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return time.Since(began)
}
