package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/store/storetest"
	"github.com/seed-0f456478/sandbox/migrations"
)

// openShared opens a database on a server as often as there are to be processes, and makes the table notes.
func openShared(t *testing.T, processes int) (db string, all []*store.Store) {
	t.Helper()
	_ = storetest.Server() == "" && skipPostgres(t)
	db = storetest.DB(t)
	for range processes {
		all = append(all, openStore(t, db))
	}
	return db, all
}

func skipPostgres(t *testing.T) bool {
	t.Helper()
	storetest.Postgres(t)
	return true
}

// with is a URL with a parameter more.
func with(t *testing.T, db, name, value string) string {
	t.Helper()
	u, err := url.Parse(db)
	require.NoError(t, err)
	query := u.Query()
	query.Set(name, value)
	u.RawQuery = query.Encode()
	return u.String()
}

// makeWorkspace makes a workspace's row.
func makeWorkspace(t *testing.T, s *store.Store, name string) {
	t.Helper()
	require.NoError(t, s.Write(t.Context(), name, func(tx store.Tx) error {
		return tx.Exec("INSERT INTO workspaces (workspace, self_made, seed, generation, clock_offset, created_at, used_at) VALUES ($1, $2, '', 1, 0, '', '')", name, false)
	}))
}

// killAll ends all connections to a database but the one that does.
func killAll(t *testing.T, db string) {
	t.Helper()
	require.NoError(t, storetest.Exec(t.Context(), db,
		"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"))
}

func TestProcessesMayStartOnAnEmptyDatabaseAtOnce(t *testing.T) {
	t.Parallel()
	db := storetest.Postgres(t)
	var children []*child
	for range 3 {
		children = append(children, startChild(t, "open", db, t.TempDir()))
	}
	for _, c := range children {
		assert.Equal(t, "open", c.line())
		c.stop()
	}
	s := openStore(t, db)
	require.NoError(t, s.Read(t.Context(), func(v store.View) error {
		twice, err := texts(v, "SELECT version_id || '' FROM goose_db_version GROUP BY version_id HAVING count(*) > 1")
		assert.Empty(t, twice)
		return err
	}))
}

// Each reads the number and writes the next, so none may come between.
func TestWritesOfAWorkspaceFollowEachOtherInAllProcesses(t *testing.T) {
	t.Parallel()
	_, stores := openShared(t, 3)
	makeWorkspace(t, stores[0], "w")
	const writers, writes = 4, 25
	var all sync.WaitGroup
	for _, s := range stores {
		for range writers {
			all.Go(func() {
				for range writes {
					assert.NoError(t, s.Write(t.Context(), "w", func(tx store.Tx) error {
						n, err := countNotes(tx.View)
						return errors.Join(err, insert(tx, fmt.Sprintf("%04d", n)))
					}))
				}
			})
		}
	}
	all.Wait()
	assert.Len(t, notes(t, stores[0]), len(stores)*writers*writes)
}

func TestWorkspacesDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	_, stores := openShared(t, 1)
	s := stores[0]
	makeWorkspace(t, s, "one")
	makeWorkspace(t, s, "another")
	assert.NoError(t, s.Write(t.Context(), "one", func(tx store.Tx) error {
		err := insert(tx, "of one")
		written := make(chan error)
		go func() { written <- s.Write(t.Context(), "another", note("of another")) }()
		return errors.Join(err, <-written)
	}))
}

// Two transactions that wait for each other, and two that cannot both be serial: one of them is broken off by the server,
// and runs again.
func TestWhatMeetsAnotherTransactionRunsAgain(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(tx store.Tx, own, other string, met func()) error{
		"a deadlock, 40P01": func(tx store.Tx, own, other string, met func()) error {
			err := tx.QueryRow("UPDATE notes SET about = about WHERE name = $1 RETURNING 1", own).Scan(new(int))
			met()
			return errors.Join(err, tx.Exec("UPDATE notes SET about = about WHERE name = $1", other))
		},
		"a serialization failure, 40001": func(tx store.Tx, own, other string, met func()) error {
			err := tx.Exec("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
			_, failed := countNotes(tx.View)
			met()
			return errors.Join(err, failed, insert(tx, own+" more"))
		},
		"a function that makes something else of it": func(tx store.Tx, own, other string, met func()) error {
			err := tx.QueryRow("UPDATE notes SET about = about WHERE name = $1 RETURNING 1", own).Scan(new(int))
			met()
			if tx.QueryRow("UPDATE notes SET about = about WHERE name = $1 RETURNING 1", other).Scan(new(int)) != nil {
				return errRefused
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, stores := openShared(t, 2)
			require.NoError(t, stores[0].Write(t.Context(), "", note("a")))
			require.NoError(t, stores[0].Write(t.Context(), "", note("b")))
			var both, all sync.WaitGroup
			both.Add(2)
			var runs [2]int
			for i, own := range []string{"a", "b"} {
				other := map[string]string{"a": "b", "b": "a"}[own]
				all.Go(func() {
					assert.NoError(t, stores[i].Write(t.Context(), "", func(tx store.Tx) error {
						runs[i]++
						return write(tx, own, other, func() {
							if runs[i] == 1 {
								both.Done()
								both.Wait()
							}
						})
					}))
				})
			}
			all.Wait()
			assert.Greater(t, runs[0]+runs[1], 2, "one ran again")
		})
	}
}

func TestConnectionsThatDiedAreReplaced(t *testing.T) {
	t.Parallel()
	db, stores := openShared(t, 1)
	s := stores[0]
	makeWorkspace(t, s, "w")
	onEveryReader(t, s, func(v store.View) error { return v.QueryRow("SELECT 1").Scan(new(int)) })
	for i := range 3 {
		killAll(t, db)
		assert.NoError(t, s.Write(t.Context(), "w", note(fmt.Sprint(i))))
		onEveryReader(t, s, func(v store.View) error {
			_, err := countNotes(v)
			return err
		})
		assert.NoError(t, s.Ready(t.Context()))
	}
	assert.Equal(t, []string{"0", "1", "2"}, notes(t, s))
}

func TestAWriteThatLosesItsConnectionRunsAgain(t *testing.T) {
	t.Parallel()
	db, stores := openShared(t, 1)
	s := stores[0]
	makeWorkspace(t, s, "w")
	runs := 0
	require.NoError(t, s.Write(t.Context(), "w", func(tx store.Tx) error {
		runs++
		_, err := countNotes(tx.View)
		if runs == 1 {
			killAll(t, db)
		}
		return errors.Join(err, insert(tx, "once"))
	}))
	assert.Equal(t, 2, runs)
	assert.Equal(t, []string{"once"}, notes(t, s))

	err := s.Read(t.Context(), func(v store.View) error {
		_, err := countNotes(v)
		killAll(t, db)
		_, later := countNotes(v)
		assert.ErrorIs(t, later, store.ErrFault)
		return errors.Join(err, later)
	})
	assert.ErrorIs(t, err, store.ErrFault, "a read does not run again")
	assert.Equal(t, []string{"once"}, notes(t, s))
}

// The commit waits for a row that the note refers to, when its connection goes.
func TestNothingRunsAgainOnceItMayBeCommitted(t *testing.T) {
	t.Parallel()
	db, stores := openShared(t, 2)
	require.NoError(t, stores[0].Write(t.Context(), "", note("subject")))
	var waiting sync.WaitGroup
	runs := 0
	var answer error
	require.NoError(t, stores[0].Write(t.Context(), "", func(tx store.Tx) error {
		err := tx.QueryRow("DELETE FROM notes WHERE name = 'subject' RETURNING 1").Scan(new(int))
		waiting.Go(func() {
			answer = stores[1].Write(context.Background(), "", func(tx store.Tx) error {
				runs++
				return tx.Exec("INSERT INTO notes (name, about) VALUES ('note', 'subject')")
			})
		})
		for blocked := 0; err == nil && blocked == 0; {
			err = stores[0].Read(t.Context(), func(v store.View) error {
				return v.QueryRow("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&blocked)
			})
		}
		err = errors.Join(err, storetest.Exec(t.Context(), db, "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"))
		waiting.Wait()
		return err
	}))
	assert.ErrorIs(t, answer, store.ErrFault)
	assert.ErrorContains(t, answer, "whether the write is there is not known")
	assert.Equal(t, 1, runs)
}

// While the server takes no connections all is a fault, and afterwards all goes on.
func TestAServerThatIsAwayIsAFault(t *testing.T) {
	t.Parallel()
	db, stores := openShared(t, 1)
	s := stores[0]
	makeWorkspace(t, s, "w")
	name := db[strings.LastIndex(db, "/")+1:]
	require.NoError(t, storetest.Exec(t.Context(), storetest.Server(), "ALTER DATABASE "+name+" ALLOW_CONNECTIONS false"))
	require.NoError(t, storetest.Exec(t.Context(), storetest.Server(), "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '"+name+"'"))
	ran := 0
	run := func(store.Tx) error {
		ran++
		return nil
	}
	for range 2 {
		assert.ErrorIs(t, s.Write(t.Context(), "w", run), store.ErrFault)
		assert.ErrorIs(t, s.WriteAlone(t.Context(), "w", note("lost")), store.ErrFault)
		assert.ErrorIs(t, s.Read(t.Context(), func(v store.View) error { return v.QueryRow("SELECT 1").Scan(new(int)) }), store.ErrFault)
		assert.ErrorIs(t, s.Ready(t.Context()), store.ErrFault)
	}
	assert.Equal(t, 2, ran, "once each: another time would do no better")
	require.NoError(t, storetest.Exec(t.Context(), storetest.Server(), "ALTER DATABASE "+name+" ALLOW_CONNECTIONS true"))
	assert.NoError(t, s.Ready(t.Context()))
	assert.NoError(t, s.Write(t.Context(), "w", note("kept")))
	assert.Equal(t, []string{"kept"}, notes(t, s))
}

func TestAWorkspaceThatStaysLockedIsAFault(t *testing.T) {
	t.Parallel()
	db, stores := openShared(t, 1)
	makeWorkspace(t, stores[0], "w")
	hurried := openStore(t, with(t, db, "lock_timeout", "50"))
	require.NoError(t, stores[0].Write(t.Context(), "w", func(tx store.Tx) error {
		err := insert(tx, "holds it")
		_, failed := countNotes(tx.View)
		assert.ErrorIs(t, hurried.Write(t.Context(), "w", note("waits")), store.ErrFault)
		return errors.Join(err, failed)
	}))
	assert.Equal(t, []string{"holds it"}, notes(t, hurried))
}

func TestAURLSaysHowManyConnectionsThereAre(t *testing.T) {
	t.Parallel()
	_ = storetest.Server() == "" && skipPostgres(t)
	db := storetest.DB(t)
	s := openStore(t, with(t, db, "pool_max_conns", "2"))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			assert.NoError(t, s.Write(t.Context(), fmt.Sprint(i), note(fmt.Sprint(i))))
			_ = notes(t, s)
		})
	}
	all.Wait()
	var connections int
	require.NoError(t, s.Read(t.Context(), func(v store.View) error {
		return v.QueryRow("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'sandbox'").Scan(&connections)
	}))
	assert.Equal(t, 2, connections)
}

func TestAURLThatIsWrongIsExplainedWithoutItsPassword(t *testing.T) {
	t.Parallel()
	for url, says := range map[string]string{
		"postgres://me:s3cret%zz@host/db":                  "write what is special in a password as %40 for @",
		"postgres://me:s3/cret@host:port/db":               "write what is special in a password as %40 for @",
		"postgres://me:s3cret@host/db?sslmode=maybe":       "sslmode is invalid",
		"postgres://me:s3cret@host/db?pool_max_conns=1":    "pool_max_conns=1 in its URL is not a number from 2 up",
		"postgres://me:s3cret@host/db?pool_max_conns=many": "pool_max_conns=many in its URL is not a number from 2 up",
		"postgres://me@127.0.0.1:1/db?password=s3cret":     "open database db on 127.0.0.1",
		"postgresql://me:s3cret@127.0.0.1:1/db":            "connection refused",
		"postgres://me@host/db?password=s3cret&x":          "missing key/value separator",
	} {
		_, err := store.Open(t.Context(), url)
		require.Error(t, err, url)
		assert.ErrorContains(t, err, says)
		assert.NotContains(t, err.Error(), "s3")
		assert.NotContains(t, err.Error(), "cret")
	}
}

// Both engines keep any bytes as a text, and give the same for what is no text.
func TestEveryValueComesBack(t *testing.T) {
	t.Parallel()
	for _, engine := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			db := database(t, engine)
			s := openStore(t, db)
			for i, text := range []string{
				"", "plain", "ñandú", "\x00", "a\x00b", "\xff", "a\xc3", "\xed\xa0\x80", "\U0010FEFF", "\U0010FF00", "\U0010FF41", "\U0010FFFF",
				"\U0010FF00\x00\xf4\x8f\xbc\x80", "\xf4\x90\x80\x80", `\x00`, "'", "\uFFFD", strings.Repeat("\x00ab\xfe", 1000),
			} {
				var first, second, found string
				assert.NoError(t, s.Write(t.Context(), "", func(tx store.Tx) error {
					return errors.Join(
						tx.Exec("INSERT INTO installation (name, value) VALUES ($1, $2)", fmt.Sprint(i)+text, text),
						tx.QueryRow("SELECT value FROM installation WHERE name = $1", fmt.Sprint(i)+text).Scan(&first))
				}))
				assert.NoError(t, s.Read(t.Context(), func(v store.View) error {
					return errors.Join(
						v.QueryRow("SELECT name FROM installation WHERE name = $1", fmt.Sprint(i)+text).Scan(&second),
						v.QueryRow("SELECT value FROM installation WHERE value = $1", text).Scan(&found))
				}))
				assert.Equal(t, []string{text, fmt.Sprint(i) + text, text}, []string{first, second, found})
			}
			assert.NoError(t, s.Read(t.Context(), func(v store.View) error {
				var yes, no bool
				var count, sum, negative, cases int
				var null, text *string
				err := v.QueryRow(`
				SELECT EXISTS (SELECT 1 FROM installation), 1 = 2, count(*), sum(length('ab')), -9223372036854775807, CASE WHEN $1 = 1 THEN 7 ELSE 8 END, NULL, 'text'
				FROM installation WHERE name <> $2`, true, "other").Scan(&yes, &no, &count, &sum, &negative, &cases, &null, &text)
				assert.True(t, yes)
				assert.False(t, no)
				assert.Equal(t, 2*count, sum)
				assert.Equal(t, -9223372036854775807, negative)
				assert.Equal(t, 7, cases)
				assert.Nil(t, null)
				assert.Equal(t, "text", *text)
				return err
			}))
		})
	}
}

// comparison is what the two schemas have to have in common: queries for each table's columns, their kinds, keys and indexes.
var comparison = map[string][2]string{
	"tables": {
		"SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite%' ORDER BY rowid",
		"SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND relname NOT LIKE 'goose%' ORDER BY oid",
	},
	"columns": {`
		SELECT t.name || '.' || c.name || ' ' || c.type || CASE c."notnull" WHEN 1 THEN ' NOT NULL' ELSE '' END || coalesce(' DEFAULT ' || c.dflt_value, '')
		FROM sqlite_schema t JOIN pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'goose%' AND t.name NOT LIKE 'sqlite%' ORDER BY t.name, c.cid`, `
		SELECT table_name || '.' || column_name || ' ' ||
			CASE WHEN data_type = 'text' AND collation_name = 'C' THEN 'TEXT' WHEN data_type = 'bigint' THEN 'INTEGER' ELSE data_type || ', which is neither TEXT COLLATE "C" nor BIGINT' END ||
			CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END || coalesce(' DEFAULT ' || replace(column_default, '::text', ''), '')
		FROM information_schema.columns
		WHERE table_schema = current_schema() AND table_name NOT LIKE 'goose%' ORDER BY table_name COLLATE "C", ordinal_position`},
	"primary keys": {`
		SELECT t.name || '.' || c.name || ' ' || c.pk
		FROM sqlite_schema t JOIN pragma_table_info(t.name) c
		WHERE t.type = 'table' AND c.pk > 0 AND t.name NOT LIKE 'goose%' AND t.name NOT LIKE 'sqlite%' ORDER BY t.name, c.pk`, `
		SELECT k.table_name || '.' || k.column_name || ' ' || k.ordinal_position
		FROM information_schema.key_column_usage k JOIN information_schema.table_constraints c USING (constraint_schema, constraint_name, table_name)
		WHERE c.constraint_type = 'PRIMARY KEY' AND k.table_schema = current_schema() AND k.table_name NOT LIKE 'goose%' ORDER BY k.table_name COLLATE "C", k.ordinal_position`},
	"foreign keys": {`
		SELECT t.name || '.' || f."from" || ' refers to ' || f."table" || '.' || f."to" || ' ' || f.on_delete
		FROM sqlite_schema t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table' ORDER BY t.name, f."from"`, `
		SELECT k.table_name || '.' || k.column_name || ' refers to ' || u.table_name || '.' || u.column_name || ' ' || r.delete_rule
		FROM information_schema.referential_constraints r
		JOIN information_schema.key_column_usage k USING (constraint_schema, constraint_name)
		JOIN information_schema.constraint_column_usage u USING (constraint_schema, constraint_name)
		WHERE r.constraint_schema = current_schema() ORDER BY k.table_name COLLATE "C", k.column_name COLLATE "C"`},
	"indexes": {`
		SELECT i.name || CASE i."unique" WHEN 1 THEN ' UNIQUE ' ELSE ' ' END || t.name || '.' || c.name || ' ' || (c.seqno + 1)
		FROM sqlite_schema t JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c
		WHERE t.type = 'table' AND i.origin = 'c' ORDER BY i.name, c.seqno`, `
		SELECT n.relname || CASE WHEN i.indisunique THEN ' UNIQUE ' ELSE ' ' END || t.relname || '.' || a.attname || ' ' || k.position
		FROM pg_index i JOIN pg_class n ON n.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
		CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k (number, position)
		JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number
		WHERE t.relnamespace = current_schema()::regnamespace AND NOT i.indisprimary AND t.relname NOT LIKE 'goose%'
		ORDER BY n.relname COLLATE "C", k.position`},
}

func TestBothSchemasAreTheSame(t *testing.T) {
	t.Parallel()
	db := storetest.Postgres(t)
	sqlite, postgres := openMigrated(t, store.Memory), openMigrated(t, db)
	for what, queries := range comparison {
		var all [2][]string
		for i, s := range []*store.Store{sqlite, postgres} {
			require.NoError(t, s.Read(t.Context(), func(v store.View) (err error) {
				all[i], err = texts(v, queries[i])
				return err
			}), what)
		}
		assert.NotEmpty(t, all[0], what)
		assert.Equal(t, all[0], all[1], what)
	}
}

// The files of both have the same numbers and names.
func TestBothHaveTheSameMigrations(t *testing.T) {
	t.Parallel()
	sqlite, err := fs.Glob(migrations.FS, "sqlite/*")
	require.NoError(t, err)
	postgres, err := fs.Glob(migrations.FS, "postgres/*")
	require.NoError(t, err)
	assert.NotEmpty(t, sqlite)
	for i := range postgres {
		postgres[i] = strings.Replace(postgres[i], "postgres", "sqlite", 1)
	}
	assert.Equal(t, sqlite, postgres)
}
