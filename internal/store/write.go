package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"time"
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

// Count is Exec, and says how many rows the statement has changed: INSERT … ON CONFLICT DO NOTHING RETURNING 1 would say so
// too, and costs SQLite twice as much.
func (tx Tx) Count(query string, args ...any) (rows int64, err error) {
	return tx.conn.count(query, args)
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
	if !s.shared {
		w.workspace = "" // one writer has them all
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrClosed
	}
	s.pending.Add(1)
	defer s.pending.Done()
	queue, led := s.queues[w.workspace]
	s.queues[w.workspace] = append(queue, w)
	if !led {
		w.turn <- lead
	}
	s.mu.Unlock()
	if <-w.turn == lead {
		s.commitNext(w.workspace)
	}
	return w.err
}

// commitNext commits the head of a workspace's queue, whose first member calls it, and passes the lead on before it
// answers.
func (s *Store) commitNext(workspace string) {
	runtime.Gosched() // who is about to write gets into the queue first
	s.mu.Lock()
	queue := s.queues[workspace]
	n := batchLength(queue)
	batch := make([]*write, n)
	copy(batch, queue)
	clear(queue[:n])
	s.queues[workspace] = queue[n:]
	s.mu.Unlock()

	if !s.shared {
		s.letIdleGo()
	}
	s.commit(batch)
	s.commits.Add(1)
	for _, w := range batch { // one that is refused says nothing of the disk
		if fault := errors.Is(w.err, ErrFault); fault || w.err == nil {
			s.faulty.Store(fault)
		}
	}

	s.mu.Lock()
	if queue := s.queues[workspace]; len(queue) > 0 {
		queue[0].turn <- lead
	} else {
		delete(s.queues, workspace)
	}
	s.mu.Unlock()
	for _, w := range batch[1:] {
		w.turn <- answered
	}
}

// commit runs a batch, together or one by one.
func (s *Store) commit(batch []*write) {
	c, err := s.writers.get(context.Background())
	if err != nil {
		for _, w := range batch {
			w.err = err
		}
		return
	}
	defer s.writers.put(c)
	if len(batch) > 1 && s.runTogether(c, batch) {
		return
	}
	for i, w := range batch {
		if i > 0 && errors.Is(batch[i-1].err, errUnreachable) {
			w.err = batch[i-1].err // each would wait as long
			continue
		}
		w.err = s.runAlone(c, w)
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

// beginWriting begins a transaction, whose first statement locks the workspace's row where others write to it too. The lock
// lets those in who insert what refers to the row, as the journal does.
func (s *Store) beginWriting(c *conn, workspace string) error {
	c.failed = nil
	err := c.exec(s.beginWrite)
	if err == nil && s.shared && workspace != "" {
		err = c.exec("SELECT 1 FROM workspaces WHERE workspace = $1 FOR NO KEY UPDATE", workspace)
	}
	return err
}

// runTogether runs the batch in one transaction. It returns false, with nothing written, when the transaction broke.
func (s *Store) runTogether(c *conn, batch []*write) (ok bool) {
	if s.beginWriting(c, batch[0].workspace) != nil {
		return rollBack(c)
	}
	for _, w := range batch {
		if w.err = w.start(); w.err != nil {
			continue
		}
		if c.exec("SAVEPOINT member") != nil {
			return rollBack(c)
		}
		if w.err = call(w.fn, c); w.err != nil && (errors.Is(c.failed, errAgain) || errors.Is(c.failed, errUnreachable) || c.end("ROLLBACK TO member") != nil) {
			return rollBack(c)
		}
		c.failed = nil
		if c.end("RELEASE member") != nil {
			return rollBack(c)
		}
	}
	switch err := c.end("COMMIT"); {
	case errors.Is(err, errUnknown):
		for _, w := range batch {
			w.err = cmp.Or(w.err, err)
		}
		return true
	case err != nil:
		return rollBack(c)
	}
	return true
}

// rollBack ends a broken transaction. SQLite may have ended it already, so its error means nothing.
func rollBack(c *conn) (ok bool) {
	_ = c.end("ROLLBACK")
	return false
}

// mostRuns bounds how often a write runs that meets others, or loses its connection.
const mostRuns = 10

// runAlone runs one write in a transaction of its own.
func (s *Store) runAlone(c *conn, w *write) error {
	if err := w.start(); err != nil {
		return err
	}
	for run := 1; ; run++ {
		err := s.runOnce(c, w)
		if run == mostRuns || !errors.Is(err, errAgain) {
			return err
		}
		time.Sleep(rand.N(time.Duration(run) * 10 * time.Millisecond)) //nolint:gosec // chances, no secrets: so that they do not meet again
	}
}

func (s *Store) runOnce(c *conn, w *write) error {
	if err := s.beginWriting(c, w.workspace); err != nil {
		rollBack(c)
		return err
	}
	if err := call(w.fn, c); err != nil {
		if errors.Is(c.failed, errAgain) {
			err = c.failed // whatever the function makes of it
		}
		rollBack(c)
		return err
	}
	if err := c.end("COMMIT"); err != nil {
		rollBack(c)
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
	return c.flush()
}
