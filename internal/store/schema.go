package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"

	"github.com/seed-0f456478/sandbox/migrations"
)

// migrate brings the schema up to date with a folder of migrations; versioned asks whether there ever was one.
func (s *Store) migrate(ctx context.Context, folder, versioned string, connector driver.Connector, dialect goose.Dialect, options ...goose.ProviderOption) error {
	version, err := s.schemaVersion(ctx, versioned)
	if err != nil {
		return fmt.Errorf("read its schema version: %w", err)
	}
	files, err := fs.Sub(migrations.FS, folder)
	if err != nil {
		return err
	}
	newest, err := newestVersion(files)
	switch {
	case err != nil:
		return err
	case version == newest:
		return nil
	case version > newest:
		return fmt.Errorf("its schema version is %d, and this sandbox knows only up to %d: use the newer sandbox that made it", version, newest)
	}
	db := sql.OpenDB(connector)
	p, err := goose.NewProvider(dialect, db, files, options...)
	if err == nil {
		_, err = p.Up(ctx)
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// schemaVersion is the last migration that the database has seen, or 0.
func (s *Store) schemaVersion(ctx context.Context, versioned string) (version int64, err error) {
	c, err := s.writers.get(ctx)
	if err != nil {
		return 0, err
	}
	defer s.writers.put(c)
	var migrated bool
	v := View{c}
	err = v.QueryRow(versioned).Scan(&migrated)
	if err == nil && migrated {
		err = v.QueryRow("SELECT coalesce(max(version_id), 0) FROM goose_db_version").Scan(&version)
	}
	return version, err
}

// newestVersion is the last migration that there is.
func newestVersion(files fs.FS) (int64, error) {
	names, err := fs.Glob(files, "*.sql") // sorted
	if err != nil {
		return 0, err
	}
	return goose.NumericComponent(names[len(names)-1])
}

// table is a table whose rows belong to a workspace, with the statement that copies them to another workspace.
type table struct {
	name string
	copy string
}

// ownedTables finds every table with a workspace column, except workspaces itself, in the order of creation, in which
// nothing refers to what comes later. It looks for them once.
func (s *Store) ownedTables(tx Tx) ([]table, error) {
	if known := s.tables.Load(); known != nil {
		return *known, nil
	}
	rows, err := tx.Query(s.columns)
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
	var owned []table
	for _, name := range names {
		others := slices.DeleteFunc(slices.Clone(columns[name]), func(column string) bool { return column == "workspace" })
		if len(others) == len(columns[name]) {
			continue // its rows belong to nobody
		}
		list := strings.Join(others, ", ")
		owned = append(owned, table{name, "INSERT INTO " + name + " (workspace, " + list + ") SELECT $1, " + list + " FROM " + name + " WHERE workspace = $2"})
	}
	s.tables.Store(&owned)
	return owned, nil
}

// Hold keeps a workspace other than the one that is written to as it is until the transaction ends.
func (s *Store) Hold(tx Tx, workspace string) error {
	if !s.shared {
		return nil // nobody else writes
	}
	return tx.Exec("SELECT 1 FROM workspaces WHERE workspace = $1 FOR SHARE", workspace)
}

// CopyRecords copies all that belongs to the workspace from into the workspace to, whose row exists and which owns
// nothing yet.
func (s *Store) CopyRecords(tx Tx, from, to string) error {
	if err := s.Hold(tx, from); err != nil {
		return err
	}
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
