package store_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/store"
)

// fails opens a store that cannot be opened.
func fails(t *testing.T, path string) error {
	t.Helper()
	s, err := store.Open(t.Context(), path)
	if err == nil {
		assert.NoError(t, s.Close())
	}
	require.Error(t, err)
	return err
}

// contents opens the store at path for a moment, and returns the notes in it.
func contents(t *testing.T, path string) []string {
	t.Helper()
	s, err := store.Open(t.Context(), path)
	require.NoError(t, err)
	defer func() { assert.NoError(t, s.Close()) }()
	return notes(t, s)
}

func TestAFileKeepsWhatIsWritten(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"sandbox.db", "with spaces.db", "what?.db", "100%.db", "%41.db", "a#b.db", "a&b=c;d.db", "año.db", "no-suffix"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), name)
			s, err := store.Open(t.Context(), path)
			require.NoError(t, err)
			require.NoError(t, makeNotes(t.Context(), s))
			require.NoError(t, s.Write(t.Context(), "", note("kept")))
			require.NoError(t, s.Close())
			assert.Equal(t, []string{"kept"}, contents(t, path))

			files, err := os.ReadDir(filepath.Dir(path))
			require.NoError(t, err)
			require.Len(t, files, 2, "the write-ahead log goes with the last connection")
			assert.Equal(t, name, files[0].Name())
			assert.Equal(t, name+".lock", files[1].Name())
		})
	}
}

func TestWhatIsAcknowledgedSurvivesAKill(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sandbox.db")
	writer := startChild(t, "write", path, t.TempDir())
	var acknowledged []string
	for range 20 {
		acknowledged = append(acknowledged, writer.line())
	}
	acknowledged = append(acknowledged, writer.kill()...)

	kept := contents(t, path)
	require.GreaterOrEqual(t, len(kept), len(acknowledged))
	assert.Equal(t, acknowledged, kept[:len(acknowledged)])
	assert.LessOrEqual(t, len(kept), len(acknowledged)+1, "and the one that was just not acknowledged")
}

func TestMemoryIsPrivateAndNotKept(t *testing.T) {
	t.Parallel()
	one, another := openStore(t, store.Memory), openStore(t, store.Memory)
	require.NoError(t, one.Write(t.Context(), "", note("mine")))
	assert.Equal(t, []string{"mine"}, notes(t, one))
	assert.Empty(t, notes(t, another))
}

func TestADatabaseIsOpenOnce(t *testing.T) {
	t.Parallel()
	t.Run("in this process", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "sandbox.db")
		s, err := store.Open(t.Context(), path)
		require.NoError(t, err)
		assert.ErrorIs(t, fails(t, path), store.ErrInUse)
		assert.ErrorContains(t, fails(t, path), path)
		require.NoError(t, s.Close())
		openStore(t, path)
	})
	t.Run("in another process", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "sandbox.db")
		other := startChild(t, "hold", path, t.TempDir())
		other.line()
		assert.ErrorIs(t, fails(t, path), store.ErrInUse)
		other.stop()
		openStore(t, path)
	})
	t.Run("in a process that was killed", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "sandbox.db")
		other := startChild(t, "hold", path, t.TempDir())
		other.line()
		assert.ErrorIs(t, fails(t, path), store.ErrInUse)
		other.kill()
		openStore(t, path)
	})
	t.Run("by one of many that try", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "sandbox.db")
		var opened atomic.Pointer[store.Store]
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				s, err := store.Open(t.Context(), path)
				if err != nil {
					assert.ErrorIs(t, err, store.ErrInUse)
				} else {
					assert.True(t, opened.CompareAndSwap(nil, s), "two have it open")
				}
			})
		}
		all.Wait()
		require.NotNil(t, opened.Load())
		assert.NoError(t, opened.Load().Close())
	})
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	text := func(content string) func(path string) error {
		return func(path string) error { return os.WriteFile(path, []byte(content), 0o600) }
	}
	for _, test := range []struct {
		name    string
		prepare func(path string) error
		says    string
	}{
		{"a text", text(strings.Repeat("Dear diary, ", 1000)), "file is not a database"},
		{"a short text", text("Dear diary"), "file is not a database"},
		{"a folder", func(path string) error { return os.Mkdir(path, 0o700) }, "unable to open database file"},
		{"a newer schema", migrateFurther, "its schema version is 9999, and this sandbox knows only up to "},
		{"a newer schema, what to do", migrateFurther, "use the newer sandbox that made it"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "sandbox.db")
			require.NoError(t, test.prepare(path))
			before, _ := os.ReadFile(path)
			err := fails(t, path)
			assert.ErrorContains(t, err, test.says)
			assert.ErrorContains(t, err, path)
			after, _ := os.ReadFile(path)
			assert.Equal(t, before, after, "it is left as it was")

			require.NoError(t, os.RemoveAll(path))
			openStore(t, path) // the lock is free
		})
	}
}

// migrateFurther makes a database with a schema that is not known yet.
func migrateFurther(path string) error {
	s, err := store.Open(context.Background(), path)
	if err != nil {
		return err
	}
	err = s.Write(context.Background(), "", func(tx store.Tx) error {
		return tx.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, TRUE)")
	})
	return errors.Join(err, s.Close())
}

func TestAMissingFolderIsNotMade(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "missing")
	err := fails(t, filepath.Join(folder, "sandbox.db"))
	assert.ErrorIs(t, err, fs.ErrNotExist)
	assert.ErrorContains(t, err, "its folder")
	assert.ErrorContains(t, err, folder)
	assert.NoDirExists(t, folder)
}

func TestOpenEndsWithItsContext(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sandbox.db")
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := store.Open(gone, path)
	require.ErrorIs(t, err, context.Canceled)
	openStore(t, path)
}

func TestCloseWaitsForWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	for kind, path := range kinds(t) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, err := store.Open(t.Context(), path)
				require.NoError(t, err)
				require.NoError(t, makeNotes(t.Context(), s))
				q := hold(s)
				queued := q.write(note("queued"))
				busy := make(chan struct{})
				reading := start(func() error {
					return s.Read(t.Context(), func(v store.View) error {
						<-busy
						n, err := countNotes(v)
						assert.Equal(t, 1, n)
						return err
					})
				})
				closing := start(s.Close)

				never := func(store.Tx) error { panic("it ran") }
				assert.Equal(t, store.ErrClosed, s.Write(t.Context(), "", never))
				assert.Equal(t, store.ErrClosed, s.WriteAlone(t.Context(), "", never))
				assert.Equal(t, store.ErrClosed, s.Read(t.Context(), func(store.View) error { panic("it ran") }))

				q.release()
				assert.NoError(t, <-queued)
				assert.False(t, answered(closing), "a read is under way")
				close(busy)
				assert.NoError(t, <-reading)
				assert.NoError(t, <-closing)
				assert.NoError(t, s.Close(), "once more does no harm")
				assert.Equal(t, store.ErrClosed, s.Write(t.Context(), "", never))
				if path != store.Memory {
					assert.Equal(t, []string{"queued"}, contents(t, path))
				}
			})
		})
	}
}

func TestMemoryLeavesNoFolder(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), store.Memory)
	require.NoError(t, err)
	var file string
	require.NoError(t, s.Read(t.Context(), func(v store.View) (err error) {
		file, err = databaseFile(v)
		return err
	}))
	require.FileExists(t, file)
	info, err := os.Stat(filepath.Dir(file))
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o700), info.Mode().Perm(), "it is private")
	require.NoError(t, s.Close())
	assert.NoDirExists(t, filepath.Dir(file))
}

// Each process here has a temporary folder of the test's, since a folder that is left there may go at any time to any
// store that is opened.
func TestTheFoldersOfKilledProcessesGo(t *testing.T) {
	t.Parallel()
	temp := t.TempDir()
	open := func() (*child, string) {
		c := startChild(t, "hold", store.Memory, temp)
		return c, filepath.Dir(c.line())
	}
	age := func(path string) {
		hourAgo := time.Now().Add(-time.Hour)
		require.NoError(t, os.Chtimes(path, hourAgo, hourAgo))
	}
	killed, old := open()
	killed.kill()
	killed, young := open()
	killed.kill()
	_, held := open()
	strange := filepath.Join(temp, "sandbox-other")
	require.NoError(t, os.Mkdir(strange, 0o700))
	file := filepath.Join(temp, "sandbox-memory-file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for _, path := range []string{old, held, strange, file} {
		age(path)
	}

	last, own := open()
	assert.NoDirExists(t, old)
	assert.DirExists(t, held, "its process lives")
	assert.FileExists(t, filepath.Join(held, "sandbox.db"))
	assert.DirExists(t, young, "a process may be about to lock it")
	assert.DirExists(t, strange, "it is none of ours")
	assert.FileExists(t, file, "it is none of ours")
	last.stop()
	assert.NoDirExists(t, own)
}

func TestADatabaseBeginsAsACopy(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	older := filepath.Join(folder, "older.db") // than the first migration
	db, err := sql.Open("sqlite", "file:"+older)
	require.NoError(t, err)
	_, err = db.Exec(notesTable + "; INSERT INTO notes (name) VALUES ('first')")
	require.NoError(t, errors.Join(err, db.Close()))
	first, err := os.ReadFile(older)
	require.NoError(t, err)
	addTo := func(path string) []string {
		s, err := store.OpenFrom(t.Context(), path, first)
		require.NoError(t, err)
		defer func() { assert.NoError(t, s.Close()) }()
		require.NoError(t, s.Read(t.Context(), func(v store.View) error {
			return v.QueryRow("SELECT count(*) FROM workspaces").Scan(new(int))
		}), "it is brought up to date")
		require.NoError(t, s.Write(t.Context(), "", note("more")))
		return notes(t, s)
	}
	assert.Equal(t, []string{"first", "more"}, addTo(store.Memory))
	assert.Equal(t, []string{"first", "more"}, addTo(store.Memory), "each is a copy of its own")

	// A sandbox was killed, what it had not put into its file yet is still there, and the file has been removed.
	path := filepath.Join(folder, "sandbox.db")
	killed := startChild(t, "write", path, t.TempDir())
	killed.line()
	killed.kill()
	require.FileExists(t, path+"-wal")
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.WriteFile(path+".new", []byte("a copy that was cut short"), 0o600))
	assert.Equal(t, []string{"first", "more"}, addTo(path))
	assert.NoFileExists(t, path+".new")
	assert.Equal(t, []string{"first", "more"}, contents(t, path), "it is kept")

	s, err := store.OpenFrom(t.Context(), path, []byte("not looked at, since there is one"))
	require.NoError(t, err)
	require.NoError(t, s.Close())
}

// Nobody else on the machine reads a database, nor what SQLite keeps beside it.
func TestADatabaseIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	for _, first := range [][]byte{nil, {}} {
		dir := t.TempDir()
		s, err := store.OpenFrom(t.Context(), filepath.Join(dir, "sandbox.db"), first)
		require.NoError(t, err)
		files, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, files, 3, "the database, its lock, and its log")
		for _, file := range files {
			info, err := file.Info()
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o600), info.Mode(), file.Name())
		}
		require.NoError(t, s.Close())
	}
}
