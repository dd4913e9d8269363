package gate

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// How often the table is looked at while somebody listens to a workspace.
const (
	pollEvery   = 50 * time.Millisecond // how late who listens may learn what another process has answered
	pollAtMost  = 5 * time.Millisecond  // so long apart at least: this process's own requests bring a look forward
	pollFailing = time.Second           // while the database fails
	mostPolled  = mostBehind / 2        // entries that one look tells, each of which may be two: that it arrived and was answered
)

// follower tells those who listen to a workspace in this process what all processes do there. There is one while
// somebody listens.
type follower struct {
	shared *shared
	of     *workspace.Workspace
	due    chan struct{}
	users  int // who are about to listen; guarded by the journal's lock

	mu       sync.Mutex // held from a look at the table until what was found is told; the journal's lock comes after it
	created  string     // tells the workspace from a later one in its name
	position int64      // all up to it was told
	cleared  int64
	failing  bool
}

// listen is [Journal.Listen], with so much room, and with the entries that there are if they are wanted.
func (s *shared) listen(ctx context.Context, w *workspace.Workspace, room int, wanted bool) (l *Listener, all []*Entry, err error) {
	j := s.journal
	j.mu.Lock()
	f := s.followers[w]
	if f == nil && !j.stopped {
		f = &follower{shared: s, of: w, due: make(chan struct{}, 1)}
		s.followers[w] = f
		go f.run()
	}
	if f != nil {
		f.users++
	}
	j.mu.Unlock()
	if f == nil {
		return nil, nil, ErrStopped
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	// All that the others are told first is in what is returned, and what they are told from here on is not.
	err = f.look(ctx, func(v store.View) (err error) {
		if wanted {
			all, err = s.entriesIn(v, w, math.MaxInt)
		}
		return err
	})
	j.mu.Lock()
	defer j.mu.Unlock()
	f.users--
	if err == nil {
		l, err = j.listen(w, room)
	}
	return l, all, err
}

// poke lets who listens to a workspace look at once.
func (s *shared) poke(w *workspace.Workspace) {
	s.journal.mu.Lock()
	f := s.followers[w]
	s.journal.mu.Unlock()
	if f != nil {
		select {
		case f.due <- struct{}{}:
		default:
		}
	}
}

// run looks at the table again and again, until nobody listens.
func (f *follower) run() {
	timer := time.NewTimer(pollEvery)
	defer timer.Stop()
	for {
		select {
		case <-f.shared.stopped:
			return
		case <-f.due:
		case <-timer.C:
		}
		if !f.needed() {
			return
		}
		pause := pollAtMost
		f.mu.Lock()
		err := f.look(context.Background(), nil)
		if errors.Is(err, ErrForgotten) || errors.Is(err, store.ErrClosed) {
			err = nil // who listened was told, and nobody does any more
		}
		if err != nil && !f.failing {
			f.shared.log.Error("nobody is told of requests while the journal cannot be read", "workspace", f.of.Name, "error", err)
		}
		if f.failing = err != nil; f.failing {
			pause = pollFailing
		}
		f.mu.Unlock()
		select {
		case <-f.shared.stopped:
			return
		case <-time.After(pause):
		}
		timer.Reset(pollEvery - pollAtMost)
	}
}

// needed says whether anybody listens. If not, there is another follower when somebody does.
func (f *follower) needed() bool {
	j := f.shared.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.listeners[f.of])+f.users > 0 {
		return true
	}
	delete(f.shared.followers, f.of)
	return false
}

// look tells what is new, and runs also on the same state of the database. It fails with [ErrForgotten] where the
// workspace has gone. Who calls it holds the follower's lock.
func (f *follower) look(ctx context.Context, also func(store.View) error) error {
	return f.shared.store.Read(ctx, func(v store.View) error {
		for more := true; more; {
			found, err := f.find(v)
			if err != nil {
				return err
			}
			if err := f.tell(found); err != nil {
				return err
			}
			more = len(found.entries) == mostPolled
		}
		if also == nil {
			return nil
		}
		return also(v)
	})
}

// news is what has come since a position.
type news struct {
	created       string // when the workspace was made; "" if it has gone
	last, cleared int64
	entries       []*Entry // by position
	positions     []int64
	arrivals      []int64 // the positions that they had first
}

// find reads what has come since the last look; where there was none, only how far the journal is.
func (f *follower) find(v store.View) (n news, err error) {
	from := f.position
	if f.created == "" {
		from = math.MaxInt64
	}
	rows, err := v.Query(`
		SELECT w.created_at, coalesce(h.last, 0), coalesce(h.cleared, 0), coalesce(e.position, 0), coalesce(e.arrival, 0), coalesce(e.state, ''), coalesce(e.entry, '')
		FROM workspaces w
		LEFT JOIN journals h ON h.of_workspace = w.workspace
		LEFT JOIN journal e ON e.of_workspace = w.workspace AND e.position > $2
		WHERE w.workspace = $1
		ORDER BY e.position LIMIT $3`, f.of.Name, from, mostPolled)
	if err != nil {
		return n, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var position, arrival int64
		var state, text string
		if err := rows.Scan(&n.created, &n.last, &n.cleared, &position, &arrival, &state, &text); err != nil {
			return n, err
		}
		if position == 0 {
			break // there is nothing new
		}
		e, err := decodeEntry(text, f.of, state, position)
		if err != nil {
			return n, err
		}
		n.entries, n.positions, n.arrivals = append(n.entries, e), append(n.positions, position), append(n.arrivals, arrival)
	}
	return n, rows.Err()
}

// tell tells news.
func (f *follower) tell(n news) error {
	j := f.shared.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	if f.created == "" {
		f.created, f.position, f.cleared = n.created, n.last, n.cleared
	}
	if n.created == "" || n.created != f.created || n.last < f.position { // it was deleted, and maybe another made
		j.silence(f.of, ErrForgotten)
		return ErrForgotten
	}
	from, whole := f.position, len(n.entries) < mostPolled
	for i, e := range n.entries {
		if f.cleared < n.cleared && n.cleared < n.positions[i] {
			f.clear(n)
		}
		// One that was answered soon was never written down as arrived.
		if e.State == Answered && n.arrivals[i] > from && !e.Now.IsZero() {
			j.tell(f.of, e.arrival())
		}
		j.tell(f.of, e)
		f.position = n.positions[i]
	}
	if whole {
		if f.cleared < n.cleared {
			f.clear(n)
		}
		f.position = n.last
	}
	return nil
}

func (f *follower) clear(n news) {
	f.cleared = n.cleared
	f.shared.journal.tell(f.of, nil)
}
