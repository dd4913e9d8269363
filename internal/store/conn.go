package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"
)

// mostStatements bounds the statements that a connection keeps prepared; callers build few of them at run time.
const mostStatements = 256

// conn is one connection with its prepared statements, used by one goroutine at a time. It is the driver's own: a pool
// such as database/sql's would lock, look up and watch at every statement what is settled here once.
//
// No statement sees a request's context: an interrupted write rolls back the whole transaction, neighbours included.
type conn struct {
	driver     driver.Conn
	session    *session                // the driver, on PostgreSQL
	statements map[string][]*statement // by their text; several of one text while rows of the others are open
	queried    []*statement            // since the transaction or savepoint began
	failed     error                   // the first statement that failed since then
	values     []driver.NamedValue     // of the last statement
	snapshot   snapshot                // a reader's
}

// statement is a prepared statement with the rows of its last query. While they are open it is busy: run again, it would
// take them back to the first row, and closed, it would leave them on freed memory, both without an error.
type statement struct {
	prepared
	rows *Rows
}

// prepared is what the driver's statements are.
type prepared interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

func (s *statement) busy() bool { return s.rows != nil && !s.rows.closed }

// connected keeps a connection to close it with the store.
func (s *Store) connected(c *conn) *conn {
	c.statements = map[string][]*statement{}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = append(s.conns, c)
	return c
}

func (c *conn) close() error {
	c.closeRows()
	return errors.Join(c.closeStatements(), c.driver.Close())
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
	one, err := c.driver.Prepare(query)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", query, err)
	}
	s := &statement{prepared: one.(prepared)}
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

func (c *conn) query(query string, args []any) (*Rows, error) {
	if c.failed != nil {
		return nil, c.failed
	}
	values, err := c.bound(query, args)
	if err != nil {
		return nil, c.fail(err)
	}
	var key asked
	mayRemember := c.snapshot.began && !c.snapshot.making
	if mayRemember {
		key, mayRemember = ask(query, values)
	}
	if mayRemember {
		if rows := c.recall(key); rows != nil {
			return newRows(rows), nil
		}
	}
	s, err := c.prepare(query)
	if err != nil {
		return nil, c.fail(err)
	}
	rows, err := s.QueryContext(context.Background(), values)
	if err != nil {
		return nil, c.fail(fmt.Errorf("query %q: %w", query, explain(err)))
	}
	if s.rows == nil {
		c.queried = append(c.queried, s)
	}
	if mayRemember {
		rows = &first{rows, c, key, &answer{columns: rows.Columns(), size: len(query) + len(key.args)}}
	}
	s.rows = newRows(rows)
	return s.rows, nil
}

func (c *conn) exec(query string, args ...any) error {
	if c.failed != nil {
		return c.failed
	}
	return c.end(query, args...)
}

// count is exec, and how many rows that has changed.
func (c *conn) count(query string, args []any) (rows int64, err error) {
	if c.failed != nil {
		return 0, c.failed
	}
	result, err := c.run(query, args)
	if err != nil {
		return 0, err
	}
	if rows, err = result.RowsAffected(); err != nil {
		return 0, c.fail(fmt.Errorf("execute %q: %w", query, err))
	}
	return rows, nil
}

// end is exec for the statements that end a transaction or savepoint, which are due after a failure above all.
func (c *conn) end(query string, args ...any) error {
	_, err := c.run(query, args)
	return err
}

func (c *conn) run(query string, args []any) (driver.Result, error) {
	values, err := c.bound(query, args)
	if err != nil {
		return nil, c.fail(err)
	}
	s, err := c.prepare(query)
	if err != nil {
		return nil, c.fail(err)
	}
	result, err := s.ExecContext(context.Background(), values)
	if err != nil {
		return nil, c.fail(fmt.Errorf("execute %q: %w", query, explain(err)))
	}
	return result, nil
}

// flush makes sure that all statements so far have run.
func (c *conn) flush() error {
	if c.session == nil || c.failed != nil {
		return c.failed
	}
	if err := c.session.flush(); err != nil {
		return c.fail(err)
	}
	return nil
}

// bound are a query's arguments as drivers take them, until the next query's take their place.
func (c *conn) bound(query string, args []any) ([]driver.NamedValue, error) {
	c.values = c.values[:0]
	for i, arg := range args {
		value, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return nil, fmt.Errorf("argument %d of %q: %w", i+1, query, err)
		}
		c.values = append(c.values, driver.NamedValue{Ordinal: i + 1, Value: value})
	}
	return c.values, nil
}

// Rows is the answer of Query: a cursor before its first row.
type Rows struct {
	driver driver.Rows
	row    []driver.Value
	err    error
	closed bool
}

func newRows(rows driver.Rows) *Rows {
	return &Rows{driver: rows, row: make([]driver.Value, len(rows.Columns()))}
}

// Next goes to the next row. It returns false, and closes the rows, behind the last one and after an error.
func (r *Rows) Next() bool {
	if r.closed {
		return false
	}
	err := r.driver.Next(r.row)
	if err == nil {
		return true
	}
	if !errors.Is(err, io.EOF) {
		r.err = explain(err)
	}
	r.err = errors.Join(r.err, r.Close())
	return false
}

// Err is the error that ended the rows, if one did.
func (r *Rows) Err() error { return r.err }

// Close ends the query. A second call does nothing.
func (r *Rows) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	return r.driver.Close()
}

// Scan copies the row's columns into dest: strings, integers and booleans, pointers to pointers to strings for what may
// be NULL, and whatever implements sql.Scanner.
func (r *Rows) Scan(dest ...any) error {
	if len(dest) != len(r.row) {
		return fmt.Errorf("scan %d columns into %d variables", len(r.row), len(dest))
	}
	for i, to := range dest {
		if err := assign(to, r.row[i]); err != nil {
			return fmt.Errorf("scan column %d: %w", i+1, err)
		}
	}
	return nil
}

func assign(to any, value driver.Value) error {
	switch to := to.(type) {
	case **string:
		if *to = nil; value == nil {
			return nil
		}
		if text, ok := value.(string); ok {
			*to = &text
			return nil
		}
	case *string:
		if text, ok := value.(string); ok {
			*to = text
			return nil
		}
	case *int64:
		if number, ok := value.(int64); ok {
			*to = number
			return nil
		}
	case *int:
		if number, ok := value.(int64); ok {
			*to = int(number)
			return nil
		}
	case *bool: // SQLite knows none
		if number, ok := value.(int64); ok {
			*to = number != 0
			return nil
		}
	case sql.Scanner: // last, since it takes the longest to find out
		return to.Scan(value)
	}
	return fmt.Errorf("%T does not fit into %T", value, to)
}

// Row is the answer of QueryRow.
type Row struct {
	rows *Rows
	err  error
	conn *conn
}

// Scan copies the row's columns into dest, like [Rows.Scan]. It returns sql.ErrNoRows if there is no row.
func (r Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	var err error
	if r.rows.Next() {
		err = r.rows.Scan(dest...)
	} else if err = r.rows.Err(); err == nil {
		return sql.ErrNoRows
	}
	if err = errors.Join(err, r.rows.Close()); err != nil {
		return r.conn.fail(err)
	}
	return nil
}
