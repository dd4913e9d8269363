// Package storetest gives each test a database of its own: in memory, or on the PostgreSQL server that SANDBOX_TEST_DB
// names, where all tests then run.
package storetest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/migrations"
)

// Server is the URL of the PostgreSQL server for tests, whose user may create databases, or "" if there is none.
func Server() string { return os.Getenv("SANDBOX_TEST_DB") }

// DB returns a database of this test alone, as --db takes it: it has the tables, and goes with the test.
func DB(t testing.TB) string {
	t.Helper()
	return From(t, "migrated", func(ctx context.Context, db string) error {
		s, err := store.Open(ctx, db)
		if err != nil {
			return err
		}
		return s.Close()
	})
}

// From is DB with what fill puts into a database. On PostgreSQL it is called once, for a template, which stays on the server
// for all tests that name the same key; so a key says what is in it. In memory it is not called at all.
func From(t testing.TB, key string, fill func(ctx context.Context, db string) error) string {
	t.Helper()
	if Server() == "" {
		return store.Memory
	}
	return create(t, " STRATEGY file_copy TEMPLATE "+template(t, key, fill))
}

// Postgres returns an empty database on the server, and skips the test where there is none.
func Postgres(t testing.TB) string {
	t.Helper()
	if Server() == "" {
		t.Skip("this needs a PostgreSQL server: set SANDBOX_TEST_DB to a URL like postgres://USER:PASSWORD@HOST/DATABASE of a user who may create databases")
	}
	return create(t, "")
}

// create makes a database for a test.
func create(t testing.TB, like string) string {
	t.Helper()
	name := "sandbox_test_" + random()
	require.NoError(t, Exec(t.Context(), Server(), "CREATE DATABASE "+name+like))
	t.Cleanup(func() {
		assert.NoError(t, Exec(context.Background(), Server(), "DROP DATABASE "+name+" WITH (FORCE)"))
	})
	return named(name)
}

// templates are the functions that make each template, once in this process.
var templates sync.Map

// template returns the name of a key's template, which is made under another name, so that it is there as a whole or not at
// all, whoever else makes it at this moment.
func template(t testing.TB, key string, fill func(ctx context.Context, db string) error) string {
	t.Helper()
	sum := sha256.New()
	_, _ = sum.Write([]byte(key))
	require.NoError(t, fs.WalkDir(migrations.FS, "postgres", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(migrations.FS, path)
		_, _ = sum.Write(content)
		return err
	}))
	name := "sandbox_template_" + hex.EncodeToString(sum.Sum(nil))[:16]
	once, _ := templates.LoadOrStore(name, sync.OnceValue(func() error {
		ctx := context.Background()
		one, err := pgconn.Connect(ctx, named(name))
		if err == nil {
			return one.Close(ctx) // an earlier run or another package's tests have made it
		}
		making := "sandbox_making_" + random()
		if err := Exec(ctx, Server(), "CREATE DATABASE "+making); err != nil {
			return err
		}
		err = fill(ctx, named(making))
		if err == nil {
			err = Exec(ctx, Server(), "ALTER DATABASE "+making+" RENAME TO "+name)
		}
		if err == nil {
			return nil
		}
		if known, ok := errors.AsType[*pgconn.PgError](err); ok && known.Code == "42P04" {
			err = nil // somebody was faster
		}
		return errors.Join(err, Exec(ctx, Server(), "DROP DATABASE "+making))
	}))
	require.NoError(t, once.(func() error)())
	return name
}

// Exec runs SQL in a database, beside every store.
func Exec(ctx context.Context, db, sql string) error {
	one, err := pgconn.Connect(ctx, db)
	if err != nil {
		return err
	}
	_, err = one.Exec(ctx, sql).ReadAll()
	return errors.Join(err, one.Close(context.WithoutCancel(ctx)))
}

// named is the URL of another database on the server.
func named(database string) string {
	u, err := url.Parse(Server())
	if err != nil {
		return Server() // whose error says more
	}
	u.Path = "/" + database
	return u.String()
}

func random() string {
	bytes := make([]byte, 8)
	_, _ = rand.Read(bytes)
	return hex.EncodeToString(bytes)
}
