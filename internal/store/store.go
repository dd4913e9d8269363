// Package store keeps everything in one SQLite database: a file, or a private temporary one that is gone at exit.
//
// [Store.Read] runs on a consistent snapshot and never waits for a writer. [Store.Write] is atomic and durable when it
// returns; concurrent writes share one commit (see write.go), so that durability does not cost a disk flush each.
//
// SQL is written by hand in the callers, with $1 parameters and nothing that only SQLite knows; what only SQLite knows
// stays in this package.
package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"modernc.org/sqlite"
)

// Memory is the path of a database that is not kept.
const Memory = ":memory:"

// ErrClosed is returned by reads and writes that come after Close.
var ErrClosed = errors.New("the store is closed")

// ErrInUse is returned by Open for a database that another process has open.
var ErrInUse = errors.New("in use by another process")

// ErrFault is in the errors of a database whose disk or file fails, as a full disk does: they are nobody's mistake who asks.
var ErrFault = errors.New("the database's disk or file fails")

// Store is an open database. It is safe for concurrent use.
type Store struct {
	connector driver.Connector
	writer    *conn
	readers   chan *conn    // the idle ones
	further   chan struct{} // as many as may be connected beside them
	tables    []table       // see ownedTables; the writer's
	release   func() error  // the lock, and the temporary folder

	mu      sync.Mutex
	conns   []*conn
	queue   []*write
	leading bool // somebody is committing a batch
	closed  bool
	pending sync.WaitGroup // reads and writes under way

	faulty atomic.Bool // the last write failed with ErrFault
}

// Open opens the database at path, or a temporary one for [Memory], makes it if there is none, and migrates it. It fails
// with [ErrInUse] while another process has it open, and on a database that a newer version has migrated.
func Open(ctx context.Context, path string) (*Store, error) { return OpenFrom(ctx, path, nil) }

// OpenFrom is Open, but a database that does not exist begins as a copy of first, the content of a database file, which
// may be an older one.
func OpenFrom(ctx context.Context, path string, first []byte) (*Store, error) {
	synchronous := "FULL" // an acknowledged write survives a power cut
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // whose lock is the one that counts
	}
	var release func() error
	if path == Memory {
		// SQLite's own memory databases know no write-ahead log: there, readers and the writer lock each other out.
		dir, remove, err := temporaryFolder()
		if err != nil {
			return nil, err
		}
		path, release, synchronous = filepath.Join(dir, "sandbox.db"), remove, "OFF"
	} else {
		unlock, err := lock(path)
		if err != nil {
			return nil, err
		}
		release = unlock
	}
	err := copyFirst(path, first, synchronous != "OFF")
	var s *Store
	if err == nil {
		s, err = open(ctx, path, synchronous)
	}
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, errors.Join(err, release()))
	}
	s.release = release
	return s, nil
}

func open(ctx context.Context, path, synchronous string) (_ *Store, err error) {
	// Each connection is a SQLite of its own, so the settings travel in the connection string. temp_store: sorts
	// stay in memory, since a scratch image may have no temporary folder. journal_size_limit: what one large import has
	// made of the write-ahead log does not stay on the disk.
	source, err := fileURL(path)
	if err != nil {
		return nil, err
	}
	s := &Store{}
	s.connector, err = sqlite.NewConnector(source + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)" +
		"&_pragma=journal_size_limit(16777216)&_pragma=foreign_keys(1)&_pragma=temp_store(2)&_pragma=synchronous(" + synchronous + ")")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.disconnect())
		}
	}()
	if s.writer, err = s.connect(ctx); err != nil {
		return nil, err
	}
	if err := s.migrate(ctx); err != nil {
		return nil, err
	}
	// As many readers as cores, not as clients: a reader beyond that only waits for a core in a worse place.
	most := max(2, runtime.GOMAXPROCS(0))
	s.readers, s.further = make(chan *conn, most), make(chan struct{}, most)
	for range most {
		s.further <- struct{}{}
	}
	return s, nil
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
	c, err := s.reader(ctx)
	if err != nil {
		return err
	}
	defer func() { s.readers <- c }()
	c.failed = nil
	if err := c.exec("BEGIN"); err != nil {
		return fmt.Errorf("begin to read: %w", err)
	}
	defer func() {
		c.closeRows()
		if end := c.end("ROLLBACK"); end != nil && err == nil {
			err = fmt.Errorf("end reading: %w", end)
		}
	}()
	return fn(View{c})
}

// reader returns a connection that refuses to write: an idle one, or another one while there may be more.
func (s *Store) reader(ctx context.Context) (*conn, error) {
	select {
	case c := <-s.readers:
		return c, nil
	default:
	}
	select {
	case c := <-s.readers:
		return c, nil
	case <-s.further:
		c, err := s.connect(ctx)
		if err == nil {
			err = c.exec("PRAGMA query_only = 1")
		}
		if err != nil {
			s.further <- struct{}{}
			return nil, fmt.Errorf("connect to read: %w", err)
		}
		return c, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a reader: %w", ctx.Err())
	}
}

// Shared says that other processes use the database too, so that what one of them keeps in memory may be out of date.
func (s *Store) Shared() bool { return false }

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

// fileURL spells a path as SQLite's URI file name, in which ? and % and spaces are safe.
func fileURL(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	abs = filepath.ToSlash(abs)
	if !strings.HasPrefix(abs, "/") {
		abs = "/" + abs // C:/… on Windows
	}
	return (&url.URL{Scheme: "file", Path: abs}).String(), nil
}

// lock takes the lock beside the database file. A lock of our own, because SQLite's are about single transactions.
func lock(path string) (unlock func() error, err error) {
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("open database %s: its folder: %w", path, err)
	}
	l := flock.New(path + ".lock")
	switch ok, err := l.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("lock database %s: %w", path, err)
	case !ok:
		return nil, fmt.Errorf("open database %s: %w", path, ErrInUse)
	}
	return l.Unlock, nil
}

const temporaryPattern = "sandbox-memory-*"

// temporaryFolder makes a private folder, and removes those that killed processes have left: a folder whose lock can be
// taken has no owner. A young one may have an owner that is just about to lock it.
func temporaryFolder() (dir string, remove func() error, err error) {
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), temporaryPattern))
	for _, old := range left {
		info, err := os.Stat(old)
		if err != nil || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		if unlock, err := lock(filepath.Join(old, "sandbox.db")); err == nil {
			_ = errors.Join(unlock(), os.RemoveAll(old))
		}
	}
	if dir, err = os.MkdirTemp("", temporaryPattern); err != nil {
		return "", nil, fmt.Errorf("make a folder for the database: %w", err)
	}
	unlock, err := lock(filepath.Join(dir, "sandbox.db"))
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	return dir, func() error { return errors.Join(unlock(), os.RemoveAll(dir)) }, nil
}
