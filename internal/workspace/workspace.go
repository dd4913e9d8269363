// Package workspace is what isolates one user of the sandbox from another: each workspace owns its records, clock,
// identifiers and settings, starts as a copy of the seed, and goes back to it by a reset.
//
// A workspace is a row of the table workspaces and the head of every other row's key. The seed's records belong to a
// workspace named [Template] that no client can name; a new workspace is a copy of them.
package workspace

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-0f456478/sandbox/internal/clock"
	"github.com/seed-0f456478/sandbox/internal/ids"
	"github.com/seed-0f456478/sandbox/internal/store"
)

// Default is the workspace of those who name none. It always exists.
const Default = "default"

// Template is the workspace that holds the seed.
const Template = "#template"

var name = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)

// ValidName says whether a client may name a workspace so: 1 to 63 of a-z, 0-9, _ and -, the first a letter or digit.
func ValidName(s string) bool { return len(s) <= 63 && name.MatchString(s) }

// Workspace is one workspace. It is safe for concurrent use, and one value for as long as the workspace exists.
type Workspace struct {
	Name string

	dir       *Directory
	selfMade  bool
	start     start
	createdAt string

	clock    atomic.Pointer[clock.Setting]
	settings atomic.Pointer[map[string]string] // what was set in this workspace
	life     atomic.Pointer[Life]
	revision atomic.Int64 // of the row that those three show
	showing  sync.Mutex
	active   atomic.Int64 // exchanges under way; with any, it does not go
	used     atomic.Int64 // real time, Unix nanoseconds
	saved    int64        // of used, what the database knows; the sweep's own

	changing sync.Mutex // held by what changes clock, settings and life, so that one is made on top of the other
	watch    watch
}

// Clock is how the workspace's time runs.
func (w *Workspace) Clock() clock.Setting { return *w.clock.Load() }

// RealNow is real time, as the workspace knows it.
func (w *Workspace) RealNow() time.Time { return w.dir.options.Now() }

// Life is the present life; a write names the one in which its request began.
func (w *Workspace) Life() *Life { return w.life.Load() }

// Release ends a use that Acquire began.
func (w *Workspace) Release() {
	w.used.Store(w.dir.options.Now().UnixNano())
	w.active.Add(-1)
}

// errStale undoes a write whose request began before a reset.
var errStale = errors.New("the workspace was reset meanwhile")

// Write runs fn in a transaction of this workspace, under the terms of [store.Store.Write]. If the workspace has been
// reset since the given life, fn's answer stands but nothing is written: the request counts as answered before the
// reset. It says so by dropped.
func (w *Workspace) Write(ctx context.Context, began *Life, fn func(*Tx) error) (dropped bool, err error) {
	return w.write(ctx, w.dir.store.Write, began, fn)
}

// WriteAlone is Write in a transaction that is not shared: see [store.Store.WriteAlone].
func (w *Workspace) WriteAlone(ctx context.Context, began *Life, fn func(*Tx) error) (dropped bool, err error) {
	return w.write(ctx, w.dir.store.WriteAlone, began, fn)
}

func (w *Workspace) write(ctx context.Context, write func(context.Context, string, func(store.Tx) error) error, began *Life, fn func(*Tx) error) (dropped bool, err error) {
	err = write(ctx, w.Name, func(t store.Tx) error {
		stale := false
		if w.dir.store.Shared() { // whose row is locked
			var err error
			if stale, err = w.stale(t, began); err != nil {
				return err
			}
		}
		if err := fn(&Tx{Tx: t, Workspace: w.Name, seed: began.randomSeed}); err != nil {
			return err
		}
		// A reset shows the new life before it writes. So where the life is the same, no reset has come before this write.
		if !w.dir.store.Shared() && w.Life() != began {
			var err error
			if stale, err = w.stale(t, began); err != nil {
				return err
			}
		}
		if stale {
			return errStale
		}
		return nil
	})
	if errors.Is(err, errStale) {
		return true, nil
	}
	return false, err
}

// stale says that the workspace was reset, or deleted, since a life. One that is not there any more is there until the end of
// the transaction, which is to be undone, so that what refers to it can be written.
func (w *Workspace) stale(t store.Tx, began *Life) (bool, error) {
	var generation int64
	err := t.QueryRow("SELECT generation FROM workspaces WHERE workspace = $1", w.Name).Scan(&generation)
	if errors.Is(err, sql.ErrNoRows) {
		_, err = w.dir.insert(t, w.dir.newRow(w.Name, true, start{origin: Template}))
		return true, err
	}
	if err != nil {
		return false, fmt.Errorf("read workspace %s: %w", w.Name, err)
	}
	return generation != began.generation, nil
}

// SetClock moves the clock to what change makes of it, which may refuse. It may be asked twice.
func (w *Workspace) SetClock(ctx context.Context, change func(now clock.Setting, real time.Time) (clock.Setting, error)) error {
	w.changing.Lock()
	defer w.changing.Unlock()
	var now present
	var refused error
	err := w.dir.store.Write(ctx, w.Name, func(tx store.Tx) error {
		before, err := rowOf(tx.View, w.Name)
		if err != nil {
			return err
		}
		next, err := change(before.clock, w.dir.options.Now())
		if refused = err; err != nil {
			return err
		}
		offset, frozen := clockColumns(next)
		if err := tx.Exec("UPDATE workspaces SET clock_offset = $2, clock_frozen = $3 WHERE workspace = $1", w.Name, offset, frozen); err != nil {
			return err
		}
		now, err = w.dir.raise(tx, w.Name)
		return err
	})
	if refused != nil {
		return refused
	}
	if err != nil {
		return fmt.Errorf("set the clock of %s: %w", w.Name, err)
	}
	w.show(now, false)
	return nil
}

// Tx is a write transaction in one workspace.
type Tx struct {
	store.Tx
	Workspace string

	seed   sql.NullString
	random io.Reader
}

// Random is the source for new identifiers: unique ones, or those that repeat in a workspace with a random seed.
func (tx *Tx) Random() (io.Reader, error) {
	switch {
	case tx.random != nil:
	case !tx.seed.Valid:
		tx.random = ids.Unique
	default:
		n, err := tx.Next("random")
		if err != nil {
			return nil, err
		}
		tx.random = ids.Repeatable(tx.seed.String, n)
	}
	return tx.random, nil
}

// Next is the next number of a sequence, which begins with 1. It reads and then writes, since RETURNING costs SQLite more
// than the two; nobody comes between them, as the writes of a workspace run one after the other.
func (tx *Tx) Next(sequence string) (int64, error) {
	var n int64
	err := tx.QueryRow("SELECT value FROM sequences WHERE workspace = $1 AND name = $2", tx.Workspace, sequence).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 1, tx.Exec("INSERT INTO sequences (workspace, name, value) VALUES ($1, $2, 1)", tx.Workspace, sequence)
	}
	if err != nil {
		return 0, err
	}
	n++
	return n, tx.Exec("UPDATE sequences SET value = $3 WHERE workspace = $1 AND name = $2", tx.Workspace, sequence, n)
}

// Raise makes sure that Next gives no number of a sequence up to and including n.
func (tx *Tx) Raise(sequence string, n int64) error {
	return tx.Exec(`
		INSERT INTO sequences (workspace, name, value) VALUES ($1, $2, $3)
		ON CONFLICT (workspace, name) DO UPDATE SET value = excluded.value WHERE sequences.value < excluded.value`,
		tx.Workspace, sequence, n)
}
