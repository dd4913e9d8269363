package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// mostStatements bounds the statements that a connection keeps prepared; callers build few of them at run time.
const mostStatements = 256

// conn is one connection with its prepared statements, used by one goroutine at a time.
//
// No statement sees a request's context: an interrupted write rolls back the whole transaction, neighbours included, and
// watching a context costs a goroutine a statement.
type conn struct {
	sql        *sql.Conn
	statements map[string][]*statement // by their text; several of one text while rows of the others are open
	queried    []*statement            // since the transaction or savepoint began
	failed     error                   // the first statement that failed since then
}

// statement is a prepared statement with the rows of its last query. While they are open it is busy: run again, it would
// take them back to the first row, and closed, it would leave them on freed memory, both without an error.
type statement struct {
	*sql.Stmt
	rows *sql.Rows
}

func (s *statement) busy() bool {
	if s.rows == nil {
		return false
	}
	_, err := s.rows.Columns() // closed rows have none
	return err == nil
}

func (s *Store) connect(ctx context.Context) (*conn, error) {
	one, err := s.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	c := &conn{sql: one, statements: map[string][]*statement{}}
	s.conns = append(s.conns, c)
	return c, nil
}

func (c *conn) close() error {
	return errors.Join(c.closeStatements(), c.sql.Close())
}

// closeStatements closes the statements, except busy ones.
func (c *conn) closeStatements() error {
	var err error
	for text, all := range c.statements {
		if slices.ContainsFunc(all, (*statement).busy) {
			continue
		}
		delete(c.statements, text)
		for _, s := range all {
			err = errors.Join(err, s.Close())
		}
	}
	return err
}

// closeRows closes the rows that a function has left open, as one that panicked may have: while its statement still runs,
// a transaction does not commit, a snapshot does not end, and the connection does not close.
func (c *conn) closeRows() {
	for _, s := range c.queried {
		_ = s.rows.Close()
		s.rows = nil
	}
	c.queried = c.queried[:0]
}

// prepare returns a statement that is not busy.
func (c *conn) prepare(query string) (*statement, error) {
	for _, s := range c.statements[query] {
		if !s.busy() {
			return s, nil
		}
	}
	if len(c.statements) >= mostStatements {
		if err := c.closeStatements(); err != nil {
			return nil, err
		}
	}
	one, err := c.sql.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", query, err)
	}
	s := &statement{Stmt: one}
	c.statements[query] = append(c.statements[query], s)
	return s, nil
}

// fail notes the first error. SQLite answers some errors (a full disk, for one) by rolling the transaction back, after
// which a further statement would run, and commit, on its own; so there is no further statement.
func (c *conn) fail(err error) error {
	if c.failed == nil {
		c.failed = err
	}
	return err
}

func (c *conn) query(query string, args []any) (*sql.Rows, error) {
	if c.failed != nil {
		return nil, c.failed
	}
	s, err := c.prepare(query)
	if err != nil {
		return nil, c.fail(err)
	}
	rows, err := s.QueryContext(context.Background(), args...)
	if err != nil {
		return nil, c.fail(fmt.Errorf("query %q: %w", query, err))
	}
	if s.rows == nil {
		c.queried = append(c.queried, s)
	}
	s.rows = rows
	return rows, nil
}

func (c *conn) exec(query string, args ...any) error {
	if c.failed != nil {
		return c.failed
	}
	return c.end(query, args...)
}

// end is exec for the statements that end a transaction or savepoint, which are due after a failure above all.
func (c *conn) end(query string, args ...any) error {
	s, err := c.prepare(query)
	if err != nil {
		return c.fail(err)
	}
	if _, err := s.ExecContext(context.Background(), args...); err != nil {
		return c.fail(fmt.Errorf("execute %q: %w", query, err))
	}
	return nil
}

// Row is the answer of QueryRow.
type Row struct {
	rows *sql.Rows
	err  error
	conn *conn
}

// Scan copies the row's columns into dest. It returns sql.ErrNoRows if there is no row.
func (r Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	var err error
	if r.rows.Next() {
		err = r.rows.Scan(dest...)
	} else if err = r.rows.Err(); err == nil {
		return errors.Join(r.rows.Close(), sql.ErrNoRows)
	}
	if err = errors.Join(err, r.rows.Close()); err != nil {
		return r.conn.fail(err)
	}
	return nil
}
