package gate

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// shared is the half of a journal that several processes have in common: tables of the database that all of them use.
// Who has an answer finds its entry there, whichever of them is asked; who waits for one is told within [pollEvery].
//
// Positions come from the workspace's row of journals, whose lock makes the order of commits that of positions, so that
// who has seen one position misses nothing by asking for greater ones. An entry's sequence is its position.
type shared struct {
	journal *Journal
	store   *store.Store
	now     func() time.Time
	log     *slog.Logger

	mu        sync.Mutex                         // guards queues
	queues    map[*workspace.Workspace]*queue    // of what is to be written
	followers map[*workspace.Workspace]*follower // guarded by the journal's lock
	written   atomic.Int64                       // bytes since the last sweep
	full      chan struct{}                      // a sweep is due
	stopped   chan struct{}
}

// How long the processes that share a journal wait for each other. Their clocks need not agree better than that.
const (
	beatEvery  = 15 * time.Second    // so often each says that it runs, and sweeps
	aliveFor   = time.Minute         // a process that has not said so for as long is taken for dead, and what it had under way is shown no more
	buriedFor  = 10 * time.Minute    // and is removed then
	runsFor    = 30 * 24 * time.Hour // and so long its run is remembered
	trimEvery  = 16                  // at least so many entries lie between two looks for those beyond the bound of a workspace, on average
	mostLines  = 128                 // that are written together
	sweepShare = 8                   // a process that has written this part of the bound in bytes sweeps at once
)

// ShareJournal is NewJournal for several processes that use one database, in which the journal is then.
func ShareJournal(ctx context.Context, s *store.Store, perWorkspace, bytes int, now func() time.Time, log *slog.Logger) (*Journal, error) {
	j := NewJournal(perWorkspace, bytes)
	if perWorkspace == 0 {
		return j, nil
	}
	j.shared = &shared{
		journal: j, store: s, now: now, log: log,
		queues: map[*workspace.Workspace]*queue{}, followers: map[*workspace.Workspace]*follower{}, full: make(chan struct{}, 1), stopped: make(chan struct{}),
	}
	if err := j.shared.sweep(ctx); err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	go j.shared.sweepUntilStopped()
	return j, nil
}

// writesOf is the queue in which a workspace's entries are written: not that of its records, and no workspace's name.
func writesOf(w *workspace.Workspace) string { return "#journal/" + w.Name }

// write runs fn in a transaction of a workspace's journal. An entry is not worth a flush: where the database crashes, the
// last ones may be missing, and nothing else.
func (s *shared) write(ctx context.Context, w *workspace.Workspace, fn func(store.Tx) error) error {
	return s.store.Write(ctx, writesOf(w), func(tx store.Tx) error {
		if s.store.Shared() {
			if err := tx.Exec("SET LOCAL synchronous_commit = off"); err != nil {
				return err
			}
		}
		return fn(tx)
	})
}

// step gives out the next positions of a workspace that there is, and locks its journal until the transaction ends.
func step(tx store.Tx, w *workspace.Workspace, n int) error {
	return tx.Exec(`
		INSERT INTO journals (of_workspace, last, cleared) SELECT workspace, CAST($2 AS BIGINT), 0 FROM workspaces WHERE workspace = $1
		ON CONFLICT (of_workspace) DO UPDATE SET last = journals.last + excluded.last`, w.Name, n)
}

// put writes an entry, in the place of what there was of it while it was under way.
func (s *shared) put(ctx context.Context, w *workspace.Workspace, e *Entry) {
	text, err := encodeEntry(e)
	if err == nil {
		err = s.writeTogether(ctx, w, &line{id: e.ID, state: e.State, text: text, written: make(chan struct{})})
	}
	if err != nil {
		s.log.Error("the journal has lost a request", "id", e.ID, "workspace", w.Name, "state", e.State, "error", err)
		return
	}
	s.poke(w)
	if s.written.Add(int64(len(text))) > int64(s.journal.bytes/sweepShare) {
		select {
		case s.full <- struct{}{}:
		default:
		}
	}
}

// line is an entry that is to be written.
type line struct {
	id, state, text string
	written         chan struct{} // closed when it is, or err says why not
	err             error
}

// queue holds the lines of a workspace that are to be written. Those that come while others are written are written
// together, with one statement each: the savepoints of writes that only share a commit would cost two more.
type queue struct {
	users   int
	turn    chan struct{} // full while somebody writes
	waiting []*line
}

// writeTogether writes a line with those that wait beside it.
func (s *shared) writeTogether(ctx context.Context, w *workspace.Workspace, one *line) error {
	s.mu.Lock()
	q := s.queues[w]
	if q == nil {
		q = &queue{turn: make(chan struct{}, 1)}
		s.queues[w] = q
	}
	q.users++
	q.waiting = append(q.waiting, one)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if q.users--; q.users == 0 {
			delete(s.queues, w)
		}
	}()
	for {
		select {
		case <-one.written:
			return one.err
		case q.turn <- struct{}{}:
		}
		s.mu.Lock()
		lines := q.waiting[:min(len(q.waiting), mostLines)]
		q.waiting = q.waiting[len(lines):]
		s.mu.Unlock()
		s.writeLines(ctx, w, lines)
		<-q.turn
	}
}

// writeLines writes lines in one transaction, or if that fails, in one each. No statement of it returns anything, so that
// all of them are one trip to the database.
func (s *shared) writeLines(ctx context.Context, w *workspace.Workspace, lines []*line) {
	if len(lines) == 0 {
		return
	}
	err := s.write(ctx, w, func(tx store.Tx) error {
		if err := step(tx, w, len(lines)); err != nil {
			return err
		}
		for i, l := range lines {
			err := tx.Exec(`
				INSERT INTO journal (of_workspace, position, id, run, state, arrival, written_at, size, entry)
				SELECT of_workspace, last - CAST($2 AS BIGINT), $3, $4, $5, last - CAST($2 AS BIGINT), CAST($6 AS BIGINT), CAST($7 AS BIGINT), $8 FROM journals WHERE of_workspace = $1
				ON CONFLICT (of_workspace, id) DO UPDATE SET
					position = excluded.position, state = excluded.state, written_at = excluded.written_at, size = excluded.size, entry = excluded.entry`,
				w.Name, len(lines)-1-i, l.id, s.journal.run, l.state, s.now().UnixNano(), len(l.text), l.text)
			if err != nil {
				return err
			}
		}
		if rand.IntN(max(trimEvery, s.journal.perWorkspace/4)) >= len(lines) { //nolint:gosec // nobody gains by a guess
			return nil
		}
		return s.trim(tx, w)
	})
	if err != nil && len(lines) > 1 && !errors.Is(err, store.ErrFault) {
		for i := range lines {
			s.writeLines(ctx, w, lines[i:i+1])
		}
		return
	}
	for _, l := range lines {
		l.err = err
		close(l.written)
	}
}

// trim removes a workspace's entries beyond the bound, which nobody is shown any more.
func (s *shared) trim(tx store.Tx, w *workspace.Workspace) error {
	return tx.Exec(`
		DELETE FROM journal WHERE of_workspace = $1 AND state = 'answered' AND position <= (
			SELECT position FROM journal WHERE of_workspace = $1 AND state = 'answered' ORDER BY position DESC LIMIT 1 OFFSET $2)`,
		w.Name, s.journal.perWorkspace)
}

// lasts writes down an exchange that will be under way for long: others get an entry when they are answered.
func (j *Journal) lasts(x *Exchange) {
	if j.shared == nil || !x.acquired || x.record != nil {
		return
	}
	x.record = newRecord(x)
	j.shared.put(x.Request.Context(), x.Workspace, x.record.arrival())
}

// leave removes an exchange that has ended without an answer.
func (s *shared) leave(x *Exchange) {
	err := s.write(x.Request.Context(), x.Workspace, func(tx store.Tx) error {
		return tx.Exec("DELETE FROM journal WHERE of_workspace = $1 AND id = $2 AND state = 'arrived'", x.Workspace.Name, x.id)
	})
	if err != nil {
		s.log.Error("the journal still shows a request that has ended", "id", x.id, "workspace", x.Workspace.Name, "error", err)
	}
}

// clear removes a workspace's answered entries. It takes a position, so that who follows the journal learns when it was.
func (s *shared) clear(ctx context.Context, w *workspace.Workspace) error {
	err := s.write(ctx, w, func(tx store.Tx) error {
		if err := step(tx, w, 1); err != nil {
			return err
		}
		if err := tx.Exec("UPDATE journals SET cleared = last WHERE of_workspace = $1", w.Name); err != nil {
			return err
		}
		return tx.Exec("DELETE FROM journal WHERE of_workspace = $1 AND state = 'answered'", w.Name)
	})
	s.poke(w)
	return err
}

// holds is what all processes hold together.
func (s *shared) holds(ctx context.Context) (entries, bytes int, err error) {
	err = s.store.Read(ctx, func(v store.View) error { return held(v, &entries, &bytes) })
	return entries, bytes, err
}

func held(v store.View, entries, bytes *int) error {
	return v.QueryRow("SELECT count(*), CAST(coalesce(sum(size), 0) AS BIGINT) FROM journal").Scan(entries, bytes)
}

// entries are the newest of a workspace, as [Journal.entries].
func (s *shared) entries(ctx context.Context, w *workspace.Workspace, most int) (all []*Entry, err error) {
	err = s.store.Read(ctx, func(v store.View) (err error) {
		all, err = s.entriesIn(v, w, most)
		return err
	})
	return all, err
}

func (s *shared) entriesIn(v store.View, w *workspace.Workspace, most int) ([]*Entry, error) {
	rows, err := v.Query(`
		SELECT position, state, entry FROM journal
		WHERE of_workspace = $1 AND state = 'arrived' AND run IN (SELECT run FROM replicas WHERE seen_at > $2)
		UNION ALL
		SELECT position, state, entry FROM (
			SELECT position, state, entry FROM journal WHERE of_workspace = $1 AND state = 'answered' ORDER BY position DESC LIMIT $3) answered`,
		w.Name, s.now().Add(-aliveFor).UnixNano(), min(most, s.journal.perWorkspace))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []*Entry
	for rows.Next() {
		var position int64
		var state, text string
		if err := rows.Scan(&position, &state, &text); err != nil {
			return nil, err
		}
		e, err := decodeEntry(text, w, state, position)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b *Entry) int {
		if a.State == Arrived && b.State == Arrived {
			return b.Arrived.Compare(a.Arrived)
		}
		return cmp.Compare(b.order(), a.order())
	})
	return all[:min(len(all), most)], rows.Err()
}

// order is that of entries: those under way are newer than all.
func (e *Entry) order() uint64 {
	if e.State == Arrived {
		return math.MaxUint64
	}
	return e.Sequence
}

// entry finds an entry of a workspace, as [Journal.Entry] does. How many ids another process has given nobody knows here.
func (s *shared) entry(ctx context.Context, w *workspace.Workspace, id string) (found *Entry, gone bool, err error) {
	run, number := ofRun(id)
	err = s.store.Read(ctx, func(v store.View) error {
		found, gone = nil, false
		var position int64
		var newer int
		var state, text string
		err := v.QueryRow(`
			SELECT position, state, entry, (SELECT count(*) FROM journal n WHERE n.of_workspace = e.of_workspace AND n.state = 'answered' AND n.position > e.position)
			FROM journal e
			WHERE of_workspace = $1 AND id = $2 AND (state = 'answered' OR run IN (SELECT run FROM replicas WHERE seen_at > $3))`,
			w.Name, id, s.now().Add(-aliveFor).UnixNano()).Scan(&position, &state, &text, &newer)
		switch {
		case err == nil && (state == Arrived || newer < s.journal.perWorkspace):
			found, err = decodeEntry(text, w, state, position)
			return err
		case err != nil && !errors.Is(err, sql.ErrNoRows):
			return err
		case run == s.journal.run:
			gone = s.journal.gave(number)
			return nil
		case number == 0:
			return nil
		}
		return v.QueryRow("SELECT EXISTS (SELECT 1 FROM replicas WHERE run = $1)", run).Scan(&gone)
	})
	return found, gone, err
}

func (s *shared) sweepUntilStopped() {
	ticker := time.NewTicker(beatEvery)
	defer ticker.Stop()
	for {
		select {
		case <-s.stopped:
			return
		case <-ticker.C:
		case <-s.full:
		}
		if err := s.sweep(context.Background()); err != nil && !errors.Is(err, store.ErrClosed) {
			s.log.Error("cannot keep the journal within its bounds", "error", err)
		}
	}
}

// sweep says that this process runs, and removes what dead ones have left and what all together have beyond the bound in
// bytes, the oldest entries first.
func (s *shared) sweep(ctx context.Context) error {
	s.written.Store(0)
	now := s.now()
	return s.store.Write(ctx, "#journal", func(tx store.Tx) error {
		err := tx.Exec("INSERT INTO replicas (run, seen_at) VALUES ($1, $2) ON CONFLICT (run) DO UPDATE SET seen_at = excluded.seen_at", s.journal.run, now.UnixNano())
		if err != nil {
			return err
		}
		err = tx.Exec("DELETE FROM journal WHERE state = 'arrived' AND run NOT IN (SELECT run FROM replicas WHERE seen_at > $1)", now.Add(-buriedFor).UnixNano())
		if err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM replicas WHERE seen_at < $1", now.Add(-runsFor).UnixNano()); err != nil {
			return err
		}
		var entries, bytes int
		if err := held(tx.View, &entries, &bytes); err != nil || bytes <= s.journal.bytes {
			return err
		}
		return tx.Exec(`
			DELETE FROM journal WHERE state = 'answered' AND written_at <= (
				SELECT max(written_at) FROM (
					SELECT written_at, sum(size) OVER (ORDER BY written_at DESC, of_workspace, position DESC) AS together FROM journal) newest
				WHERE together > $1)`, s.journal.bytes)
	})
}

// arrival is what is shown of an answered entry's exchange before it is answered.
func (e *Entry) arrival() *Entry {
	return &Entry{
		ID: e.ID, State: Arrived, Workspace: e.Workspace, API: e.API, Operation: e.Operation, Owner: e.Owner, Credential: e.Credential,
		Arrived: e.Arrived, Now: e.Now, Scheme: e.Scheme, Protocol: e.Protocol, Host: e.Host, of: e.of,
		Request:  Message{Method: e.Request.Method, URL: e.Request.URL, Headers: e.Request.Headers, Size: e.Request.Size},
		Response: Message{Headers: http.Header{}},
	}
}
