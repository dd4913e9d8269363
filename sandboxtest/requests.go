package sandboxtest

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-0f456478/sandbox/internal/control/client"
	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/nearest"
)

// Request is a request that came, and how it was answered. Secrets in it are redacted, and long bodies cut.
type Request struct {
	ID         string // what the answer's X-Sandbox-Request-Id says
	API        string
	Operation  string // createClient
	Method     string
	URL        string
	Headers    http.Header
	Body       string
	Status     int         // 0 while it is not answered
	Answer     http.Header // its headers
	AnswerBody string
	Lost       bool        // a fault has closed the connection instead of answering so
	Fault      string      // that hit it
	Violations []Violation // every reason for a refusal
	Unread     []string    // members of the body, and parameters with a ? before them, that the partner does not know
	Now        time.Time   // the workspace's time
}

// Violation is one reason for a refusal.
type Violation struct {
	Member  string // the member, header or parameter at fault
	Rule    string // the id in the ledger of rules
	Message string
	Passes  string // what would have passed
}

// Requests is a choice among the requests that came to a workspace, which the journal keeps: the latest 1000. Each method
// that returns Requests narrows it down.
type Requests struct {
	sb    *Sandbox
	words []string
}

// Requests are the requests that came to this workspace.
func (sb *Sandbox) Requests() Requests { return Requests{sb: sb} }

func (r Requests) with(word, value string) Requests {
	r.sb.t.Helper()
	if strings.Contains(value, `"`) {
		r.sb.t.Fatalf("sandboxtest: %s cannot hold double quotes: %s", cmp.Or(word, "text"), value)
	}
	if word != "" {
		word += ":"
	}
	r.words = append(slices.Clone(r.words), word+`"`+value+`"`)
	return r
}

// API is those to one API, like kobra.
func (r Requests) API(name string) Requests {
	r.sb.t.Helper()
	return r.with("api", r.sb.emulated(name).Name)
}

// Operation is those of one operation, like kobra.import.
func (r Requests) Operation(name string) Requests {
	r.sb.t.Helper()
	var all []string
	for _, api := range r.sb.server.app.APIs {
		for _, route := range api.Routes {
			if api.Name+"."+route.Operation == name {
				return r.with("api", api.Name).with("operation", route.Operation)
			}
			all = append(all, api.Name+"."+route.Operation)
		}
	}
	r.sb.t.Fatalf("sandboxtest: no operation is called %q; the nearest are %s", name, strings.Join(nearest.Of(name, all), ", "))
	return r
}

// Method is those of an HTTP method.
func (r Requests) Method(name string) Requests {
	r.sb.t.Helper()
	return r.with("method", name)
}

// Path is those whose URL has this part.
func (r Requests) Path(part string) Requests {
	r.sb.t.Helper()
	return r.with("path", part)
}

// Status is those answered with a status like 404, 4xx, >=400 or !=201.
func (r Requests) Status(status string) Requests {
	r.sb.t.Helper()
	return r.with("status", status)
}

// Rule is those that were refused by a rule of the ledger, like COB-22.
func (r Requests) Rule(id string) Requests {
	r.sb.t.Helper()
	return r.with("rule", id)
}

// Fault is those that were hit by a fault of a kind.
func (r Requests) Fault(kind Kind) Requests {
	r.sb.t.Helper()
	return r.with("fault", string(kind))
}

// Holding is those with this text in their URL, bodies, violations or names.
func (r Requests) Holding(text string) Requests {
	r.sb.t.Helper()
	return r.with("", text)
}

// All are the requests, the oldest first.
func (r Requests) All() []Request {
	r.sb.t.Helper()
	found, _, _ := r.find()
	return requests(found)
}

// One is the only request, or ends the test with what came instead.
func (r Requests) One() Request {
	r.sb.t.Helper()
	found, all, search := r.find()
	if len(found) != 1 {
		r.sb.t.Fatalf("%s", r.explain(1, found, all, search))
		return Request{}
	}
	return request(found[0])
}

// Count fails the test, and lets it go on, unless there are exactly so many. It says what came and why it did not fit. An
// answer that has arrived is always counted; for requests of another goroutine use Wait.
func (r Requests) Count(n int) {
	r.sb.t.Helper()
	found, all, search := r.find()
	if len(found) != n {
		r.sb.t.Errorf("%s", r.explain(n, found, all, search))
	}
}

// Wait waits until there are at least so many, for at most as long as said, in real time. If they do not come, it ends the
// test with what came and why it did not fit.
func (r Requests) Wait(n int, most time.Duration) []Request {
	r.sb.t.Helper()
	found, err := r.sb.server.control.Requests(context.Background(), r.sb.Name, r.query(), client.List{Limit: journal, Wait: most, Count: n})
	r.sb.check(err)
	return requests(found)
}

// journal is how many requests the journal keeps.
const journal = 1000

func (r Requests) query() string { return strings.Join(r.words, " ") }

// find returns the requests that fit, all that came, newest first, and what was asked for.
func (r Requests) find() (found, all []*gate.Entry, search gate.Search) {
	r.sb.t.Helper()
	search, err := gate.ParseSearch(r.query())
	r.sb.check(err)
	all, err = r.sb.server.control.Requests(context.Background(), r.sb.Name, "", client.List{Limit: journal})
	r.sb.check(err)
	return search.Among(all), all, search
}

// explain says what came in the place of n requests.
func (r Requests) explain(n int, found, all []*gate.Entry, search gate.Search) string {
	var text strings.Builder
	fmt.Fprintf(&text, "sandboxtest: %d of the %d requests to workspace %s fit, and not %d: %s", len(found), len(all), r.sb.Name, n, cmp.Or(r.query(), "any"))
	if len(all) >= journal {
		fmt.Fprintf(&text, " (the journal keeps no more than %d, so that more may have come)", journal)
	}
	if len(all) == 0 {
		text.WriteString("\n  Does the client have the URL, or a secret, that API returns?")
	}
	if len(found) > n {
		for _, e := range found[:min(len(found), mostShown)] {
			text.WriteString("\n  fits: " + line(e))
		}
		return text.String()
	}
	for _, miss := range search.Nearest(all) {
		fmt.Fprintf(&text, "\n  %s\n    does not fit: %s", line(miss.Entry), strings.Join(miss.Why, "; "))
	}
	return text.String()
}

// mostShown is how many requests, and how many reasons for a refusal, a message shows.
const mostShown = 10

// line shows a request: what came, what was answered, and why it was refused.
func line(e *gate.Entry) string {
	text := e.Request.Method + " " + e.Request.URL
	if e.Operation != "" {
		text += " (" + e.API + "." + e.Operation + ")"
	}
	switch {
	case e.State != gate.Answered:
		text += " is not answered yet"
	case e.Response.Lost:
		text += fmt.Sprintf(" -> %d, lost", e.Response.Status)
	default:
		text += fmt.Sprintf(" -> %d", e.Response.Status)
	}
	if e.Fault != "" {
		text += ", fault " + e.Fault
	}
	for _, v := range e.Violations[:min(len(e.Violations), mostShown)] {
		text += "\n    " + v.Rule + " " + strings.TrimSpace(v.Member+" "+v.Message)
	}
	if e.Failure != "" {
		text += "\n    the sandbox itself failed: " + e.Failure
	}
	return text
}

// log shows the latest requests, the oldest of them first.
func (sb *Sandbox) log() string {
	all, err := sb.server.control.Requests(context.Background(), sb.Name, "", client.List{Limit: mostShown})
	if err != nil {
		return err.Error()
	}
	if len(all) == 0 {
		return "no request came to workspace " + sb.Name
	}
	text := "the latest requests to workspace " + sb.Name + ":"
	for _, e := range slices.Backward(all) {
		text += "\n  " + line(e)
	}
	return text
}

func requests(all []*gate.Entry) []Request {
	shown := make([]Request, 0, len(all))
	for _, e := range slices.Backward(all) {
		shown = append(shown, request(e))
	}
	return shown
}

func request(e *gate.Entry) Request {
	r := Request{
		ID: e.ID, API: e.API, Operation: e.Operation, Method: e.Request.Method, URL: e.Request.URL,
		Headers: e.Request.Headers, Body: e.Request.Body, Status: e.Response.Status, Answer: e.Response.Headers,
		AnswerBody: e.Response.Body, Lost: e.Response.Lost, Fault: e.Fault, Unread: e.Unread, Now: e.Now,
	}
	for _, v := range e.Violations {
		r.Violations = append(r.Violations, Violation{v.Member, v.Rule, v.Message, v.Passes})
	}
	return r
}
