package store_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/store"
)

// Readers keep snapshots and remember answers. Whoever has the answer to a write finds it all the same, at every reader,
// also where the opposite was read just before.
func TestNobodyReadsWhatIsOlderThanAnAcknowledgedWrite(t *testing.T) {
	t.Parallel()
	for kind, path := range kinds(t) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := openStore(t, path)
			there := func(name string) (n int) {
				count := func(v store.View) error {
					return v.QueryRow("SELECT COUNT(*) FROM notes WHERE name = $1", name).Scan(&n)
				}
				assert.NoError(t, s.Read(t.Context(), func(v store.View) error {
					made, err := v.Remember("how many", []any{name}, func() ([]byte, error) {
						err := count(v)
						return strconv.AppendInt(nil, int64(n), 10), err
					})
					err = errors.Join(err, count(v))
					assert.Equal(t, strconv.Itoa(n), string(made))
					return err
				}))
				return n
			}
			var all sync.WaitGroup
			for writer := range 8 {
				all.Go(func() {
					for i := range 50 {
						name := fmt.Sprintf("%d-%d", writer, i)
						for range 2 * readers(s) {
							assert.Zero(t, there(name))
						}
						write := s.Write
						if i%5 == 0 {
							write = s.WriteAlone
						}
						assert.NoError(t, write(t.Context(), "", note(name)))
						for range 2 * readers(s) {
							assert.Equal(t, 1, there(name))
						}
					}
				})
			}
			all.Wait()
		})
	}
}

// A read whose first answer was remembered, and whose second was not, has both from one state.
func TestARememberedAnswerIsOfTheSameSnapshot(t *testing.T) {
	t.Parallel()
	for kind, path := range kinds(t) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := openStore(t, path)
			written := make(chan struct{})
			var all sync.WaitGroup
			all.Go(func() {
				defer close(written)
				for i := range 300 {
					assert.NoError(t, s.Write(t.Context(), "", note(fmt.Sprint(i))))
				}
			})
			for reader := range 4 {
				all.Go(func() {
					for i := 0; ; i++ {
						var remembered, fresh int
						assert.NoError(t, s.Read(t.Context(), func(v store.View) error {
							return errors.Join(
								v.QueryRow("SELECT COUNT(*) FROM notes").Scan(&remembered),
								v.QueryRow("SELECT COUNT(*) FROM notes WHERE name <> $1", fmt.Sprintf("%d-%d", reader, i)).Scan(&fresh))
						}))
						if !assert.Equal(t, remembered, fresh) {
							return
						}
						select {
						case <-written:
							return
						default:
						}
					}
				})
			}
			all.Wait()
		})
	}
}

// What is asked again is answered again, to the last row and of the same types.
func TestAnAnswerIsTheSameAgain(t *testing.T) {
	t.Parallel()
	s := openStore(t, store.Memory)
	require.NoError(t, s.Write(t.Context(), "", func(tx store.Tx) error {
		return errors.Join(insert(tx, "a"), insert(tx, "b"), tx.Exec("INSERT INTO notes (name, about) VALUES ('c', 'a')"))
	}))
	ask := func(query string, args ...any) (all []string) {
		require.NoError(t, s.Read(t.Context(), func(v store.View) (err error) {
			all, err = texts(v, query, args...)
			return err
		}))
		return all
	}
	a := "a"
	for range 3 * readers(s) {
		require.NoError(t, s.Read(t.Context(), func(v store.View) error {
			rows, err := v.Query("SELECT name FROM notes ORDER BY name") // of which only one row is read
			require.NoError(t, err)
			assert.True(t, rows.Next())
			var one string
			require.NoError(t, v.QueryRow("SELECT name FROM notes ORDER BY name").Scan(&one))
			assert.Equal(t, "a", one)
			return rows.Close()
		}))
		assert.Equal(t, []string{"a", "b", "c"}, ask("SELECT name FROM notes ORDER BY name"))
		assert.Empty(t, ask("SELECT name FROM notes WHERE name = 'd'"))
		assert.Equal(t, []string{"text"}, ask("SELECT typeof($1)", "1"))
		assert.Equal(t, []string{"integer"}, ask("SELECT typeof($1)", 1))
		assert.Equal(t, []string{"integer"}, ask("SELECT typeof($1)", true))
		assert.Equal(t, []string{"real"}, ask("SELECT typeof($1)", 1.5))
		assert.Equal(t, []string{"null"}, ask("SELECT typeof($1)", nil))
		assert.Equal(t, []string{"text"}, ask("SELECT typeof($1)", &a))
		assert.Equal(t, []string{"a: b"}, ask("SELECT $1 || ' ' || $2", "a:", "b"))
		assert.Equal(t, []string{"a :b"}, ask("SELECT $1 || ' ' || $2", "a", ":b"))
		require.NoError(t, s.Read(t.Context(), func(v store.View) error {
			var name string
			var about *string
			require.NoError(t, v.QueryRow("SELECT name, about FROM notes WHERE name = 'c'").Scan(&name, &about))
			assert.Equal(t, "a", *about)
			require.NoError(t, v.QueryRow("SELECT name, about FROM notes WHERE name = 'b'").Scan(&name, &about))
			assert.Nil(t, about)
			return nil
		}))
	}
}

// What was made is not made again until something is written, each name and argument for itself. A failure is not
// remembered, and where there is no snapshot nothing is.
func TestWhatWasMadeIsRemembered(t *testing.T) {
	t.Parallel()
	s := openStore(t, store.Memory)
	var made atomic.Int64
	remember := func(v store.View, name string, args ...any) string {
		text, err := v.Remember(name, args, func() ([]byte, error) {
			made.Add(1)
			return fmt.Append(nil, name, args), nil
		})
		assert.NoError(t, err)
		return string(text)
	}
	all := func(v store.View) error {
		assert.Equal(t, "a[x y]", remember(v, "a", "x", "y"))
		assert.Equal(t, "b[x y]", remember(v, "b", "x", "y"))
		assert.Equal(t, "a[xy]", remember(v, "a", "xy"))
		assert.Equal(t, "a[1]", remember(v, "a", 1))
		assert.Equal(t, "a[1]", remember(v, "a", "1"))
		return nil
	}
	for writes := 1; writes < 4; writes++ {
		for range 3 {
			onEveryReader(t, s, all)
		}
		assert.EqualValues(t, writes*5*readers(s), made.Load())
		require.NoError(t, s.Write(t.Context(), "", note(fmt.Sprint(writes))))
	}
	made.Store(0)
	require.NoError(t, s.Write(t.Context(), "", func(tx store.Tx) error { return errors.Join(all(tx.View), all(tx.View)) }))
	assert.EqualValues(t, 10, made.Load())
	onEveryReader(t, s, func(v store.View) error {
		for range 2 {
			_, err := v.Remember("failed", nil, func() ([]byte, error) { return nil, os.ErrInvalid })
			assert.ErrorIs(t, err, os.ErrInvalid)
			assert.Equal(t, "a[1.5]", remember(v, "a", 1.5))
		}
		return nil
	})
	assert.EqualValues(t, 10+2*readers(s), made.Load(), "nor what cannot be told from all other arguments")
}

func TestAReadAfterAFailedOneSeesEverything(t *testing.T) {
	t.Parallel()
	s := openStore(t, store.Memory)
	for i := range 2 * readers(s) {
		require.NoError(t, s.Write(t.Context(), "", note(fmt.Sprint(i))))
		assert.Len(t, notes(t, s), i+1)
		assert.Error(t, s.Read(t.Context(), func(v store.View) error { return v.QueryRow("SELECT nothing").Scan(new(int)) }))
		assert.Len(t, notes(t, s), i+1)
	}
}

// An idle reader that has read once must not keep the log from beginning anew.
func TestIdleReadersDoNotLetTheLogGrow(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sandbox.db")
	s := openStore(t, path)
	onEveryReader(t, s, func(v store.View) error { _, err := countNotes(v); return err })
	for i := range 300 {
		require.NoError(t, s.Write(t.Context(), "", note(fmt.Sprint(i)+strings.Repeat("x", 100_000))))
	}
	log, err := os.Stat(path + "-wal")
	require.NoError(t, err)
	assert.Less(t, log.Size(), int64(8<<20), "of 30 MB that were written")
}

// What readers remember has a bound. Not parallel, since it measures the heap.
func TestReadersDoNotRememberEverything(t *testing.T) {
	s := openStore(t, store.Memory)
	const much = 4000
	require.NoError(t, s.Write(t.Context(), "", func(tx store.Tx) error {
		for i := range much {
			if err := insert(tx, fmt.Sprintf("%04d", i)+strings.Repeat("x", 8<<10)); err != nil {
				return err
			}
		}
		return nil
	}))
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	for i := range much {
		assert.NoError(t, s.Read(t.Context(), func(v store.View) error {
			_, err := v.Remember("made", []any{i}, func() ([]byte, error) { return make([]byte, 8<<10), nil })
			require.NoError(t, err)
			return v.QueryRow("SELECT name FROM notes WHERE name > $1 AND name < $2", fmt.Sprintf("%04d", i), fmt.Sprintf("%04dy", i)).Scan(new(string))
		}))
	}
	for range readers(s) {
		assert.Len(t, notes(t, s), much)
	}
	assert.Less(t, heap()-before, int64(4<<20), "of 32 MB that were read, and as much that was made of it")
}
