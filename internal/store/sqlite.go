package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// openSQLite opens the database in a file, see OpenFrom.
func openSQLite(ctx context.Context, path string, first []byte) (*Store, error) {
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
		s, err = openFile(ctx, path, synchronous)
	}
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, errors.Join(err, release()))
	}
	s.release = release
	return s, nil
}

func openFile(ctx context.Context, path, synchronous string) (*Store, error) {
	// Each connection is a SQLite of its own, so the settings travel in the connection string. temp_store: sorts
	// stay in memory, since a scratch image may have no temporary folder. journal_size_limit: what one large import has
	// made of the write-ahead log does not stay on the disk. cache_size: in KiB, of which a page takes twice its size here,
	// and each connection fills what the others leave.
	source, err := fileURL(path)
	if err != nil {
		return nil, err
	}
	source += "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)" +
		"&_pragma=journal_size_limit(16777216)&_pragma=foreign_keys(1)&_pragma=temp_store(2)&_pragma=cache_size(-500)&_pragma=synchronous(" + synchronous + ")"
	if runtime.GOOS != "windows" { // whose SQLite has no such thing
		// No other process has the file, so that locks and the log's index need not be shared with one: they are in memory, and
		// cost no system calls.
		source += "&vfs=unix-excl"
	}
	connector, err := sqlite.NewConnector(source)
	if err != nil {
		return nil, err
	}
	s := &Store{
		queues: map[string][]*write{},
		engine: engine{
			beginWrite: "BEGIN IMMEDIATE",
			columns: `
				SELECT t.name, c.name
				FROM sqlite_schema t JOIN pragma_table_info(t.name) c
				WHERE t.type = 'table' AND t.name <> 'workspaces'
				ORDER BY t.rowid, c.cid`,
		},
	}
	connect := func(ctx context.Context) (*conn, error) {
		one, err := connector.Connect(ctx)
		if err != nil {
			return nil, err
		}
		return s.connected(&conn{driver: one}), nil
	}
	s.writers = newPool(1, connect)
	// As many readers as cores, not as clients: a reader beyond that only waits for a core in a worse place.
	s.readers = newPool(max(2, runtime.GOMAXPROCS(0)), func(ctx context.Context) (*conn, error) {
		c, err := connect(ctx)
		if err == nil {
			err = c.exec("PRAGMA query_only = 1")
		}
		return c, err
	})
	const versioned = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'goose_db_version')"
	if err := s.migrate(ctx, "sqlite", versioned, connector, goose.DialectSQLite3); err != nil {
		return nil, errors.Join(err, s.disconnect())
	}
	s.pending.Go(func() { // the first reader connects while the rest of a start goes on
		if c, err := s.readers.get(ctx); err == nil {
			s.readers.put(c)
		}
	})
	return s, nil
}

// mode lets nobody else read a database: it holds the key that signs tokens. SQLite gives it to the files beside it too.
const mode = 0o600

// copyFirst makes a database that does not exist of the content of another, or empty.
func copyFirst(path string, first []byte, durable bool) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// What a database of this name has left that was removed without them would be taken for this one's.
	for _, left := range []string{"-wal", "-shm", "-journal"} {
		if err := os.Remove(path + left); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	file, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(first)
	if durable {
		err = errors.Join(err, file.Sync())
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path) // so that it is there as a whole or not at all
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

// explain tells errors of the disk or file from those of a statement. The lower byte of a code is its kind.
func explain(err error) error {
	known, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return err
	}
	switch known.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: its disk or file fails, make room on it: %w", ErrFault, err)
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: its disk or file fails: %w", ErrFault, err)
	}
	return err
}
