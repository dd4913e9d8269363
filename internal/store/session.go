package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// session is a connection to PostgreSQL, in the shape of a driver's that conn uses. A trip to the server costs more than
// what is done there, so a statement whose rows nobody asks for waits and travels with the next: it fails there, or at the
// end of the transaction.
//
// A session outlives its connection: a transaction of which nothing was answered yet begins again on a new one. So one that
// an earlier restart of the server has broken is found out without an error.
type session struct {
	config *pgconn.Config
	server *pgconn.PgConn // nil before the first transaction
	known  map[string]*pgconn.StatementDescription
	later  []statementCall
	size   int  // of what waits, without the statements themselves
	begun  bool // the server has answered something of this transaction

	changed int64 // rows, by the statement that ran last
}

// statementCall is a statement with its arguments.
type statementCall struct {
	query  string
	values [][]byte
}

const (
	// connectTimeout is what a connection takes at most, unless the URL has a connect_timeout.
	connectTimeout = 5 * time.Second
	// tripTimeout is longer than what the server itself allows a statement.
	tripTimeout = statementTimeout + 10*time.Second
	// mostLater bounds the statements that wait, which are kept in memory.
	mostLater = 256
	// mostLaterBytes bounds their arguments.
	mostLaterBytes = 1 << 20
)

// errAgain is in the errors of a transaction that may succeed when it runs again: it met another one, or lost its
// connection before it was to be committed.
var errAgain = fmt.Errorf("%w at this moment", ErrFault)

// errUnreachable is in the errors of a transaction for which there was no connection.
var errUnreachable = fmt.Errorf("%w: its server cannot be reached", ErrFault)

// errUnknown is in the errors of a transaction whose connection was lost while it was committed.
var errUnknown = fmt.Errorf("%w: the connection was lost while it committed, so whether the write is there is not known", ErrFault)

func (s *session) Prepare(query string) (driver.Stmt, error) { return sessionStatement{s, query}, nil }

func (s *session) Begin() (driver.Tx, error) { return nil, errors.ErrUnsupported }

func (s *session) Close() error {
	if s.server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	return s.server.Close(ctx)
}

// connect makes a new connection.
func (s *session) connect() error {
	server, err := pgconn.ConnectConfig(context.Background(), s.config)
	if err != nil {
		return fmt.Errorf("%w: %s", ErrFault, strings.Join(strings.Fields(err.Error()), " ")) // it has several lines
	}
	if encoding := server.ParameterStatus("server_encoding"); encoding != "UTF8" {
		return errors.Join(fmt.Errorf("%w: its encoding is %s; make one with ENCODING 'UTF8'", ErrFault, encoding), server.Close(context.Background()))
	}
	s.server, s.known = server, map[string]*pgconn.StatementDescription{}
	return nil
}

// trip sends what waits and then last, and returns last's rows.
func (s *session) trip(last statementCall) (*pgconn.Result, error) {
	s.later = append(s.later, last)
	calls := s.later
	s.later, s.size = nil, 0
	fresh := false
	for {
		if !s.begun && (s.server == nil || s.server.IsClosed()) {
			if err := s.connect(); err != nil {
				return nil, err
			}
			fresh = true
		}
		result, err := s.send(calls)
		lost := err != nil && s.server.IsClosed()
		if lost && !s.begun && !fresh && last.query != "COMMIT" {
			continue // on a new connection
		}
		s.begun = true
		if err == nil {
			s.changed = result.CommandTag.RowsAffected()
			return result, nil
		}
		return nil, explainPostgres(err, lost, last.query == "COMMIT")
	}
}

// send makes one trip, or more for statements that the connection does not know yet.
func (s *session) send(calls []statementCall) (*pgconn.Result, error) {
	// A deadline that is over does no harm to a connection that nobody uses, and the next trip moves it.
	if err := s.server.Conn().SetDeadline(time.Now().Add(tripTimeout)); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	batch, unsent := &pgconn.Batch{}, 0
	var result *pgconn.Result
	flush := func() error {
		results, err := s.server.ExecBatch(context.Background(), batch).ReadAll()
		if err != nil {
			return err
		}
		result, calls = results[len(results)-1], calls[unsent:]
		batch, unsent = &pgconn.Batch{}, 0
		return nil
	}
	for _, c := range calls {
		if len(c.values) == 0 {
			batch.ExecParams(c.query, nil, nil, nil, nil)
			unsent++
			continue
		}
		description := s.known[c.query]
		if description == nil {
			// What waits comes first, so that a mistake in this statement finds the savepoint that it is taken back to.
			if unsent > 0 {
				if err := flush(); err != nil {
					return nil, err
				}
			}
			var err error
			if description, err = s.describe(c.query); err != nil {
				return nil, err
			}
		}
		batch.ExecStatement(description, c.values, nil, nil)
		unsent++
	}
	if err := flush(); err != nil {
		return nil, err
	}
	return result, nil
}

// describe prepares a statement.
func (s *session) describe(query string) (*pgconn.StatementDescription, error) {
	if len(s.known) >= mostStatements {
		if _, err := s.server.Exec(context.Background(), "DEALLOCATE ALL").ReadAll(); err != nil {
			return nil, err
		}
		clear(s.known)
	}
	description, err := s.server.Prepare(context.Background(), "s"+strconv.Itoa(len(s.known)), query, nil)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	s.known[query] = description
	return description, nil
}

// run runs a statement of which nobody wants rows: at once where it ends the transaction, else with the next.
func (s *session) run(c statementCall) error {
	switch {
	case strings.HasPrefix(c.query, "BEGIN"):
		s.later, s.size, s.begun = nil, 0, false
		if s.server != nil && !s.server.IsClosed() && s.server.TxStatus() != 'I' {
			_ = s.Close() // a rollback has failed
		}
	case c.query == "ROLLBACK":
		s.later, s.size = nil, 0
		if !s.begun || s.server.IsClosed() || s.server.TxStatus() == 'I' {
			return nil // there is nothing to roll back
		}
		_, err := s.trip(c)
		return err
	case c.query == "COMMIT":
		result, err := s.trip(c)
		if err == nil && result.CommandTag.String() != "COMMIT" {
			return fmt.Errorf("the transaction was rolled back: %s", result.CommandTag)
		}
		return err
	case strings.HasPrefix(c.query, "ROLLBACK TO "):
		s.backTo("SAVEPOINT " + strings.TrimPrefix(c.query, "ROLLBACK TO "))
	}
	s.later = append(s.later, c)
	for _, value := range c.values {
		s.size += len(value)
	}
	if s.size > mostLaterBytes || len(s.later) >= mostLater {
		return s.flush()
	}
	return nil
}

// backTo forgets the statements that wait behind a savepoint, or all if that is not among them.
func (s *session) backTo(savepoint string) {
	for i, c := range s.later {
		if c.query == savepoint {
			s.later = s.later[:i+1]
			return
		}
	}
	s.later = nil
}

// flush runs what waits, and checks that the transaction has not ended by it.
func (s *session) flush() error {
	if n := len(s.later); n > 0 {
		last := s.later[n-1]
		s.later = s.later[:n-1]
		if _, err := s.trip(last); err != nil {
			return err
		}
	}
	if !s.begun || s.server.TxStatus() == 'I' {
		return errors.New("a statement has ended the transaction")
	}
	return nil
}

// sessionStatement is a statement of a session, in the shape of a driver's.
type sessionStatement struct {
	*session
	query string
}

func (s sessionStatement) Close() error  { return nil }
func (s sessionStatement) NumInput() int { return -1 }
func (s sessionStatement) Exec([]driver.Value) (driver.Result, error) {
	return nil, errors.ErrUnsupported
}

func (s sessionStatement) Query([]driver.Value) (driver.Rows, error) {
	return nil, errors.ErrUnsupported
}

func (s sessionStatement) ExecContext(_ context.Context, args []driver.NamedValue) (driver.Result, error) {
	values, err := encode(args)
	if err != nil {
		return nil, err
	}
	return sessionResult{s.session}, s.run(statementCall{s.query, values})
}

func (s sessionStatement) QueryContext(_ context.Context, args []driver.NamedValue) (driver.Rows, error) {
	values, err := encode(args)
	if err != nil {
		return nil, err
	}
	result, err := s.trip(statementCall{s.query, values})
	if err != nil {
		return nil, err
	}
	return &sessionRows{result: result}, nil
}

// sessionResult is of the statement that ran last, or waits: it runs when the result is asked for.
type sessionResult struct{ session *session }

func (r sessionResult) LastInsertId() (int64, error) { return 0, errors.ErrUnsupported }

func (r sessionResult) RowsAffected() (int64, error) {
	if len(r.session.later) > 0 {
		if err := r.session.flush(); err != nil {
			return 0, err
		}
	}
	return r.session.changed, nil
}

// encode writes arguments as text, which the server takes for any type: so a boolean fits into a number's column too.
func encode(args []driver.NamedValue) ([][]byte, error) {
	values := make([][]byte, len(args))
	for i, arg := range args {
		switch value := arg.Value.(type) {
		case nil:
		case string:
			values[i] = []byte(escaped(value))
		case int64:
			values[i] = strconv.AppendInt(nil, value, 10)
		case bool:
			values[i] = []byte("0")
			if value {
				values[i] = []byte("1")
			}
		default:
			return nil, fmt.Errorf("argument %d is a %T, where texts, integers and booleans are known", i+1, value)
		}
	}
	return values, nil
}

// sessionRows are the rows of a statement, all of them: a connection runs no other while some are still to come.
type sessionRows struct {
	result *pgconn.Result
	next   int
}

func (r *sessionRows) Columns() []string { return make([]string, len(r.result.FieldDescriptions)) }

func (r *sessionRows) Close() error { return nil }

// Next gives what SQLite gives: texts, integers, and integers for booleans.
func (r *sessionRows) Next(row []driver.Value) error {
	if r.next == len(r.result.Rows) {
		return io.EOF
	}
	for i, value := range r.result.Rows[r.next] {
		row[i] = nil
		if value == nil {
			continue
		}
		switch r.result.FieldDescriptions[i].DataTypeOID {
		case pgtype.BoolOID:
			row[i] = int64(0)
			if value[0] == 't' {
				row[i] = int64(1)
			}
		case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.NumericOID: // the last of sums
			number, err := strconv.ParseInt(string(value), 10, 64)
			if err != nil {
				return fmt.Errorf("column %d: %w", i+1, err)
			}
			row[i] = number
		default:
			row[i] = unescaped(string(value))
		}
	}
	r.next++
	return nil
}
