package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	tablelock "github.com/pressly/goose/v3/lock"
)

const (
	// mostConnections is how many connections a process has, half of them for reading. The URL's pool_max_conns overrides it.
	mostConnections = 16
	// statementTimeout is what the server allows a statement, lockTimeout the wait for a row that another transaction has
	// changed, idleTimeout a transaction whose process is cut off.
	statementTimeout = 30 * time.Second
	lockTimeout      = 10 * time.Second
	idleTimeout      = 20 * time.Second
)

// IsURL says that a database is on a PostgreSQL server, and not a file.
func IsURL(db string) bool {
	return strings.HasPrefix(db, "postgres://") || strings.HasPrefix(db, "postgresql://")
}

// CheckURL says what is wrong with the URL of a database, without its password.
func CheckURL(db string) error {
	_, _, err := parseURL(db)
	return err
}

// parseURL reads the URL of a database, and how many connections it allows.
func parseURL(db string) (config *pgx.ConnConfig, connections int, err error) {
	if _, err := url.Parse(db); err != nil { // the error shows the URL, or pieces of the password
		return nil, 0, errors.New("it is no URL like postgres://USER:PASSWORD@HOST:PORT/DATABASE: write what is special in a password as %40 for @, %2F for /, %25 for %")
	}
	if config, err = pgx.ParseConfig(db); err != nil {
		return nil, 0, err
	}
	connections = mostConnections
	if text, ok := config.RuntimeParams["pool_max_conns"]; ok {
		delete(config.RuntimeParams, "pool_max_conns")
		if connections, err = strconv.Atoi(text); err != nil || connections < 2 {
			return nil, 0, fmt.Errorf("pool_max_conns=%s in its URL is not a number from 2 up", text)
		}
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	for name, value := range map[string]string{
		"application_name":                    "sandbox",
		"client_encoding":                     "UTF8",
		"statement_timeout":                   milliseconds(statementTimeout),
		"lock_timeout":                        milliseconds(lockTimeout),
		"idle_in_transaction_session_timeout": milliseconds(idleTimeout),
	} {
		if _, ok := config.RuntimeParams[name]; !ok {
			config.RuntimeParams[name] = value
		}
	}
	return config, connections, nil
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// openPostgres opens the database that a URL names.
func openPostgres(ctx context.Context, db string) (*Store, error) {
	config, connections, err := parseURL(db)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	s := &Store{
		queues: map[string][]*write{},
		engine: engine{
			shared: true,
			// With the workspace's row locked this is as good as SERIALIZABLE, and has nothing to run again.
			beginWrite: "BEGIN ISOLATION LEVEL READ COMMITTED",
			columns: `
				SELECT t.relname, c.attname
				FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_attribute c ON c.attrelid = t.oid
				WHERE n.nspname = current_schema() AND t.relkind = 'r' AND t.relname <> 'workspaces' AND c.attnum > 0 AND NOT c.attisdropped
				ORDER BY t.oid, c.attnum`,
			release: func() error { return nil },
		},
	}
	connect := func(context.Context) (*conn, error) {
		one := &session{config: &config.Config}
		return s.connected(&conn{driver: one, session: one}), nil
	}
	s.readers, s.writers = newPool(connections/2, connect), newPool(connections-connections/2, connect)
	s.readers.patience, s.writers.patience = lockTimeout, lockTimeout
	err = s.reach(ctx)
	if err == nil {
		err = s.migratePostgres(ctx, config)
	}
	if err != nil {
		return nil, fmt.Errorf("open database %s on %s: %w", config.Database, config.Host, errors.Join(err, s.disconnect()))
	}
	return s, nil
}

// reach connects, so that a server that is not there is what the error is about.
func (s *Store) reach(ctx context.Context) error {
	c, err := s.writers.get(ctx)
	if err != nil {
		return err
	}
	defer s.writers.put(c)
	return c.session.connect()
}

// migratePostgres migrates under a lock, since others may start at the same moment: a row of a table, which every database
// that speaks PostgreSQL's protocol has.
func (s *Store) migratePostgres(ctx context.Context, config *pgx.ConnConfig) error {
	const wait = 200 * time.Millisecond
	locker, err := tablelock.NewPostgresTableLocker(
		tablelock.WithTableLockTimeout(wait, uint64(time.Minute/wait)), // a process that died with the lock loses it after half of that
		tablelock.WithTableUnlockTimeout(wait, uint64(connectTimeout/wait)),
		tablelock.WithTableLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		return err
	}
	unhurried := config.Copy()
	unhurried.RuntimeParams["statement_timeout"] = "0"
	const versioned = "SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'goose_db_version')"
	return s.migrate(ctx, "postgres", versioned, stdlib.GetConnector(*unhurried), goose.DialectPostgres, goose.WithLocker(locker))
}

// explainPostgres tells errors of the server and the connection from those of a statement, and what may run again.
func explainPostgres(err error, lost, committing bool) error {
	known, ok := errors.AsType[*pgconn.PgError](err)
	slow, isNet := errors.AsType[net.Error](err)
	switch {
	case lost && committing, ok && known.Code == "40003":
		return fmt.Errorf("%w: %w", errUnknown, err)
	case isNet && slow.Timeout():
		return fmt.Errorf("%w: %w", ErrFault, err)
	case lost, ok && (known.Code == "40001" || known.Code == "40P01"):
		return fmt.Errorf("%w: %w", errAgain, err)
	case !ok:
		return err
	}
	switch known.Code[:2] {
	case "08", "25", "53", "55", "57", "58", "XX":
		return fmt.Errorf("%w: %w", ErrFault, err)
	}
	return err
}
