package control

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
)

// lull is what passes at least between two of the events.
const lull = 250 * time.Millisecond

// changed is the event.
const changed = "event: changed\ndata: {}\n\n"

// changes registers the stream for those who show a part of the journal, and look at it again when it says so.
func (c *control) changes(api huma.API, router chi.Router) {
	const path = Root + "/workspaces/{workspace}/requests/changes"
	router.Get(path, c.announce)
	api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "streamChanges", Method: http.MethodGet, Path: path,
		Summary: "That a workspace's list of requests is another than before, as a server-sent event: one at once, then at most four a second. Unlike the stream of requests it brings none, lets nobody fall behind, and needs a workspace that there is",
		Parameters: []*huma.Param{
			{Name: "workspace", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}},
		},
		Responses: map[string]*huma.Response{
			"200":     {Description: "events called changed, without data of use", Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}}},
			"default": {Description: "Error", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/ErrorModel"}}}},
		},
	})
}

func (c *control) announce(w http.ResponseWriter, r *http.Request) {
	space, err := c.journalled(chi.URLParam(r, "workspace"))
	if err != nil {
		refuse(w, err)
		return
	}
	listener, err := c.Journal.Watch(r.Context(), space)
	if err != nil {
		problem(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	defer listener.Close()
	out := begin(w)
	if r.Method == http.MethodHead {
		return
	}
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	// What happened before it listens is unknown to the client, so that the first event comes at once.
	for text := changed; out.write(text) == nil; {
		select {
		case <-time.After(lull):
		case <-r.Context().Done():
			return
		}
		select {
		case _, ok := <-listener.C:
			if !ok {
				return
			}
			text = changed
		case <-ticker.C:
			if now, exists := c.Workspaces.Find(space.Name); !exists || now != space {
				return
			}
			text = ": nothing new\n\n"
		case <-r.Context().Done():
			return
		}
	}
}
