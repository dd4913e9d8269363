// Package store keeps everything in one database: a SQLite file, a private temporary one that is gone at exit, or one on a
// PostgreSQL server, which several processes share.
//
// [Store.Read] runs on a consistent snapshot and never waits for a writer. [Store.Write] is atomic and durable when it
// returns; concurrent writes share one commit (see write.go), so that durability does not cost a disk flush each.
//
// SQL is written by hand in the callers, with $1 parameters and nothing that only one of the two knows; what differs stays
// in this package: sqlite.go, and postgres.go with session.go.
package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Memory is the path of a database that is not kept.
const Memory = ":memory:"

// ErrClosed is returned by reads and writes that come after Close.
var ErrClosed = errors.New("the store is closed")

// ErrInUse is returned by Open for a database that another process has open.
var ErrInUse = errors.New("in use by another process")

// ErrFault is in the errors of a database that does not serve, for a full disk or a lost connection: they are nobody's
// mistake who asks.
var ErrFault = errors.New("the database does not serve")

// Store is an open database. It is safe for concurrent use.
type Store struct {
	engine
	writers *pool
	readers *pool
	tables  atomic.Pointer[[]table] // see ownedTables

	mu      sync.Mutex
	conns   []*conn
	queues  map[string][]*write // those that wait for each other, without those whose batch runs; nobody's are not there
	closed  bool
	pending sync.WaitGroup // reads and writes under way

	commits atomic.Int64 // and what failed to; see remember.go
	faulty  atomic.Bool  // the last write failed with ErrFault
}

// engine is what differs between SQLite and PostgreSQL, beside the connections' drivers.
type engine struct {
	shared     bool // other processes have the database open too
	beginWrite string
	columns    string       // the query for all tables' columns, see ownedTables
	release    func() error // the lock, and the temporary folder
}

// Open opens the database at db, the path of a file, [Memory] or the URL of a PostgreSQL server's, makes a file's if there
// is none, and migrates it. It fails with [ErrInUse] while another process has a file open, and on a database that a newer
// version has migrated.
func Open(ctx context.Context, db string) (*Store, error) { return OpenFrom(ctx, db, nil) }

// OpenFrom is Open, but a file that does not exist begins as a copy of first, the content of a database file, which may be
// an older one.
func OpenFrom(ctx context.Context, db string, first []byte) (*Store, error) {
	if IsURL(db) {
		return openPostgres(ctx, db)
	}
	return openSQLite(ctx, db, first)
}

// Close waits for the reads and writes under way, refuses later ones, and closes the database.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	s.pending.Wait()
	return errors.Join(s.disconnect(), s.release())
}

func (s *Store) disconnect() error {
	var err error
	for _, c := range s.conns {
		err = errors.Join(err, c.close())
	}
	return err
}

// begin counts a read or write in, unless the store is closed.
func (s *Store) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.pending.Add(1)
	return true
}

// View reads from one snapshot of the database. It is valid until the function that got it returns, in that goroutine
// alone.
type View struct {
	conn *conn
}

// Query runs a statement that returns rows. The caller closes them.
func (v View) Query(query string, args ...any) (*Rows, error) {
	return v.conn.query(query, args)
}

// QueryRow runs a statement that returns at most one row; its Scan returns sql.ErrNoRows if there was none.
func (v View) QueryRow(query string, args ...any) Row {
	rows, err := v.conn.query(query, args)
	return Row{rows: rows, err: err, conn: v.conn}
}

// Read runs fn on a consistent snapshot. The context is looked at while Read waits for a connection, not after: reads
// are short. An fn that reads or writes through the store again, rather than through its View, may deadlock.
func (s *Store) Read(ctx context.Context, fn func(View) error) (err error) {
	if !s.begin() {
		return ErrClosed
	}
	defer s.pending.Done()
	c, err := s.readers.get(ctx)
	if err != nil {
		return err
	}
	c.failed = nil
	if err := s.beginReading(c); err != nil {
		s.readers.put(c)
		return fmt.Errorf("begin to read: %w", err)
	}
	defer func() {
		c.closeRows()
		if s.shared { // nothing hangs on how it ends, and the next statement finds out if the connection is gone
			s.pending.Go(func() {
				_ = c.end("ROLLBACK")
				s.readers.put(c)
			})
			return
		}
		if c.failed != nil {
			if end := c.letGo(); end != nil && err == nil {
				err = fmt.Errorf("end reading: %w", end)
			}
		}
		s.readers.put(c)
	}()
	return fn(View{c})
}

// beginReading makes sure that the connection reads all that was committed before, from one snapshot: a new one where
// others write to the database too.
func (s *Store) beginReading(c *conn) error {
	if s.shared {
		return c.exec("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
	}
	return c.follow(s.commits.Load())
}

// Shared says that other processes use the database too, so that what one of them keeps in memory may be out of date.
func (s *Store) Shared() bool { return s.shared }

// Ready says why the database does not serve, if it does not. After a write that failed for its disk it tries another, so
// that it knows when there is room again.
func (s *Store) Ready(ctx context.Context) error {
	if s.faulty.Load() {
		return s.Write(ctx, "", func(tx Tx) error {
			return tx.Exec("INSERT INTO installation (name, value) VALUES ('written', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value", time.Now().UTC().String())
		})
	}
	return s.Read(ctx, func(v View) error { return v.QueryRow("SELECT 1").Scan(new(int)) })
}
