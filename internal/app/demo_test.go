package app_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/golden"
)

// The database that comes with the program is what the migrations and the demo seed make of an empty one.
func TestDemoDB(t *testing.T) {
	t.Parallel()
	const ours = "../../fixtures/demo.db"
	made := file(t)
	require.NoError(t, os.WriteFile(made, nil, 0o600)) // one that exists is no copy
	a, err := app.New(t.Context(), app.Options{DB: made, Now: func() time.Time { return time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC) }})
	require.NoError(t, err)
	require.NoError(t, a.Close(context.Background()))
	db := openFile(t, made)
	for _, own := range []string{ // what each installation has for itself
		"PRAGMA foreign_keys = 1", "UPDATE workspaces SET generation = 0 WHERE workspace = 'default'", "DELETE FROM installation",
		"UPDATE goose_db_version SET tstamp = '2025-01-01 00:00:00'", "VACUUM",
	} {
		_, err := db.Exec(own)
		require.NoError(t, err)
	}
	want := dump(t, db)
	require.NoError(t, db.Close())
	require.Contains(t, want, "client-200")

	if golden.Update() {
		content, err := os.ReadFile(made)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(ours, content, 0o600))
	}
	content, err := os.ReadFile(ours)
	require.NoError(t, err)
	copied := file(t) // not opened where it is, since that would change it
	require.NoError(t, os.WriteFile(copied, content, 0o600))
	if dump(t, openFile(t, copied)) != want {
		t.Error("fixtures/demo.db is not what migrations and demo seed make: go test ./internal/app -run DemoDB -update")
	}
}

func openFile(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	db.SetMaxOpenConns(1)
	return db
}

// dump is all that a database holds, as text.
func dump(t *testing.T, db *sql.DB) string {
	t.Helper()
	var all strings.Builder
	fmt.Fprintln(&all, query(t, db, "SELECT sql FROM sqlite_schema"))
	for _, table := range query(t, db, "SELECT name FROM sqlite_schema WHERE type = 'table'") {
		for _, row := range query(t, db, fmt.Sprintf("SELECT * FROM %s", table[0])) {
			fmt.Fprintln(&all, row)
		}
	}
	return all.String()
}

func query(t *testing.T, db *sql.DB, statement string) (all [][]any) {
	t.Helper()
	rows, err := db.Query(statement)
	require.NoError(t, err)
	defer func() { assert.NoError(t, rows.Close()) }()
	columns, err := rows.Columns()
	require.NoError(t, err)
	for rows.Next() {
		values, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			to[i] = &values[i]
		}
		require.NoError(t, rows.Scan(to...))
		all = append(all, values)
	}
	require.NoError(t, rows.Err())
	return all
}
