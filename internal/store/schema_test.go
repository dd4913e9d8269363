package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/golden"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/store/storetest"
)

// ownedByNobody are the tables whose rows belong to no workspace, or are not copied with it.
var ownedByNobody = []string{"goose_db_version", "goose_lock", "installation", "journal", "journals", "kept", "replicas", "sessions", "sqlite_sequence", "workspaces"}

// catalog is how an engine is asked for all tables, in the order in which the migrations make them, and for the columns of
// one and their types.
type catalog struct{ tables, columns, types string }

var (
	sqliteCatalog = catalog{
		"SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid",
		"SELECT name FROM pragma_table_info($1) ORDER BY cid",
		"SELECT type FROM pragma_table_info($1) ORDER BY cid",
	}
	postgresCatalog = catalog{
		"SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY oid",
		"SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position",
		"SELECT upper(data_type) FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position",
	}
)

func catalogOf(s *store.Store) catalog {
	if s.Shared() {
		return postgresCatalog
	}
	return sqliteCatalog
}

func (c catalog) allTables(v store.View) ([]string, error) { return texts(v, c.tables) }

func (c catalog) ownedTables(v store.View) ([]string, error) {
	all, err := c.allTables(v)
	return slices.DeleteFunc(all, func(table string) bool { return slices.Contains(ownedByNobody, table) }), err
}

func (c catalog) columnsOf(v store.View, table string) ([]string, error) {
	return texts(v, c.columns, table)
}

// openMigrated opens a store with the migrations' tables alone.
func openMigrated(t *testing.T, db string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), db)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s
}

func TestTheSchemaIsAsReviewed(t *testing.T) {
	t.Parallel()
	s := openMigrated(t, store.Memory)
	var statements []string
	require.NoError(t, s.Read(t.Context(), func(v store.View) (err error) {
		statements, err = texts(v, `
			SELECT sql FROM sqlite_schema
			WHERE sql IS NOT NULL AND tbl_name NOT IN ('goose_db_version', 'sqlite_sequence')
			ORDER BY tbl_name, type DESC, name`)
		return err
	}))
	golden.Equal(t, "testdata/schema.sql", strings.Join(statements, ";\n\n")+";\n")
}

func TestEveryTableBelongsToWorkspaces(t *testing.T) {
	t.Parallel()
	s := openMigrated(t, store.Memory)
	require.NoError(t, s.Read(t.Context(), func(v store.View) error {
		owned, err := sqliteCatalog.ownedTables(v)
		assert.NotEmpty(t, owned)
		for _, table := range owned {
			cascades, failed := texts(v, `
				SELECT min("table") FROM pragma_foreign_key_list($1) GROUP BY id
				HAVING count(*) = 1 AND min("from") = 'workspace' AND min(on_delete) = 'CASCADE'`, table)
			assert.Equal(t, []string{"workspaces"}, cascades, "%s: workspace TEXT NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE", table)
			key, failedToo := texts(v, "SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk", table)
			assert.Equal(t, "workspace", append(key, "no key")[0], "%s: the key begins with the workspace", table)
			err = errors.Join(err, failed, failedToo)
		}
		loose, failed := texts(v, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%' AND name <> 'goose_db_version' AND NOT strict")
		assert.Empty(t, loose, "tables are STRICT")
		return errors.Join(err, failed)
	}))
}

func TestAllOfAWorkspaceIsCopiedAndDeleted(t *testing.T) {
	t.Parallel()
	for _, engine := range engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			db := database(t, engine)
			s := openMigrated(t, db)
			ignoreChecks(t, s, db)
			c := catalogOf(s)
			require.NoError(t, s.Write(t.Context(), "", func(tx store.Tx) error {
				// The values are made up; what matters is that there are some.
				err := errors.Join(fill(tx, c, "workspaces", "original"), fill(tx, c, "workspaces", "the copy"))
				owned, failed := c.ownedTables(tx.View)
				err = errors.Join(err, failed)
				for _, table := range owned {
					err = errors.Join(err, fill(tx, c, table, "original"))
				}
				return err
			}))
			original := recordsOf(t, s, "original")
			for table, records := range original {
				require.Len(t, records, 1, table)
			}

			require.NoError(t, s.Write(t.Context(), "", func(tx store.Tx) error { return s.CopyRecords(tx, "original", "the copy") }))
			assert.Equal(t, original, recordsOf(t, s, "the copy"))
			assert.Equal(t, original, recordsOf(t, s, "original"))
			assertNoDanglingRows(t, s)

			// What a fixture replaces goes without the workspace's own row.
			require.NoError(t, s.Write(t.Context(), "", func(tx store.Tx) error {
				return errors.Join(fill(tx, c, "workspaces", "replaced"), s.CopyRecords(tx, "original", "replaced"), s.DeleteRecords(tx, "replaced", "settings"))
			}))
			for table, records := range recordsOf(t, s, "replaced") {
				assert.Len(t, records, map[bool]int{true: 1, false: 0}[table == "settings"], table)
			}

			require.NoError(t, s.Write(t.Context(), "", func(tx store.Tx) error {
				return tx.Exec("DELETE FROM workspaces WHERE workspace = 'original'")
			}))
			assert.Equal(t, original, recordsOf(t, s, "the copy"))
			assertNoDanglingRows(t, s)
			assert.Empty(t, traces(t, s, "original"))
			assert.NotEmpty(t, traces(t, s, "the copy"), "it finds what there is")
		})
	}
}

// ignoreChecks lets any value into a column.
func ignoreChecks(t *testing.T, s *store.Store, db string) {
	t.Helper()
	if !s.Shared() {
		require.NoError(t, s.Write(t.Context(), "", func(tx store.Tx) error { return tx.Exec("PRAGMA ignore_check_constraints = ON") }))
		return
	}
	require.NoError(t, storetest.Exec(t.Context(), db, `DO $$ DECLARE c record; BEGIN
		FOR c IN SELECT conrelid::regclass AS of, conname FROM pg_constraint WHERE contype = 'c' AND connamespace = current_schema()::regnamespace LOOP
			EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.of, c.conname);
		END LOOP; END $$`))
}

// fill puts a row into a table: the same value into all columns of one type, so that a row that another refers to has the
// key by which it does.
func fill(tx store.Tx, c catalog, table, workspace string) error {
	names, err := c.columnsOf(tx.View, table)
	if err != nil {
		return err
	}
	types, err := texts(tx.View, c.types, table)
	if err != nil {
		return err
	}
	var places []string
	var values []any
	for i, name := range names {
		places = append(places, fmt.Sprintf("$%d", i+1))
		switch {
		case name == "workspace":
			values = append(values, workspace)
		case types[i] == "BLOB":
			values = append(values, []byte("1"))
		case types[i] == "TEXT":
			values = append(values, "1")
		default:
			values = append(values, 1)
		}
	}
	return tx.Exec("INSERT INTO "+table+" ("+strings.Join(names, ", ")+") VALUES ("+strings.Join(places, ", ")+")", values...)
}

// recordsOf are the rows that a workspace owns, by their table and without its name.
func recordsOf(t *testing.T, s *store.Store, workspace string) map[string][]string {
	t.Helper()
	records := map[string][]string{}
	require.NoError(t, s.Read(context.Background(), func(v store.View) error {
		c := catalogOf(s)
		owned, err := c.ownedTables(v)
		for _, table := range owned {
			names, failed := c.columnsOf(v, table)
			names = slices.DeleteFunc(names, func(name string) bool { return name == "workspace" })
			var failedToo error
			records[table], failedToo = texts(v, "SELECT concat_ws('|', "+strings.Join(names, ", ")+") FROM "+table+" WHERE workspace = $1", workspace)
			err = errors.Join(err, failed, failedToo)
		}
		return err
	}))
	return records
}

func assertNoDanglingRows(t *testing.T, s *store.Store) {
	t.Helper()
	if s.Shared() {
		return // the server lets none be
	}
	require.NoError(t, s.Read(t.Context(), func(v store.View) error {
		dangling, err := texts(v, `SELECT "table" || ' refers to ' || parent FROM pragma_foreign_key_check`)
		assert.Empty(t, dangling)
		return err
	}))
}

// traces are the columns, of any table, in which a value stands.
func traces(t *testing.T, s *store.Store, value string) (found []string) {
	t.Helper()
	require.NoError(t, s.Read(t.Context(), func(v store.View) error {
		c := catalogOf(s)
		all, err := c.allTables(v)
		for _, table := range all {
			names, failed := c.columnsOf(v, table)
			err = errors.Join(err, failed)
			for _, name := range names {
				var n int
				err = errors.Join(err, v.QueryRow("SELECT count(*) FROM "+table+" WHERE "+name+" || '' = $1", value).Scan(&n))
				if n > 0 {
					found = append(found, table+"."+name)
				}
			}
		}
		return err
	}))
	return found
}
