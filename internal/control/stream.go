package control

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"github.com/seed-0f456478/sandbox/internal/gate"
)

// beat is how often a stream that has nothing to say says so, so that a connection that broke is noticed.
const beat = 15 * time.Second

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
			{Name: "Last-Event-ID", In: "header", Description: "the last event that the client has: later answers come first; 0 for all that the journal keeps", Schema: &huma.Schema{Type: huma.TypeString}},
		},
		Responses: map[string]*huma.Response{
			"200":     {Description: "events whose data is a request, and whose id is its sequence", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}}},
			"default": {Description: "Error", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/ErrorModel"}}}},
		},
	})
}

func (c *control) follow(w http.ResponseWriter, r *http.Request) {
	s, err := gate.ParseSearch(r.URL.Query().Get("q"))
	if err != nil {
		problem(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	last, err := strconv.ParseUint(r.Header.Get("Last-Event-ID"), 10, 64)
	replay := r.Header.Get("Last-Event-ID") != ""
	if replay && err != nil {
		problem(w, http.StatusUnprocessableEntity, "Last-Event-ID: "+r.Header.Get("Last-Event-ID")+" is no number.")
		return
	}
	name := chi.URLParam(r, "workspace")
	if err := checkName(name); err != nil {
		problem(w, http.StatusNotFound, err.Error())
		return
	}
	space, err := c.Workspaces.Acquire(r.Context(), name)
	if err != nil {
		problem(w, http.StatusInternalServerError, err.Error())
		return
	}
	space.Release() // a stream does not keep a workspace from going
	listener, err := c.Journal.Listen(space)
	if err != nil {
		problem(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	defer listener.Close()

	out := events{w, http.NewResponseController(w)}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out.flush()
	if replay {
		for _, e := range slices.Backward(c.Journal.Entries(space)) {
			if e.State == gate.Answered && e.Sequence > last && s.Fits(e) {
				last = e.Sequence
				if out.send(e) != nil {
					return
				}
			}
		}
	}
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for {
		var err error
		select {
		case e, ok := <-listener.C:
			switch {
			case !ok:
				return // fallen behind
			case e == nil:
				err = out.write("event: cleared\ndata: {}\n\n")
			case s.Fits(e) && (e.State == gate.Arrived || e.Sequence > last):
				err = out.send(e)
			}
		case <-ticker.C:
			if now, exists := c.Workspaces.Find(name); !exists || now != space {
				return // it was deleted
			}
			err = out.write(": nothing new\n\n")
		case <-c.Stop:
			return
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

func (o events) send(e *gate.Entry) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	id := ""
	if e.State == gate.Answered {
		id = fmt.Sprintf("id: %d\n", e.Sequence)
	}
	return o.write(fmt.Sprintf("%sevent: %s\ndata: %s\n\n", id, e.State, data))
}

func (o events) write(text string) error {
	// A stream lasts; what it writes must not.
	if err := o.control.SetWriteDeadline(time.Now().Add(beat)); err != nil {
		return err
	}
	if _, err := o.w.Write([]byte(text)); err != nil {
		return err
	}
	o.flush()
	return nil
}

func (o events) flush() { _ = o.control.Flush() } // who cannot be flushed to gets it later
