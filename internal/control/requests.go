package control

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/seed-0f456478/sandbox/internal/gate"
)

// requests registers the calls that read the journal.
func (c *control) requests(api huma.API) {
	type listInput struct {
		WorkspacePath
		Limit int `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"at most so many"`
	}
	huma.Register(api, huma.Operation{OperationID: "listRequests", Method: http.MethodGet, Path: Root + "/workspaces/{workspace}/requests", Summary: "The latest requests of a workspace, newest first"},
		func(_ context.Context, in *listInput) (*body[[]*gate.Entry], error) {
			w, err := c.find(in.Workspace)
			if err != nil {
				return nil, err
			}
			all := c.Journal.Entries(w)
			return ok(append([]*gate.Entry{}, all[:min(len(all), in.Limit)]...))
		})

	type entryInput struct {
		WorkspacePath
		ID string `path:"id" maxLength:"64" doc:"the X-Sandbox-Request-Id of an answer"`
	}
	huma.Register(api, huma.Operation{OperationID: "getRequest", Method: http.MethodGet, Path: Root + "/workspaces/{workspace}/requests/{id}", Summary: "One request: what was sent and answered, and why it was refused; 410 once it is gone"},
		func(_ context.Context, in *entryInput) (*body[*gate.Entry], error) {
			w, err := c.find(in.Workspace)
			if err != nil {
				return nil, err
			}
			entry, gone := c.Journal.Entry(w, in.ID)
			switch {
			case entry != nil:
				return ok(entry)
			case gone:
				return nil, huma.Error410Gone("Request " + in.ID + " is not in the journal of " + in.Workspace + " any more: it was evicted by newer ones or cleared by a reset, or it belongs to another workspace.")
			default:
				return nil, huma.Error404NotFound("There was no request " + in.ID + " since this sandbox started.")
			}
		})
}
