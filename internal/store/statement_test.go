package store_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/store"
)

// inBoth runs fn in a read and in a write, each twice on the same connection.
func inBoth(t *testing.T, s *store.Store, fn func(store.View) error) {
	t.Helper()
	for range 2 {
		onEveryReader(t, s, fn)
		assert.NoError(t, s.Write(t.Context(), "", func(tx store.Tx) error { return fn(tx.View) }))
	}
}

func openWithNotes(t *testing.T, db string, names ...string) *store.Store {
	t.Helper()
	s := openStore(t, db)
	for _, name := range names {
		require.NoError(t, s.Write(t.Context(), "", note(name)))
	}
	return s
}

// A connection keeps only so many statements prepared.
func TestStatementsMayBeMany(t *testing.T) {
	t.Parallel()
	for _, engine := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			db := database(t, engine)
			inBoth(t, openWithNotes(t, db), manyStatements)
		})
	}
}

func manyStatements(v store.View) error {
	for i := range 300 {
		var got int
		if err := v.QueryRow(fmt.Sprintf("SELECT %d", i)).Scan(&got); err != nil || got != i {
			return fmt.Errorf("%d instead of %d: %w", got, i, err)
		}
	}
	return nil
}

// Rows that are open stay so, whatever other statements run and are forgotten.
func TestStatementsMayBeManyWhileRowsAreOpen(t *testing.T) {
	t.Parallel()
	for _, engine := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			db := database(t, engine)
			inBoth(t, openWithNotes(t, db, "a", "b"), func(v store.View) error {
				seen := ""
				err := eachNote(v, "", func(name string) error {
					seen += name
					return manyStatements(v)
				})
				assert.Equal(t, "ab", seen)
				return err
			})
		})
	}
}

func TestAStatementMayRunWhileItsRowsAreOpen(t *testing.T) {
	t.Parallel()
	for _, engine := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			db := database(t, engine)
			inBoth(t, openWithNotes(t, db, "a", "b", "c"), func(v store.View) error {
				seen := ""
				err := eachNote(v, "", func(outer string) error {
					return eachNote(v, outer, func(middle string) error {
						return eachNote(v, middle, func(inner string) error {
							seen += outer + middle + inner + " "
							return nil
						})
					})
				})
				assert.Equal(t, "abc ", seen)
				return err
			})
		})
	}
}

// eachNote calls fn for each note behind after, while its rows are open.
func eachNote(v store.View, after string, fn func(name string) error) error {
	rows, err := v.Query("SELECT name FROM notes WHERE name > $1 ORDER BY name", after)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		if err := fn(name); err != nil {
			return err
		}
	}
	return rows.Err()
}

func TestAnInsertMayRunWhileItsRowsAreOpen(t *testing.T) {
	t.Parallel()
	for _, engine := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			db := database(t, engine)
			s := openStore(t, db)
			const insert = "INSERT INTO notes (name) VALUES ($1), ($1 || $1) RETURNING name"
			var returned []string
			require.NoError(t, s.Write(t.Context(), "", func(tx store.Tx) error {
				rows, err := tx.Query(insert, "a")
				if err != nil {
					return err
				}
				defer func() { _ = rows.Close() }()
				for i := 0; rows.Next(); i++ {
					var name string
					if err := rows.Scan(&name); err != nil {
						return err
					}
					returned = append(returned, name)
					if err := tx.Exec(insert, fmt.Sprint(i)); err != nil {
						return err
					}
				}
				return rows.Err()
			}))
			assert.Equal(t, []string{"a", "aa"}, returned)
			assert.Equal(t, []string{"0", "00", "1", "11", "a", "aa"}, notes(t, s))
		})
	}
}

func TestAStatementSaysHowManyRowsItChanged(t *testing.T) {
	t.Parallel()
	for _, engine := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := openWithNotes(t, database(t, engine), "a", "b")
			require.NoError(t, s.Write(t.Context(), "", func(tx store.Tx) error {
				for _, c := range []struct {
					before, query string
					rows          int64
				}{
					{"c", "INSERT INTO notes (name) VALUES ('d') ON CONFLICT (name) DO NOTHING", 1},
					{"e", "INSERT INTO notes (name) VALUES ('d') ON CONFLICT (name) DO NOTHING", 0},
					{"f", "UPDATE notes SET about = name WHERE name <> 'a'", 5},
					{"g", "DELETE FROM notes WHERE name > 'b'", 5},
				} {
					if err := insert(tx, c.before); err != nil {
						return err
					}
					rows, err := tx.Count(c.query)
					if err != nil {
						return err
					}
					assert.Equal(t, c.rows, rows, c.query)
				}
				return insert(tx, "h")
			}))
			assert.Equal(t, []string{"a", "b", "h"}, notes(t, s))

			require.Error(t, s.Write(t.Context(), "", func(tx store.Tx) error {
				require.NoError(t, insert(tx, "i"))
				_, err := tx.Count("INSERT INTO notes (name) VALUES ('a')")
				assert.Error(t, err, "it says so at once")
				return nil
			}))
			assert.Equal(t, []string{"a", "b", "h"}, notes(t, s))
		})
	}
}
