package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"github.com/seed-0f456478/sandbox/internal/store"
)

// place inserts a note, and tells how many neighbours in the same commit did so before: they are what this transaction
// sees and no reader does.
func place(s *store.Store, tx store.Tx, name string) (int, error) {
	all, err := countNotes(tx.View)
	if err != nil {
		return 0, err
	}
	var committed int
	err = s.Read(context.Background(), func(v store.View) (err error) {
		committed, err = countNotes(v)
		return err
	})
	return all - committed, errors.Join(err, insert(tx, name))
}

func TestWritesThatWaitShareCommits(t *testing.T) {
	t.Parallel()
	type write = func(*store.Store, context.Context, string, func(store.Tx) error) error
	shared, alone := (*store.Store).Write, (*store.Store).WriteAlone
	repeat := func(n int, w write) (all []write) {
		for range n {
			all = append(all, w)
		}
		return all
	}
	count := func(sizes ...int) (places []int) {
		for _, size := range sizes {
			for i := range size {
				places = append(places, i)
			}
		}
		return places
	}
	for _, test := range []struct {
		name   string
		writes []write
		places []int
	}{
		{"all that wait", repeat(5, shared), count(5)},
		{"at most 256", repeat(600, shared), count(256, 256, 88)},
		{"not with one alone", []write{shared, shared, shared, alone, shared, shared}, count(3, 1, 2)},
		{"none alone", []write{alone, alone, shared, alone}, count(1, 1, 1, 1)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, engine := range engines() {
				t.Run(engine, func(t *testing.T) {
					t.Parallel()
					db := database(t, engine)
					synctest.Test(t, func(t *testing.T) {
						s := openStore(t, db)
						q := hold(s)
						places := make([]int, len(test.writes))
						var answers []<-chan error
						for i, write := range test.writes {
							answers = append(answers, start(func() error {
								return write(s, context.Background(), "", func(tx store.Tx) (err error) {
									places[i], err = place(s, tx, fmt.Sprint(i))
									return err
								})
							}))
						}
						q.release()
						for _, answer := range answers {
							assert.NoError(t, <-answer)
						}
						assert.Equal(t, test.places, places)
					})
				})
			}
		})
	}
}

// A refusal may rest on a neighbour's row: were it answered before the commit, its caller would not find what it was
// refused for, and after a power cut nobody would.
func TestAllAreAnsweredAfterTheCommit(t *testing.T) {
	t.Parallel()
	for _, engine := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			db := database(t, engine)
			synctest.Test(t, func(t *testing.T) {
				s := openStore(t, db)
				q := hold(s)
				taken := errors.New("taken")
				take := func(tx store.Tx) error {
					switch all, err := allNotes(tx.View); {
					case err != nil:
						return err
					case len(all) > 0:
						return taken
					}
					return insert(tx, "name")
				}
				taking, refused := q.write(take), q.write(take)
				commit := make(chan struct{})
				last := q.write(func(store.Tx) error {
					<-commit
					return nil
				})
				q.release()
				assert.Empty(t, notes(t, s), "no reader sees what is not committed")
				assert.False(t, answered(taking))
				assert.False(t, answered(refused))

				close(commit)
				assert.Equal(t, taken, <-refused)
				assert.Equal(t, []string{"name"}, notes(t, s))
				assert.NoError(t, <-taking)
				assert.NoError(t, <-last)
			})
		})
	}
}

func TestABatchThatBreaksRunsAgainOneByOne(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		culprit   func(store.Tx) error
		runsAfter int // of the member behind it
	}{
		{"a member rolls all back", func(tx store.Tx) error { return tx.Exec("ROLLBACK") }, 1},
		{"a member ends its savepoint", func(tx store.Tx) error { return tx.Exec("RELEASE member") }, 1},
		{"the commit fails", func(tx store.Tx) error {
			return tx.Exec("INSERT INTO notes (name, about) VALUES ('orphan', 'nothing')")
		}, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, engine := range engines() {
				t.Run(engine, func(t *testing.T) {
					t.Parallel()
					db := database(t, engine)
					synctest.Test(t, func(t *testing.T) {
						s := openStore(t, db)
						q := hold(s)
						runs := map[string]int{}
						write := func(name string, ctx context.Context, then func(store.Tx) error) <-chan error {
							return start(func() error {
								return s.Write(ctx, "", func(tx store.Tx) error {
									runs[name]++
									return errors.Join(insert(tx, name), then(tx))
								})
							})
						}
						nothing := func(store.Tx) error { return nil }
						ctx, cancel := context.WithCancel(t.Context())
						before := write("before", t.Context(), nothing)
						refused := write("refused", t.Context(), func(store.Tx) error { return errRefused })
						cancelled := write("cancelled while it runs", ctx, func(store.Tx) error {
							cancel()
							return nil
						})
						culprit := write("culprit", t.Context(), test.culprit)
						after := write("after", t.Context(), nothing)
						q.release()

						assert.NoError(t, <-before)
						assert.ErrorIs(t, <-refused, errRefused)
						assert.NoError(t, <-cancelled, "it had started: its context was looked at")
						assert.Error(t, <-culprit)
						assert.NoError(t, <-after)
						assert.Equal(t, []string{"after", "before", "cancelled while it runs"}, notes(t, s))
						runsAfter := test.runsAfter
						if s.Shared() {
							runsAfter = 2 // the end of a savepoint travels with the next statement
						}
						assert.Equal(t, map[string]int{
							"before": 2, "refused": 2, "cancelled while it runs": 2, "culprit": 2, "after": runsAfter,
						}, runs)
					})
				})
			}
		})
	}
}
