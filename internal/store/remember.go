package store

import (
	"database/sql/driver"
	"errors"
	"io"
	"slices"
	"strconv"
)

// A reader keeps its snapshot until a write commits, and remembers what it has read in it: to begin and to end a
// transaction takes locks of the operating system, which cost more than what most reads look for.
//
// Nobody reads what is older than a write that was acknowledged: Store.commits rises between a commit and the answers to
// its members, and a read takes a new snapshot where that is another number than when the old one began. Nor does a read
// mix two states of the database, since what is remembered goes with its snapshot. All this needs a database that no other
// process writes.

// The bounds of what a reader remembers, in bytes, about.
const (
	mostRemembered = 512 << 10
	mostAnswer     = 64 << 10 // of one query
)

// snapshot is a reader's, and what was read in it. The zero value is none.
type snapshot struct {
	began   bool
	commits int64 // the store's, when it began
	answers map[asked]*answer
	made    map[asked][]byte // see Remember
	making  bool
	size    int
}

// asked is a query with its arguments, or what is made of some.
type asked struct{ query, args string }

// answer is what a query has brought, to its last row.
type answer struct {
	columns []string
	rows    [][]driver.Value
	size    int
}

// follow makes sure that the connection reads all that was committed before the number was.
func (c *conn) follow(commits int64) error {
	if c.snapshot.began && c.snapshot.commits == commits {
		return nil
	}
	if err := c.letGo(); err != nil {
		return err
	}
	if err := c.exec("BEGIN"); err != nil {
		return err
	}
	c.snapshot = snapshot{began: true, commits: commits, answers: map[asked]*answer{}, made: map[asked][]byte{}}
	return nil
}

// letGo ends the snapshot, if there is one.
func (c *conn) letGo() error {
	if !c.snapshot.began {
		return nil
	}
	c.snapshot = snapshot{}
	return c.end("ROLLBACK")
}

// letIdleGo ends the snapshots of the readers that nobody uses: SQLite's log grows for as long as somebody keeps an old
// one.
func (s *Store) letIdleGo() {
	for range cap(s.readers.idle) {
		select {
		case c := <-s.readers.idle:
			_ = c.letGo() // whoever reads next cannot begin then, and says so
			s.readers.put(c)
		default:
			return
		}
	}
}

// recall is what the snapshot remembers of a query, or nil.
func (c *conn) recall(a asked) driver.Rows {
	if known, ok := c.snapshot.answers[a]; ok {
		return &again{answer: known}
	}
	return nil
}

// remember keeps an answer.
func (c *conn) remember(a asked, read *answer) {
	c.snapshot.makeRoom(read.size)
	c.snapshot.answers[a] = read
}

// makeRoom forgets all if there is no room for so much more.
func (s *snapshot) makeRoom(size int) {
	if s.size+size > mostRemembered {
		clear(s.answers)
		clear(s.made)
		s.size = 0
	}
	s.size += size
}

// Remember is what create returns, or has returned for the same name and arguments if nothing was written since: so create
// makes it of them and of what it reads in the view, and of nothing else. It is shared, and not to be changed.
func (v View) Remember(name string, args []any, create func() ([]byte, error)) ([]byte, error) {
	s := &v.conn.snapshot
	if !s.began || s.making {
		return create()
	}
	key := make([]byte, 0, 128)
	for _, arg := range args {
		var ok bool
		if key, ok = appendKey(key, arg); !ok {
			return create()
		}
	}
	if known, ok := s.made[asked{name, string(key)}]; ok {
		return known, nil
	}
	what := asked{name, string(key)}
	s.making = true // whose rows need not be remembered beside it
	defer func() { s.making = false }()
	made, err := create()
	if size := len(name) + len(what.args) + len(made); err == nil && size <= mostAnswer {
		s.makeRoom(size)
		s.made[what] = made
	}
	return made, err
}

// again is an answer as rows.
type again struct {
	*answer
	next int
}

func (r *again) Columns() []string { return r.columns }
func (r *again) Close() error      { return nil }

func (r *again) Next(row []driver.Value) error {
	if r.next == len(r.rows) {
		return io.EOF
	}
	copy(row, r.rows[r.next])
	r.next++
	return nil
}

// first is rows that are remembered when they were read to their end, unless they are many.
type first struct {
	driver.Rows
	conn  *conn
	asked asked
	read  *answer // nil once that is settled
}

func (r *first) Next(row []driver.Value) error {
	err := r.Rows.Next(row)
	switch read := r.read; {
	case read == nil:
	case err == nil:
		read.rows = append(read.rows, slices.Clone(row))
		read.size += sizeOf(row)
		if read.size > mostAnswer {
			r.read = nil
		}
	case errors.Is(err, io.EOF):
		r.conn.remember(r.asked, read)
		r.read = nil
	default:
		r.read = nil
	}
	return err
}

// Close looks whether the first row was the only one, which nobody does who asks for one.
func (r *first) Close() error {
	if r.read != nil && len(r.read.rows) == 1 {
		_ = r.Next(make([]driver.Value, len(r.read.columns)))
	}
	return r.Rows.Close()
}

func sizeOf(row []driver.Value) int {
	size := 0
	for _, value := range row {
		size += 16
		if text, ok := value.(string); ok {
			size += len(text)
		}
	}
	return size
}

// ask is a query as it is remembered by: not where an argument is something else than a text, a whole number or NULL.
func ask(query string, args []driver.NamedValue) (a asked, ok bool) {
	key := make([]byte, 0, 128)
	for _, arg := range args {
		if key, ok = appendKey(key, arg.Value); !ok {
			return asked{}, false
		}
	}
	return asked{query, string(key)}, true
}

// appendKey appends what tells an argument from every other to a key.
func appendKey(key []byte, arg any) (longer []byte, ok bool) {
	switch value := arg.(type) {
	case string:
		key = strconv.AppendInt(append(key, 's'), int64(len(value)), 10)
		return append(append(key, ':'), value...), true
	case int64:
		return append(strconv.AppendInt(append(key, 'i'), value, 10), ':'), true
	case int:
		return appendKey(key, int64(value))
	case nil:
		return append(key, 'n'), true
	default:
		return nil, false
	}
}
