package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// beat is how often a stream that has nothing to say says so, so that a connection that broke is noticed.
const beat = 15 * time.Second

// mostWrite is how long a client may take to take an event. A stream lasts; what it writes must not.
const mostWrite = 5 * time.Second

// stream registers the live journal. It is not huma's own, whose events know no Last-Event-ID.
func (c *control) stream(api huma.API, router chi.Router) {
	const path = Root + "/workspaces/{workspace}/requests/stream"
	router.Get(path, c.follow)
	api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "streamRequests", Method: http.MethodGet, Path: path,
		Summary: "The requests of a workspace as they come, as server-sent events: arrived, answered, and cleared for all that were; a client that falls behind is cut off, and goes on from Last-Event-ID",
		Parameters: []*huma.Param{
			{Name: "workspace", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}},
			{Name: "q", In: "query", Description: "as for the list of requests", Schema: &huma.Schema{Type: huma.TypeString}},
			{Name: "Last-Event-ID", In: "header", Description: "the last event that the client has, which is the id of a request: answers behind it come first; all that the journal keeps if it is not there any more", Schema: &huma.Schema{Type: huma.TypeString}},
		},
		Responses: map[string]*huma.Response{
			"200":     {Description: "events whose data is a request; those of answers have its id", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}}},
			"default": {Description: "Error", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/ErrorModel"}}}},
		},
	})
}

func (c *control) follow(w http.ResponseWriter, r *http.Request) {
	s, err := gate.ParseSearch(r.URL.Query().Get("q"))
	if err != nil {
		problem(w, http.StatusUnprocessableEntity, "q: "+err.Error())
		return
	}
	space, err := c.listenable(r.Context(), chi.URLParam(r, "workspace"))
	if err != nil {
		refuse(w, err)
		return
	}
	listener, kept, err := c.Journal.Listen(r.Context(), space)
	if err != nil {
		problem(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	defer listener.Close()

	out := begin(w)
	if out.write("") != nil || r.Method == http.MethodHead { // the header is on its way
		return
	}
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		for _, e := range slices.Backward(behind(kept, last)) {
			if s.Fits(e) && out.send(e) != nil {
				return
			}
		}
	}
	c.pass(r, listener, space, s, out)
}

// behind are the answers that came after the one with an id, of entries newest first: all if it is not among them, since
// what goes first is the oldest, or all.
func behind(all []*gate.Entry, id string) []*gate.Entry {
	all = slices.DeleteFunc(all, func(e *gate.Entry) bool { return e.State != gate.Answered })
	if at := slices.IndexFunc(all, func(e *gate.Entry) bool { return e.ID == id }); at >= 0 {
		return all[:at]
	}
	return all
}

// pass passes on what comes, until one of the two sides goes.
func (c *control) pass(r *http.Request, listener *gate.Listener, space *workspace.Workspace, s gate.Search, out events) {
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		var err error
		select {
		case e, ok := <-listener.C:
			switch {
			case !ok:
				return
			case e == nil:
				err = out.write("event: cleared\ndata: {}\n\n")
			case s.Fits(e):
				err = out.send(e)
			}
		case <-ticker.C:
			if now, exists := c.Workspaces.Find(space.Name); !exists || now != space {
				return // it was idle for too long
			}
			err = out.write(": nothing new\n\n")
		case <-r.Context().Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// events writes server-sent events.
type events struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

// begin says that what follows is a stream.
func begin(w http.ResponseWriter) events {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	return events{w, http.NewResponseController(w)}
}

func (o events) send(e *gate.Entry) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	id := ""
	if e.State == gate.Answered {
		id = "id: " + e.ID + "\n"
	}
	return o.write(fmt.Sprintf("%sevent: %s\ndata: %s\n\n", id, e.State, data))
}

func (o events) write(text string) error {
	if err := o.control.SetWriteDeadline(time.Now().Add(mostWrite)); err != nil {
		return err
	}
	if _, err := o.w.Write([]byte(text)); err != nil {
		return err
	}
	if err := o.control.Flush(); err != nil {
		return err
	}
	return o.control.SetWriteDeadline(time.Time{}) // over HTTP/2 it would end the stream though nobody writes
}

// refuse words an error of a call that is not huma's.
func refuse(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	if known := huma.StatusError(nil); errors.As(err, &known) {
		status = known.GetStatus()
	}
	problem(w, status, err.Error())
}
