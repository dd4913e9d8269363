package gate

import (
	"container/list"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// record is an exchange in the journal. Few are ever looked at, so that it is kept as it was, secrets and all: the first look
// makes what is shown of it, an [Entry] that has none, in its place.
type record struct {
	element *list.Element // in all, until it is dropped; guarded by the journal's lock, like its size
	size    int

	mu       sync.Mutex
	gate     *Gate // says what is secret; nil once it was looked at
	sent     *url.URL
	hidden   []string // secrets that no header carries
	body     []byte
	answered []byte
	noted    Entry
}

// mostUnlooked is about how many bytes a record may have that was not looked at. Of a larger one the entry, which is cut, is
// made at once.
const mostUnlooked = 2 * mostBody

// newRecord is what is known of an exchange once it arrived.
func newRecord(x *Exchange) *record {
	r := &record{gate: x.gate, sent: x.sent, hidden: x.hidden, noted: Entry{
		ID: x.id, State: Arrived, Workspace: x.Workspace.Name, Operation: x.Operation, Owner: x.Owner, Credential: x.Credential,
		Arrived: x.arrived, Now: x.Now, Scheme: schemeOf(x.Request), Protocol: x.Request.Proto, Host: x.Request.Host, of: x.Workspace,
		Request: Message{Method: x.Request.Method, Headers: x.Request.Header, Size: int(max(0, x.Request.ContentLength))},
	}}
	if x.API != nil {
		r.noted.API = x.API.Name
	}
	return r
}

// answer notes the answer, which is about to be written. It keeps the header and the bodies, which nobody changes any more.
func (r *record) answer(x *Exchange, took time.Duration, header http.Header, body []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hidden, r.body, r.answered = x.hidden, x.body, body
	e := &r.noted
	e.State, e.Took = Answered, float64(took.Microseconds())/1000
	e.Request.Size = int(max(int64(len(x.body)), x.Request.ContentLength))
	e.Response = Message{Status: x.answer.Status, Lost: x.abort == abortUnanswered, Headers: header, Size: len(body)}
	e.Limit, e.Cache, e.Effects = x.limit, x.cache, x.effects[:min(len(x.effects), mostEffects)]
	e.Fault, e.Dropped, e.Failure = x.faulted, x.dropped, x.failure
	e.presented, e.unread = x.presented, !x.bodyRead && x.body == nil && x.Request.ContentLength != 0
	e.Violations, e.Unread = x.violations, x.unread
	if r.size = r.measure(); r.size > mostUnlooked {
		r.look()
		r.size = r.measure()
	}
}

// arrival is what is shown of the record before it is answered.
func (r *record) arrival() *Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.noted.arrival()
	if r.gate != nil {
		hide := secretsOf(r.gate, e.Request.Headers, r.hidden)
		e.Request.URL, e.Request.Headers = hide.fromURL(r.sent.String()), hide.fromHeader(e.Request.Headers)
	}
	return e
}

// entry is what is shown of the record once it is answered.
func (r *record) entry() *Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.look()
	return &r.noted
}

// look takes the secrets out of what was noted, and cuts it.
func (r *record) look() {
	if r.gate == nil {
		return
	}
	e := &r.noted
	hide := secretsOf(r.gate, e.Request.Headers, r.hidden)
	if e.Response.Status >= http.StatusBadRequest || len(e.Unread) > 0 { // nobody misspells a member and does not notice
		hide = hide.misspelt(r.body)
	}
	e.Request.URL = hide.fromURL(r.sent.String())
	e.Request.Headers, e.Response.Headers = hide.fromHeader(e.Request.Headers), hide.fromHeader(e.Response.Headers)
	e.Request.Body, e.Response.Body = cut(hide.fromBody(r.body)), cut(hide.fromBody(r.answered))
	e.Failure = hide.from(e.Failure)
	violations, unread := e.Violations, e.Unread
	e.Violations, e.Unread = nil, nil
	for _, v := range violations[:min(len(violations), mostViolations)] {
		v.Value, v.Message = hide.fromValue(v.Member, v.Value), clip(hide.from(v.Message), mostMessage)
		e.Violations = append(e.Violations, v)
	}
	for _, name := range unread[:min(len(unread), mostUnread)] {
		e.Unread = append(e.Unread, clip(hide.from(name), mostValue))
	}
	r.gate, r.sent, r.hidden, r.body, r.answered = nil, nil, nil, nil, nil
}

// measure is about how many bytes the record takes.
func (r *record) measure() int {
	e := &r.noted
	size := entryOverhead + len(e.Request.Method) + len(e.Request.URL) + len(e.Request.Body) + len(e.Response.Body) + len(e.Failure) + len(e.Host)
	size += cap(r.body) + cap(r.answered)
	if r.sent != nil {
		size += len(r.sent.Path) + len(r.sent.RawPath) + len(r.sent.RawQuery)
	}
	for _, secret := range r.hidden {
		size += len(secret)
	}
	for _, header := range []http.Header{e.Request.Headers, e.Response.Headers} {
		for name, values := range header {
			size += len(name)
			for _, value := range values {
				size += len(value)
			}
		}
	}
	for _, v := range e.Violations {
		size += len(v.Member) + len(v.Message) + len(v.Passes) + mostValue
		switch value := v.Value.(type) {
		case string:
			size += len(value)
		case jsontext.Value:
			size += len(value)
		}
	}
	for _, name := range e.Unread {
		size += len(name)
	}
	for _, effect := range e.Effects {
		size += effectOverhead + len(effect.Record) + len(effect.Effect)
	}
	return size
}
