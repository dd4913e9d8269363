package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/store"
)

func TestAReadSeesOneSnapshot(t *testing.T) {
	t.Parallel()
	for kind, path := range kinds(t) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := openStore(t, path)
			require.NoError(t, s.Write(t.Context(), "", note("before")))
			var first, second []string
			require.NoError(t, s.Read(t.Context(), func(v store.View) (err error) {
				if first, err = allNotes(v); err != nil {
					return err
				}
				written := make(chan error)
				go func() { written <- s.Write(t.Context(), "", note("meanwhile")) }()
				if err := <-written; err != nil {
					return err
				}
				second, err = allNotes(v)
				return err
			}))
			assert.Equal(t, []string{"before"}, first)
			assert.Equal(t, first, second)
			assert.Equal(t, []string{"before", "meanwhile"}, notes(t, s), "the next read sees what was written before it")
		})
	}
}

func TestAReadDoesNotWaitForTheWriter(t *testing.T) {
	t.Parallel()
	for kind, path := range kinds(t) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := openStore(t, path)
				commit := make(chan struct{})
				writing := start(func() error {
					return s.Write(context.Background(), "", func(tx store.Tx) error {
						defer func() { <-commit }()
						return insert(tx, "name")
					})
				})
				assert.Empty(t, notes(t, s))
				close(commit)
				assert.NoError(t, <-writing)
				assert.Equal(t, []string{"name"}, notes(t, s))
			})
		})
	}
}

func TestNobodyStarves(t *testing.T) {
	t.Parallel()
	for kind, path := range kinds(t) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := openStore(t, path)
			require.NoError(t, s.Write(t.Context(), "", note("a name")))
			read := func() error {
				return s.Read(t.Context(), func(v store.View) error {
					n, err := countNotes(v)
					if n != 1 {
						return fmt.Errorf("%d notes: %w", n, err)
					}
					return err
				})
			}
			write := func() error {
				return s.Write(t.Context(), "", func(tx store.Tx) error {
					return errors.Join(tx.Exec("DELETE FROM notes"), insert(tx, "another name"))
				})
			}
			// Both in turn, since either would spoil the other's measure.
			beside(t, write, read)
			beside(t, read, write)
		})
	}
}

// beside runs busy again and again in many goroutines, until others have run some of it fifty times each. It hangs if
// they do not get there.
func beside(t *testing.T, busy, some func() error) {
	t.Helper()
	const goroutines, times = 8, 50
	var enough atomic.Bool
	var begun, ended sync.WaitGroup
	begun.Add(goroutines)
	for range goroutines {
		ended.Go(func() {
			assert.NoError(t, busy())
			begun.Done()
			for !enough.Load() {
				assert.NoError(t, busy())
			}
		})
	}
	begun.Wait()
	var others sync.WaitGroup
	for range goroutines {
		others.Go(func() {
			for range times {
				assert.NoError(t, some())
			}
		})
	}
	others.Wait()
	enough.Store(true)
	ended.Wait()
}

func TestAReadWaitsForAConnectionAsLongAsItsContext(t *testing.T) {
	t.Parallel()
	for _, engine := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			db := database(t, engine)
			synctest.Test(t, func(t *testing.T) {
				s := openStore(t, db)
				busy := make(chan struct{})
				var others []<-chan error
				for range readers(s) {
					others = append(others, start(func() error {
						return s.Read(context.Background(), func(store.View) error {
							<-busy
							return nil
						})
					}))
				}
				ctx, cancel := context.WithCancel(t.Context())
				waiting := start(func() error {
					return s.Read(ctx, func(store.View) error { return errors.New("it ran") })
				})
				assert.False(t, answered(waiting))
				cancel()
				assert.ErrorIs(t, <-waiting, context.Canceled)
				close(busy)
				for _, other := range others {
					assert.NoError(t, <-other)
				}
				assert.Empty(t, notes(t, s), "and reads go on")
			})
		})
	}
}

// Whatever happens in a read, its connection is as good as new for the next.
func TestAReadThatEndsBadlyHarmsNoOther(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused")
	for name, read := range map[string]func(store.View) error{
		"it refuses": func(store.View) error { return refused },
		"it panics":  func(store.View) error { panic(refused) },
		"it panics with rows open": func(v store.View) error {
			rows, err := v.Query("SELECT name FROM notes")
			if err == nil && rows.Next() {
				panic(refused)
			}
			return err
		},
		"it leaves rows open": func(v store.View) error {
			rows, err := v.Query("SELECT name FROM notes")
			if err == nil && rows.Next() {
				return refused
			}
			return err
		},
		"a statement fails": func(v store.View) error {
			err := v.QueryRow("SELECT nothing").Scan(new(int))
			if later := v.QueryRow("SELECT 1").Scan(new(int)); !errors.Is(later, err) {
				return fmt.Errorf("a later one answers %w", later)
			}
			return refused
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, engine := range engines() {
				t.Run(engine, func(t *testing.T) {
					t.Parallel()
					db := database(t, engine)
					s := openStore(t, db)
					require.NoError(t, s.Write(t.Context(), "", note("before")))
					for range readers(s) { // which take turns
						assert.Equal(t, refused, recovered(func() error { return s.Read(t.Context(), read) }))
					}
					require.NoError(t, s.Write(t.Context(), "", note("after")))
					onEveryReader(t, s, func(v store.View) error {
						all, err := allNotes(v)
						assert.Equal(t, []string{"after", "before"}, all)
						return err
					})
				})
			}
		})
	}
}

// recovered calls fn and returns what it returned, or the error that it panicked with.
func recovered(fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = v.(error)
		}
	}()
	return fn()
}
