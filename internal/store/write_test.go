package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/store"
)

// behaviour is something that a write may do, and how it is answered whoever its neighbours are.
type behaviour struct {
	name   string
	often  int // among random ones
	write  func(tx store.Tx, name string, cancel func()) error
	answer assert.ErrorAssertionFunc
	breaks bool // the transaction that it shares
}

var behaviours = []behaviour{
	{"writes", 20, func(tx store.Tx, name string, _ func()) error {
		return insert(tx, name)
	}, assert.NoError, false},

	{"is cancelled while it runs", 4, func(tx store.Tx, name string, cancel func()) error {
		cancel()
		return insert(tx, name)
	}, assert.NoError, false},

	{"refuses", 4, func(tx store.Tx, name string, _ func()) error {
		return errors.Join(insert(tx, name), errRefused)
	}, isRefused, false},

	{"panics", 4, func(tx store.Tx, name string, _ func()) error {
		panic(insert(tx, name))
	}, isPanic, false},

	{"panics with rows open", 4, func(tx store.Tx, name string, _ func()) error {
		rows, err := tx.Query("INSERT INTO notes (name) VALUES ($1), ($2) RETURNING name", name, name+" too")
		if err != nil {
			return err
		}
		panic(rows.Next())
	}, isPanic, false},

	{"leaves rows open", 4, func(tx store.Tx, name string, _ func()) error {
		_, err := tx.Query("INSERT INTO notes (name) VALUES ($1) RETURNING name", name)
		return err
	}, assert.NoError, false},

	{"violates a constraint", 4, func(tx store.Tx, name string, _ func()) error {
		return errors.Join(insert(tx, name), insert(tx, name))
	}, isFailure, false},

	{"swallows the violation of a constraint", 4, func(tx store.Tx, name string, _ func()) error {
		_ = errors.Join(insert(tx, name), insert(tx, name))
		return nil
	}, isFailure, false},

	{"swallows a mistake in its SQL", 4, func(tx store.Tx, name string, _ func()) error {
		_ = errors.Join(insert(tx, name), tx.Exec("INSERT INTO nothing"))
		return nil
	}, isFailure, false},

	{"breaks the shared transaction", 1, func(tx store.Tx, name string, _ func()) error {
		return errors.Join(insert(tx, name), tx.Exec("ROLLBACK"))
	}, isFailure, true},

	{"makes the commit fail", 1, func(tx store.Tx, name string, _ func()) error {
		return tx.Exec("INSERT INTO notes (name, about) VALUES ($1, 'nothing')", name)
	}, isFailure, true},
}

var errRefused = errors.New("refused")

func isRefused(t assert.TestingT, err error, _ ...any) bool {
	return assert.ErrorIs(t, err, errRefused)
}

func isPanic(t assert.TestingT, err error, _ ...any) bool {
	var p *store.PanicError
	return assert.ErrorAs(t, err, &p)
}

func isFailure(t assert.TestingT, err error, _ ...any) bool {
	var p *store.PanicError
	return assert.Error(t, err) && assert.NotErrorIs(t, err, errRefused) && assert.NotErrorIs(t, err, context.Canceled) &&
		assert.NotErrorAs(t, err, &p)
}

func TestWhatAMemberDoesIsItsOwnAffair(t *testing.T) {
	t.Parallel()
	for _, b := range behaviours {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			for _, engine := range engines() {
				t.Run(engine, func(t *testing.T) {
					t.Parallel()
					db := database(t, engine)
					synctest.Test(t, func(t *testing.T) {
						s := openStore(t, db)
						q := hold(s)
						runs := 0
						before := q.write(func(tx store.Tx) error {
							runs++
							return insert(tx, "before")
						})
						ctx, cancel := context.WithCancel(t.Context())
						member := start(func() error {
							return s.Write(ctx, "", func(tx store.Tx) error { return b.write(tx, "member", cancel) })
						})
						after := q.write(note("after"))
						q.release()

						assert.NoError(t, <-before)
						assert.NoError(t, <-after)
						want := []string{"after", "before"}
						if err := <-member; b.answer(t, err) && err == nil {
							want = append(want, "member")
						}
						assert.Equal(t, want, notes(t, s))
						if !b.breaks {
							assert.Equal(t, 1, runs, "the shared transaction broke")
						}
						assert.NoError(t, s.Write(t.Context(), "", note("much later")), "the store goes on")
					})
				})
			}
		})
	}
}

// TestAnswersAndRowsAgree is about hundreds of writes at once, of all behaviours.
func TestAnswersAndRowsAgree(t *testing.T) {
	t.Parallel()
	for kind, path := range kinds(t) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := openStore(t, path)
			const writers, writes = 250, 2
			var mu sync.Mutex
			var written []string
			var all sync.WaitGroup
			for writer := range writers {
				all.Go(func() {
					random := rand.New(rand.NewPCG(1, uint64(writer)))
					for i := range writes {
						name := fmt.Sprintf("%03d/%d", writer, i)
						if writeAtRandom(t, s, random, name) {
							mu.Lock()
							written = append(written, name)
							mu.Unlock()
						}
					}
				})
			}
			all.Wait()
			slices.Sort(written)
			assert.Equal(t, written, notes(t, s))
		})
	}
}

// writeAtRandom writes with any of the behaviours, looks at the answer, and says whether it stands for a row.
func writeAtRandom(t *testing.T, s *store.Store, random *rand.Rand, name string) (written bool) {
	t.Helper()
	var choice []behaviour
	for _, b := range behaviours {
		choice = append(choice, slices.Repeat([]behaviour{b}, b.often)...)
	}
	b := choice[random.IntN(len(choice))]
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	hurried := random.IntN(8) == 0 // cancelled at any time: before, while and after it runs
	if hurried {
		go cancel()
	}
	write := s.Write
	if random.IntN(16) == 0 {
		write = s.WriteAlone
	}
	err := write(ctx, "", func(tx store.Tx) error { return b.write(tx, name, cancel) })
	if !hurried || !errors.Is(err, context.Canceled) {
		b.answer(t, err, b.name)
	}
	return err == nil
}

func TestAContextIsLookedAtOnceBeforeTheWriteStarts(t *testing.T) {
	t.Parallel()
	for _, engine := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			db := database(t, engine)
			synctest.Test(t, func(t *testing.T) {
				s := openStore(t, db)
				gone, cancel := context.WithCancel(t.Context())
				cancel()
				assert.ErrorIs(t, s.Write(gone, "", note("cancelled before it came")), context.Canceled)

				q := hold(s)
				inTime, cancelInTime := context.WithCancel(t.Context())
				tooLate, cancelTooLate := context.WithCancel(t.Context())
				byNeighbour, cancelNeighbour := context.WithCancel(t.Context())
				answers := map[string]<-chan error{}
				for _, w := range []struct {
					name   string
					ctx    context.Context
					cancel func()
				}{
					{"cancelled while it waits", inTime, func() {}},
					{"cancelled while it runs", tooLate, cancelTooLate},
					{"cancels the next", t.Context(), cancelNeighbour},
					{"cancelled by the one before", byNeighbour, func() {}},
				} {
					answers[w.name] = start(func() error {
						return s.Write(w.ctx, "", func(tx store.Tx) error {
							w.cancel()
							return insert(tx, w.name)
						})
					})
				}
				cancelInTime()
				q.release()

				assert.ErrorIs(t, <-answers["cancelled while it waits"], context.Canceled)
				assert.NoError(t, <-answers["cancelled while it runs"])
				assert.NoError(t, <-answers["cancels the next"])
				assert.ErrorIs(t, <-answers["cancelled by the one before"], context.Canceled)
				assert.Equal(t, []string{"cancelled while it runs", "cancels the next"}, notes(t, s))
			})
		})
	}
}

func TestAPanicIsContained(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(*store.Store, context.Context, string, func(store.Tx) error) error{
		"Write":      (*store.Store).Write,
		"WriteAlone": (*store.Store).WriteAlone,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, engine := range engines() {
				t.Run(engine, func(t *testing.T) {
					t.Parallel()
					db := database(t, engine)
					s := openStore(t, db)
					err := write(s, t.Context(), "", func(tx store.Tx) error {
						if err := insert(tx, "lost"); err != nil {
							return err
						}
						return stumble()
					})
					var p *store.PanicError
					require.ErrorAs(t, err, &p)
					assert.Equal(t, "oh", p.Value)
					assert.Contains(t, string(p.Stack), "store_test.stumble", "where it panicked")
					assert.ErrorContains(t, err, "oh")
					assert.NoError(t, write(s, t.Context(), "", note("kept")))
					assert.Equal(t, []string{"kept"}, notes(t, s))
				})
			}
		})
	}
}

//go:noinline
func stumble() error { panic("oh") }

// A statement that has failed may have ended the transaction: nothing may run after it, and nothing of the write may stay.
func TestAStatementThatFailsFailsTheWrite(t *testing.T) {
	t.Parallel()
	for _, engine := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			db := database(t, engine)
			s := openStore(t, db)
			require.NoError(t, s.Write(t.Context(), "", note("taken")))
			for name, fail := range map[string]func(store.Tx) error{
				"a constraint": func(tx store.Tx) error { return insert(tx, "taken") },
				"a constraint, with rows": func(tx store.Tx) error {
					_, err := texts(tx.View, "INSERT INTO notes (name) VALUES ('taken') RETURNING name")
					return err
				},
				"a constraint, with a row": func(tx store.Tx) error {
					return tx.QueryRow("INSERT INTO notes (name) VALUES ('taken') RETURNING name").Scan(new(string))
				},
				"a type":               func(tx store.Tx) error { return tx.Exec("INSERT INTO notes (name) VALUES ($1)", []byte("blob")) },
				"a missing argument":   func(tx store.Tx) error { return tx.Exec("INSERT INTO notes (name) VALUES ($1)") },
				"SQL that is no SQL":   func(tx store.Tx) error { return tx.Exec("INSRT") },
				"a table that is none": func(tx store.Tx) error { return tx.QueryRow("SELECT 1 FROM nothing").Scan(new(int)) },
				"a row that cannot be scanned": func(tx store.Tx) error {
					return tx.QueryRow("SELECT name FROM notes").Scan(new(int))
				},
			} {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					var first error
					later := map[string]error{}
					err := s.Write(t.Context(), "", func(tx store.Tx) error {
						_ = insert(tx, "before, "+name)
						if first = fail(tx); first == nil { // PostgreSQL is asked with the next statement
							first = tx.QueryRow("SELECT 1").Scan(new(int))
						}
						later["Exec"] = insert(tx, "after, "+name)
						later["QueryRow"] = tx.QueryRow("SELECT 1").Scan(new(int))
						_, later["Query"] = texts(tx.View, "SELECT 1")
						return nil
					})
					require.Error(t, first)
					assert.Equal(t, first, err)
					assert.Equal(t, map[string]error{"Exec": first, "Query": first, "QueryRow": first}, later)
					assert.Equal(t, []string{"taken"}, notes(t, s))
				})
			}
		})
	}
}

func TestARowThatIsNotThereIsNoFailure(t *testing.T) {
	t.Parallel()
	for _, engine := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			db := database(t, engine)
			s := openStore(t, db)
			assert.NoError(t, s.Write(t.Context(), "", func(tx store.Tx) error {
				err := tx.QueryRow("SELECT name FROM notes WHERE name = 'free'").Scan(new(string))
				if !errors.Is(err, sql.ErrNoRows) {
					return fmt.Errorf("not sql.ErrNoRows: %w", err)
				}
				return insert(tx, "free")
			}))
			assert.Equal(t, []string{"free"}, notes(t, s))
		})
	}
}
