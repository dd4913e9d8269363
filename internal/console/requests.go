package console

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/control/client"
	"github.com/seed-0f456478/sandbox/internal/gate"
)

// mostRows is how many requests a page lists.
const mostRows = 50

// requests is what the list of requests shows, with one of them beside it or none.
type requests struct {
	Q       string // the search
	Before  string // the sequence before which an older page begins; "" for the newest
	Off     string // why there is no journal
	Problem string // with the search
	Rows    []*gate.Entry
	Older   string // Before of the next page, if there is one
	One     *request
	Gone    string // why the one that was asked for is not there
}

// request is one request, and what there is to do with it.
type request struct {
	control.Explained
	Sent   []line // its body
	API    string // the title
	Errors []string
	Curl   string
	Faults []gate.Armed // that may hit the operation
}

// requests lists requests, newest first.
func (c *console) requests(v *visit) (any, error) {
	return v.requests()
}

func (v *visit) requests() (*requests, error) {
	asked := v.Request.URL.Query()
	r := &requests{Q: asked.Get("q"), Before: asked.Get("before")}
	search := r.Q
	if r.Before != "" {
		search += " before:" + strconv.Quote(r.Before)
	}
	var err error
	r.Rows, err = v.API.Requests(v, v.Workspace, search, client.List{Limit: mostRows + 1})
	if r.Off = journalOff(err); r.Off != "" {
		return r, nil
	}
	if refusal, ok := errors.AsType[*client.Error](err); ok && refusal.Status == http.StatusUnprocessableEntity {
		r.Problem = refusal.Detail
		return r, nil
	}
	if len(r.Rows) > mostRows {
		r.Rows = r.Rows[:mostRows]
		if last := r.Rows[mostRows-1]; last.State == gate.Answered {
			r.Older = strconv.FormatUint(last.Sequence, 10)
		}
	}
	return r, err
}

// journalOff is what the control API says if it refuses a call since there is no journal.
func journalOff(err error) string {
	if refusal, ok := errors.AsType[*client.Error](err); ok && refusal.Status == http.StatusConflict {
		return refusal.Detail
	}
	return ""
}

// gone is why the one thing is not there that a page with others was asked for; it gives the page its status.
func (v *visit) gone(err error) (string, error) {
	if refusal, ok := errors.AsType[*client.Error](err); ok {
		v.status = refusal.Status
		return refusal.Detail, nil
	}
	return "", err
}

// IsOne says that an entry of the list is the one beside it.
func (r *requests) IsOne(e *gate.Entry) bool { return r.One != nil && r.One.ID == e.ID }

// Query is what an address of the same list has behind it.
func (r *requests) Query() string { return query("q", r.Q) }

// OlderQuery is that of the next page.
func (r *requests) OlderQuery() string { return query("q", r.Q, "before", r.Older) }

// query makes a query of names and values, without those that are empty.
func query(pairs ...string) string {
	all := url.Values{}
	for pair := range slices.Chunk(pairs, 2) {
		if pair[1] != "" {
			all.Set(pair[0], pair[1])
		}
	}
	if len(all) == 0 {
		return ""
	}
	return "?" + all.Encode()
}

// request shows one request beside the list.
func (c *console) request(v *visit) (any, error) {
	r, err := v.requests()
	if err != nil || r.Off != "" {
		return r, err
	}
	found, err := v.API.Request(v, v.Workspace, v.id())
	if r.Gone, err = v.gone(err); r.Gone != "" || err != nil {
		return r, err
	}
	r.One = &request{Explained: found, Sent: annotate(found)}
	apis, err := v.API.APIs(v, v.Workspace)
	if err != nil {
		return nil, err
	}
	for _, api := range apis {
		if api.Name == found.API {
			r.One.API, r.One.Errors = api.Title, api.Errors
		}
	}
	curl, err := v.API.ExportCurl(v, v.Workspace, "id:"+strconv.Quote(found.ID))
	if err != nil {
		return nil, err
	}
	r.One.Curl = string(curl)
	faults, err := v.API.Faults(v, v.Workspace)
	for _, f := range faults {
		if f.On == found.API || f.On == r.One.On() {
			r.One.Faults = append(r.One.Faults, f)
		}
	}
	return r, err
}

// On is what a fault of its operation is on.
func (r *request) On() string { return r.Explained.API + "." + r.Operation }

// id is the one that the address names.
func (v *visit) id() string { return v.Param("id") }

// clearRequests forgets the requests.
func clearRequests(v *visit) (next string, err error) {
	return v.At("requests"), v.API.ClearRequests(v, v.Workspace)
}

// replay sends the request again, and goes to the new one.
func replay(v *visit) (next string, err error) {
	again, err := v.API.ReplayRequest(v, v.Workspace, v.id())
	if err != nil {
		return "", err
	}
	return v.At("requests", again.ID) + query("q", v.Request.URL.Query().Get("q")), nil
}

// armFault lets further requests to the operation go wrong.
func armFault(v *visit) (next string, err error) {
	f, err := v.fault()
	if err != nil {
		return "", err
	}
	if _, err = v.API.ArmFault(v, v.Workspace, f); err != nil {
		return "", err
	}
	return v.At("requests", v.id()) + query("q", v.Request.URL.Query().Get("q")) + "#faults", nil
}
