package control

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// NewFault is a fault without its id.
type NewFault struct {
	ID string `json:"id,omitempty" maxLength:"63" doc:"made up if left out; an armed fault of this id is replaced"`
	gate.FaultSpec
}

// Released says what a release has let go on.
type Released struct {
	Released int `json:"released" doc:"how many requests were held"`
}

// faults registers the calls about what is to go wrong.
func (c *control) faults(api huma.API) {
	const path = Root + "/workspaces/{workspace}/faults"
	huma.Register(api, huma.Operation{OperationID: "listFaults", Method: http.MethodGet, Path: path, Summary: "The faults armed in a workspace, and what they have hit"},
		func(ctx context.Context, in *WorkspacePath) (*body[[]gate.Armed], error) {
			w, err := c.find(in.Workspace)
			if err != nil {
				return nil, err
			}
			all, err := gate.Faults(ctx, w)
			if err != nil {
				return nil, unavailable(err)
			}
			return ok(all)
		})

	type armInput struct {
		WorkspacePath
		Body NewFault
	}
	huma.Register(api, huma.Operation{OperationID: "armFault", Method: http.MethodPost, Path: path, Summary: "Make requests to a workspace go wrong, until its reset", DefaultStatus: http.StatusCreated, MaxBodyBytes: 16 << 10},
		func(ctx context.Context, in *armInput) (*body[gate.Armed], error) {
			f := gate.Fault{ID: in.Body.ID, FaultSpec: in.Body.FaultSpec}
			if f.ID == "" {
				f.ID = "fault-" + strings.ToLower(rand.Text()[:8])
			}
			if !workspace.ValidID(f.ID) {
				return nil, huma.Error422UnprocessableEntity("id: has 1 to 63 letters, digits, dots, underscores and hyphens, and starts with a letter or digit")
			}
			var armed gate.Armed
			err := c.change(ctx, in.Workspace, func(w *workspace.Workspace) (err error) {
				armed, err = gate.Arm(ctx, c.APIs, w, f)
				if errors.Is(err, gate.ErrTooManyFaults) {
					return huma.Error409Conflict(err.Error())
				}
				return err
			})
			if err != nil {
				return nil, refused(err)
			}
			return ok(armed)
		})

	huma.Register(api, huma.Operation{OperationID: "clearFaults", Method: http.MethodDelete, Path: path, Summary: "Remove all faults of a workspace, and release what they hold", DefaultStatus: http.StatusNoContent},
		func(ctx context.Context, in *WorkspacePath) (*none, error) {
			return nil, c.disarm(ctx, in.Workspace, "")
		})

	type oneInput struct {
		WorkspacePath
		ID string `path:"id"`
	}
	huma.Register(api, huma.Operation{OperationID: "removeFault", Method: http.MethodDelete, Path: path + "/{id}", Summary: "Remove a fault, and release what it holds", DefaultStatus: http.StatusNoContent},
		func(ctx context.Context, in *oneInput) (*none, error) { return nil, c.disarm(ctx, in.Workspace, in.ID) })

	huma.Register(api, huma.Operation{OperationID: "releaseFault", Method: http.MethodPost, Path: path + "/{id}/release", Summary: "Let the requests go on that a fault holds; it stays armed", DefaultStatus: http.StatusOK},
		func(ctx context.Context, in *oneInput) (*body[Released], error) {
			w, err := c.find(in.Workspace)
			if err != nil {
				return nil, err
			}
			n, err := gate.Release(ctx, w, in.ID)
			if err != nil {
				return nil, noFault(err, in.ID, in.Workspace)
			}
			return ok(Released{n})
		})
}

func (c *control) disarm(ctx context.Context, name, id string) error {
	w, err := c.find(name)
	if err != nil {
		return err
	}
	return noFault(gate.Disarm(ctx, w, id), id, name)
}

// noFault is a 404 where an error says that there is no fault of this id.
func noFault(err error, id, workspace string) error {
	if errors.Is(err, gate.ErrNoFault) {
		return huma.Error404NotFound("No fault " + id + " is armed in " + workspace + ".")
	}
	return unavailable(err)
}
