package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"

	"github.com/seed-0f456478/sandbox/migrations"
)

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

// migrate brings the schema up to date.
func (s *Store) migrate(ctx context.Context) error {
	version, err := schemaVersion(s.writer)
	if err != nil {
		return fmt.Errorf("read its schema version: %w", err)
	}
	newest, err := newestVersion()
	switch {
	case err != nil:
		return err
	case version == newest:
		return nil
	case version > newest:
		return fmt.Errorf("its schema version is %d, and this sandbox knows only up to %d: use the newer sandbox that made it", version, newest)
	}
	files, err := fs.Sub(migrations.FS, "sqlite")
	if err != nil {
		return err
	}
	db := sql.OpenDB(s.connector)
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err == nil {
		_, err = p.Up(ctx)
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// schemaVersion is the last migration that the database has seen, or 0.
func schemaVersion(c *conn) (version int64, err error) {
	var migrated bool
	v := View{c}
	err = v.QueryRow("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'goose_db_version')").Scan(&migrated)
	if err == nil && migrated {
		err = v.QueryRow("SELECT coalesce(max(version_id), 0) FROM goose_db_version").Scan(&version)
	}
	return version, err
}

// newestVersion is the last migration that there is.
func newestVersion() (int64, error) {
	files, err := fs.Glob(migrations.FS, "sqlite/*.sql") // sorted
	if err != nil {
		return 0, err
	}
	return goose.NumericComponent(files[len(files)-1])
}

// table is a table whose rows belong to a workspace, with the statement that copies them to another workspace.
type table struct {
	name string
	copy string
}

// ownedTables finds every table with a workspace column, except workspaces itself, in the order of creation, in which
// nothing refers to what comes later. It looks for them once.
func (s *Store) ownedTables(tx Tx) ([]table, error) {
	if s.tables != nil {
		return s.tables, nil
	}
	rows, err := tx.Query(`
		SELECT t.name, c.name
		FROM sqlite_schema t JOIN pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name <> 'workspaces'
		ORDER BY t.rowid, c.cid`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var names []string
	columns := map[string][]string{}
	for rows.Next() {
		var name, column string
		if err := rows.Scan(&name, &column); err != nil {
			return nil, err
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		columns[name] = append(columns[name], column)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for _, name := range names {
		others := slices.DeleteFunc(slices.Clone(columns[name]), func(column string) bool { return column == "workspace" })
		if len(others) == len(columns[name]) {
			continue // its rows belong to nobody
		}
		list := strings.Join(others, ", ")
		s.tables = append(s.tables, table{name, "INSERT INTO " + name + " (workspace, " + list + ") SELECT $1, " + list + " FROM " + name + " WHERE workspace = $2"})
	}
	return s.tables, nil
}

// CopyRecords copies all that belongs to the workspace from into the workspace to, whose row exists and which owns
// nothing yet.
func (s *Store) CopyRecords(tx Tx, from, to string) error {
	tables, err := s.ownedTables(tx)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if err := tx.Exec(t.copy, to, from); err != nil {
			return fmt.Errorf("copy %s: %w", t.name, err)
		}
	}
	return nil
}

// DeleteRecords removes all that belongs to a workspace but its own row and the named tables.
func (s *Store) DeleteRecords(tx Tx, workspace string, except ...string) error {
	tables, err := s.ownedTables(tx)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if slices.Contains(except, t.name) {
			continue
		}
		if err := tx.Exec("DELETE FROM "+t.name+" WHERE workspace = $1", workspace); err != nil {
			return fmt.Errorf("delete %s: %w", t.name, err)
		}
	}
	return nil
}
