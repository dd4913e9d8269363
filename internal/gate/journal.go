package gate

import (
	"container/list"
	"context"
	"crypto/rand"
	"encoding/hex"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// The bounds of what one entry keeps.
const (
	mostBody       = 16 << 10 // bytes of each body
	mostViolations = 100
	mostUnread     = 100
	mostEffects    = 10_000
	mostValue      = 200 // bytes of a violation's value and of an unread member's name
	mostMessage    = 1 << 10
	entryOverhead  = 1 << 10
	effectOverhead = 32 // two strings beside their texts
)

// Journal keeps the latest exchanges of every workspace: in memory, or where several processes use one database, in that.
// It is safe for concurrent use. What it returns is shared, and not to be changed.
type Journal struct {
	shared       *shared // nil in memory
	perWorkspace int
	bytes        int
	run          string // tells this run's entries from an earlier one's

	mu        sync.Mutex
	last      uint64 // arrived
	answered  uint64
	size      int
	all       *list.List // of *record, oldest first
	rings     map[*workspace.Workspace]*list.List
	underWay  map[*record]bool // those that got in and are not answered
	listeners map[*workspace.Workspace]map[*Listener]bool
	listening int
	stopped   bool
}

// The states of an entry.
const (
	Arrived  = "arrived" // let into its workspace, and not answered
	Answered = "answered"
)

// Entry is an exchange, as the journal shows it. Secrets are redacted, and bodies cut.
type Entry struct {
	ID         string          `json:"id"`
	Sequence   uint64          `json:"sequence,omitempty" doc:"grows from answer to answer in a workspace"`
	State      string          `json:"state" enum:"arrived,answered" doc:"arrived: let into its workspace, and not answered yet"`
	Workspace  string          `json:"workspace"`
	API        string          `json:"api,omitempty"`
	Operation  string          `json:"operation,omitempty"`
	Owner      string          `json:"owner,omitempty"`
	Credential string          `json:"credential,omitempty" doc:"the id of the credential, never its secret"`
	Arrived    time.Time       `json:"arrived" doc:"real time"`
	Now        time.Time       `json:"now,omitzero" doc:"the workspace's time, if the request got into it"`
	Took       float64         `json:"took_ms"`
	Scheme     string          `json:"scheme" enum:"http,https"`
	Protocol   string          `json:"protocol" example:"HTTP/1.1"`
	Host       string          `json:"host" doc:"the request's Host header"`
	Request    Message         `json:"request"`
	Response   Message         `json:"response"`
	Violations []web.Violation `json:"violations,omitempty" doc:"every reason for a refusal, also those that the answer has no room for"`
	Unread     []string        `json:"unread,omitempty" doc:"what was sent and not read: members of the body, and parameters with a ? before them"`
	Limit      *Standing       `json:"limit,omitempty" doc:"how far the limit that counted the request is used up"`
	Cache      *CacheUse       `json:"cache,omitempty" doc:"whether the answer was a kept one"`
	Effects    []Effect        `json:"effects,omitempty" doc:"what became of records, where the answer does not say it"`
	Fault      string          `json:"fault,omitempty" doc:"the fault that hit it"`
	Dropped    bool            `json:"dropped,omitempty" doc:"the workspace was reset meanwhile: nothing was written"`
	Failure    string          `json:"failure,omitempty" doc:"what went wrong in the sandbox itself"`

	of        *workspace.Workspace // which may have gone, and another come in its name
	presented []presented          // what a replay signs with
	unread    bool                 // it had a body that nobody has read
}

// Message is a request or a response.
type Message struct {
	Method  string      `json:"method,omitempty"`
	URL     string      `json:"url,omitempty"`
	Status  int         `json:"status,omitempty"`
	Lost    bool        `json:"lost,omitempty" doc:"a fault has closed the connection instead of answering so"`
	Headers http.Header `json:"headers"`
	Body    string      `json:"body,omitempty"`
	Size    int         `json:"size" doc:"bytes of the body, of which the journal may show fewer or none"`
}

// NewJournal makes a journal that keeps at most perWorkspace entries of each workspace, and bytes of all together. With 0
// it keeps nothing, costs next to nothing, and nobody hears of any request.
func NewJournal(perWorkspace, bytes int) *Journal {
	run := make([]byte, 4)
	_, _ = rand.Read(run) // it never fails
	return &Journal{
		perWorkspace: perWorkspace, bytes: bytes, run: hex.EncodeToString(run), all: list.New(), rings: map[*workspace.Workspace]*list.List{},
		underWay: map[*record]bool{}, listeners: map[*workspace.Workspace]map[*Listener]bool{},
	}
}

// Keeps is how many entries of each workspace are kept: 0 if the journal is off.
func (j *Journal) Keeps() int { return j.perWorkspace }

// next is the id of an exchange that has arrived.
func (j *Journal) next() (id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last++
	return j.run + "-" + strconv.FormatUint(j.last, 10)
}

// arrive notes an exchange that got into its workspace.
func (j *Journal) arrive(x *Exchange) {
	if j.perWorkspace == 0 || j.shared != nil { // see lasts
		return
	}
	x.record = newRecord(x)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.underWay[x.record] = true
	if len(j.listeners[x.Workspace]) > 0 {
		j.tell(x.Workspace, x.record.arrival())
	}
}

// add keeps an exchange whose answer is about to be written.
func (j *Journal) add(x *Exchange, took time.Duration, header http.Header, body []byte) {
	if j.perWorkspace == 0 {
		return
	}
	r := x.record
	if r == nil {
		r = newRecord(x)
	}
	r.answer(x, took, header, body)
	x.record = nil
	if j.shared != nil {
		j.shared.put(x.Request.Context(), x.Workspace, r.entry())
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.underWay, r)
	j.answered++
	r.noted.Sequence = j.answered
	heard := len(j.listeners[x.Workspace]) > 0
	if heard {
		r.entry()
		r.size = r.measure()
	}
	ring := j.rings[x.Workspace]
	if ring == nil {
		ring = list.New()
		j.rings[x.Workspace] = ring
	}
	ring.PushBack(r)
	r.element = j.all.PushBack(r)
	j.size += r.size
	for ring.Len() > j.perWorkspace {
		j.dropOldest(x.Workspace)
	}
	j.fit()
	if heard {
		j.tell(x.Workspace, r.entry())
	}
}

// fit drops the oldest entries of all while they take too much. The caller holds the lock.
func (j *Journal) fit() {
	for j.size > j.bytes && j.all.Len() > 0 {
		j.dropOldest(j.all.Front().Value.(*record).noted.of)
	}
}

// leave notes that an exchange is under way no more.
func (j *Journal) leave(x *Exchange) {
	if j.shared != nil {
		j.shared.leave(x)
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.underWay, x.record)
}

// dropOldest drops a workspace's oldest entry. The oldest of all is the oldest of its workspace.
func (j *Journal) dropOldest(w *workspace.Workspace) {
	ring := j.rings[w]
	r := ring.Remove(ring.Front()).(*record)
	j.all.Remove(r.element)
	r.element = nil
	j.size -= r.size
	if ring.Len() == 0 {
		delete(j.rings, w)
	}
}

// Clear forgets a workspace's answered entries.
func (j *Journal) Clear(ctx context.Context, w *workspace.Workspace) error {
	if j.shared != nil {
		return j.shared.clear(ctx, w)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.clear(w)
	return nil
}

// clear is Clear in memory, for who holds the lock.
func (j *Journal) clear(w *workspace.Workspace) {
	for j.rings[w] != nil {
		j.dropOldest(w)
	}
	j.tell(w, nil)
}

// Holds is how many entries there are of all workspaces, and about how many bytes they take.
func (j *Journal) Holds(ctx context.Context) (entries, bytes int, err error) {
	if j.shared != nil {
		return j.shared.holds(ctx)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.all.Len(), j.size, nil
}

// Entries lists a workspace's entries, newest first: those under way, then the answered ones. Only where processes share a
// database can it fail.
func (j *Journal) Entries(ctx context.Context, w *workspace.Workspace) ([]*Entry, error) {
	return j.newest(ctx, w, math.MaxInt)
}

// Latest are the newest entries of a workspace that a search fits, at most so many. It looks at no more of the journal
// than it takes to find them.
func (j *Journal) Latest(ctx context.Context, w *workspace.Workspace, s Search, most int) ([]*Entry, error) {
	for look := most; ; look *= 4 {
		all, err := j.newest(ctx, w, look)
		if err != nil {
			return nil, err
		}
		if found := s.Among(all); len(found) >= most || len(all) < look {
			return found[:min(len(found), most)], nil
		}
	}
}

// newest are the newest entries of a workspace, at most so many.
func (j *Journal) newest(ctx context.Context, w *workspace.Workspace, most int) ([]*Entry, error) {
	if j.shared != nil {
		return j.shared.entries(ctx, w, most)
	}
	j.mu.Lock()
	underWay, answered := j.records(w, most)
	j.mu.Unlock()
	return j.shown(underWay, answered), nil
}

// records are the newest of a workspace, at most so many, for who holds the lock.
func (j *Journal) records(w *workspace.Workspace, most int) (underWay, answered []*record) {
	for r := range j.underWay {
		if r.noted.of == w {
			underWay = append(underWay, r)
		}
	}
	slices.SortFunc(underWay, func(a, b *record) int { return b.noted.Arrived.Compare(a.noted.Arrived) })
	underWay = underWay[:min(len(underWay), most)]
	if ring := j.rings[w]; ring != nil {
		for e := ring.Back(); e != nil && len(underWay)+len(answered) < most; e = e.Prev() {
			answered = append(answered, e.Value.(*record))
		}
	}
	return underWay, answered
}

// shown are the entries of records, for who does not hold the lock: to make them takes a while.
func (j *Journal) shown(underWay, answered []*record) []*Entry {
	all := make([]*Entry, 0, len(underWay)+len(answered))
	for _, r := range underWay {
		all = append(all, r.arrival())
	}
	for _, r := range answered {
		all = append(all, r.entry())
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, r := range answered { // what stands in a secret's place may be longer
		if r.element != nil {
			j.size -= r.size
			r.size = r.measure()
			j.size += r.size
		}
	}
	j.fit()
	return all
}

// Entry finds an entry of a workspace. If there is none, gone says that there was or may have been one: it was evicted
// or cleared, it has not got into the workspace yet, or it belongs to another.
func (j *Journal) Entry(ctx context.Context, w *workspace.Workspace, id string) (entry *Entry, gone bool, err error) {
	if j.shared != nil {
		return j.shared.entry(ctx, w, id)
	}
	j.mu.Lock()
	underWay, answered := j.records(w, math.MaxInt)
	j.mu.Unlock()
	other := func(r *record) bool { return r.noted.ID != id }
	if found := j.shown(slices.DeleteFunc(underWay, other), slices.DeleteFunc(answered, other)); len(found) > 0 {
		return found[0], false, nil
	}
	run, number := ofRun(id)
	return nil, run == j.run && j.gave(number), nil
}

// gave says whether this run has given so many ids.
func (j *Journal) gave(number uint64) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return 0 < number && number <= j.last
}

// ofRun is the run that an id is of, and which of its ids it is: 0 if it is none.
func ofRun(id string) (run string, number uint64) {
	run, counted, _ := strings.Cut(id, "-")
	number, err := strconv.ParseUint(counted, 10, 64)
	if err != nil {
		return "", 0
	}
	return run, number
}

// clip shortens a text to so many bytes, at a character's border.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	end := most
	for end > most-utf8.UTFMax && !utf8.RuneStart(text[end]) { // it may be no UTF-8 at all
		end--
	}
	return text[:end] + "…"
}

// cut shortens a body, and lets go of the rest.
func cut(body string) string {
	if len(body) <= mostBody {
		return body
	}
	return strings.Clone(body[:mostBody])
}
