package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
)

// largestBatch bounds the writes that share a commit, so that none waits for long.
const largestBatch = 256

// Tx is a write transaction. It is valid until the function that got it returns, in that goroutine alone. After a
// statement has failed the others fail with the same error, and so does the write.
type Tx struct {
	View
}

// Exec runs a statement that returns no rows.
func (tx Tx) Exec(query string, args ...any) error {
	return tx.conn.exec(query, args...)
}

// PanicError is what Write returns when its function panicked. Nothing of it was written.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic in a write: %v\n%s", e.Value, e.Stack) }

// write is one call of Write that waits for its batch.
type write struct {
	ctx       context.Context
	workspace string
	fn        func(Tx) error
	alone     bool
	started   bool
	err       error
	turn      chan turn
}

// start looks at the context, unless it has done so before a first run.
func (w *write) start() error {
	if w.started {
		return nil
	}
	err := w.ctx.Err()
	w.started = err == nil
	return err
}

type turn bool

const (
	lead     turn = true  // you are first in the queue: commit the next batch
	answered turn = false // your batch has ended
)

// Write runs fn in a transaction: all of it is durable when Write returns nil, and nothing of it is written when Write
// returns an error, which is fn's own, the context's (looked at once, before fn starts), or the database's.
//
// Writes that arrive while another commits share the next commit. Each is a savepoint of its own, and all of them are
// answered after the commit, refusals too, since a refusal may rest on what a neighbour wrote. If the shared transaction
// breaks, its members run again one by one. So fn may run twice and on another goroutine: it returns its findings by
// setting variables of its caller anew, touches nothing else outside, and does not end its goroutine.
//
// The workspace is the one that fn writes to, "" where there are several. Writes of one workspace run one after the other,
// in whichever process that shares the database.
func (s *Store) Write(ctx context.Context, workspace string, fn func(Tx) error) error {
	return s.enqueue(&write{ctx: ctx, workspace: workspace, fn: fn, turn: make(chan turn, 1)})
}

// WriteAlone is Write in a transaction that is not shared: for a large import, whose failure is not to cost its
// neighbours a second run.
func (s *Store) WriteAlone(ctx context.Context, workspace string, fn func(Tx) error) error {
	return s.enqueue(&write{ctx: ctx, workspace: workspace, fn: fn, alone: true, turn: make(chan turn, 1)})
}

func (s *Store) enqueue(w *write) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrClosed
	}
	s.pending.Add(1)
	defer s.pending.Done()
	s.queue = append(s.queue, w)
	if !s.leading {
		s.leading = true
		w.turn <- lead
	}
	s.mu.Unlock()
	if <-w.turn == lead {
		s.commitNext()
	}
	return w.err
}

// commitNext commits the head of the queue, whose first member calls it, and passes the lead on before it answers.
func (s *Store) commitNext() {
	s.mu.Lock()
	n := batchLength(s.queue)
	batch := make([]*write, n)
	copy(batch, s.queue)
	clear(s.queue[:n])
	s.queue = s.queue[n:]
	s.mu.Unlock()

	if len(batch) == 1 || !s.runTogether(batch) {
		for _, w := range batch {
			w.err = s.runAlone(w)
		}
	}
	for _, w := range batch { // one that is refused says nothing of the disk
		if fault := errors.Is(w.err, ErrFault); fault || w.err == nil {
			s.faulty.Store(fault)
		}
	}

	s.mu.Lock()
	if len(s.queue) > 0 {
		s.queue[0].turn <- lead
	} else {
		s.queue, s.leading = nil, false
	}
	s.mu.Unlock()
	for _, w := range batch[1:] {
		w.turn <- answered
	}
}

// batchLength says how many writes at the head of the queue share a commit.
func batchLength(queue []*write) int {
	if queue[0].alone {
		return 1
	}
	for i, w := range queue[:min(len(queue), largestBatch)] {
		if w.alone {
			return i
		}
	}
	return min(len(queue), largestBatch)
}

// runTogether runs the batch in one transaction. It returns false, with nothing written, when the transaction broke.
func (s *Store) runTogether(batch []*write) (ok bool) {
	c := s.writer
	c.failed = nil
	if c.exec("BEGIN IMMEDIATE") != nil {
		return false
	}
	for _, w := range batch {
		if w.err = w.start(); w.err != nil {
			continue
		}
		if c.exec("SAVEPOINT member") != nil {
			return s.rollBack()
		}
		if w.err = call(w.fn, c); w.err != nil && c.end("ROLLBACK TO member") != nil {
			return s.rollBack()
		}
		c.failed = nil
		if c.end("RELEASE member") != nil {
			return s.rollBack()
		}
	}
	if c.end("COMMIT") != nil {
		return s.rollBack()
	}
	return true
}

// rollBack ends a broken transaction. SQLite may have ended it already, so its error means nothing.
func (s *Store) rollBack() (ok bool) {
	_ = s.writer.end("ROLLBACK")
	return false
}

// runAlone runs one write in a transaction of its own.
func (s *Store) runAlone(w *write) error {
	if err := w.start(); err != nil {
		return err
	}
	c := s.writer
	c.failed = nil
	if err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err := call(w.fn, c); err != nil {
		s.rollBack()
		return err
	}
	if err := c.end("COMMIT"); err != nil {
		s.rollBack()
		return err
	}
	return nil
}

// call runs fn, contains its panic, and makes sure that a failed statement fails the write.
func call(fn func(Tx) error, c *conn) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
		c.closeRows()
	}()
	if err := fn(Tx{View{c}}); err != nil {
		return err
	}
	return c.failed
}
