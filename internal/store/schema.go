package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"

	"github.com/seed-0f456478/sandbox/migrations"
)

// migrate brings the schema up to date.
func migrate(ctx context.Context, connector driver.Connector) (err error) {
	db := sql.OpenDB(connector)
	defer func() { err = errors.Join(err, db.Close()) }()
	p, err := goose.NewProvider(goose.DialectSQLite3, db, migrations.FS)
	if err != nil {
		return err
	}
	version, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read its schema version: %w", err)
	}
	sources := p.ListSources()
	if newest := sources[len(sources)-1].Version; version > newest {
		return fmt.Errorf("its schema version is %d, and this sandbox knows only up to %d: use the newer sandbox that made it", version, newest)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// table is a table whose rows belong to a workspace, with the statement that copies them to another workspace.
type table struct {
	name string
	copy string
}

// ownedTables finds every table with a workspace column, except workspaces itself, in the order of creation, in which
// nothing refers to what comes later.
func ownedTables(c *conn) ([]table, error) {
	rows, err := c.query(`
		SELECT t.name, c.name
		FROM sqlite_schema t JOIN pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name <> 'workspaces'
		  AND EXISTS (SELECT 1 FROM pragma_table_info(t.name) w WHERE w.name = 'workspace') AND c.name <> 'workspace'
		ORDER BY t.rowid, c.cid`, nil)
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
	tables := make([]table, len(names))
	for i, name := range names {
		list := strings.Join(columns[name], ", ")
		tables[i] = table{name, "INSERT INTO " + name + " (workspace, " + list + ") SELECT $1, " + list + " FROM " + name + " WHERE workspace = $2"}
	}
	return tables, rows.Err()
}

// CopyRecords copies all that belongs to the workspace from into the workspace to, whose row exists and which owns
// nothing yet.
func (s *Store) CopyRecords(tx Tx, from, to string) error {
	for _, t := range s.tables {
		if err := tx.Exec(t.copy, to, from); err != nil {
			return fmt.Errorf("copy %s: %w", t.name, err)
		}
	}
	return nil
}

// DeleteRecords removes all that belongs to a workspace but its own row and the named tables.
func (s *Store) DeleteRecords(tx Tx, workspace string, except ...string) error {
	for _, t := range s.tables {
		if slices.Contains(except, t.name) {
			continue
		}
		if err := tx.Exec("DELETE FROM "+t.name+" WHERE workspace = $1", workspace); err != nil {
			return fmt.Errorf("delete %s: %w", t.name, err)
		}
	}
	return nil
}
