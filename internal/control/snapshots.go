package control

import (
	"cmp"
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// SnapshotPath is the input of a call about one snapshot.
type SnapshotPath struct {
	WorkspacePath
	Name string `path:"name" doc:"the snapshot's name, of the same kind as a workspace's"`
}

// snapshots registers the calls about a workspace's named states. They work on after the workspace has gone.
func (c *control) snapshots(api huma.API) {
	const path = Root + "/workspaces/{workspace}/snapshots"
	huma.Register(api, huma.Operation{OperationID: "listSnapshots", Method: http.MethodGet, Path: path, Summary: "The snapshots of a workspace, by name"},
		func(ctx context.Context, in *WorkspacePath) (*body[[]workspace.Snapshot], error) {
			if err := checkName(in.Workspace); err != nil {
				return nil, err
			}
			all, err := c.Workspaces.Snapshots(ctx, in.Workspace)
			if err != nil {
				return nil, err
			}
			return ok(append([]workspace.Snapshot{}, all...))
		})

	type takeInput struct {
		WorkspacePath
		Body struct {
			Name string `json:"name" example:"three-clients"`
		}
	}
	huma.Register(api, huma.Operation{OperationID: "takeSnapshot", Method: http.MethodPost, Path: path, Summary: "Keep a workspace's present state under a name, for good", DefaultStatus: http.StatusCreated},
		func(ctx context.Context, in *takeInput) (*body[workspace.Snapshot], error) {
			if err := checkName(in.Body.Name); err != nil {
				return nil, huma.Error422UnprocessableEntity(fmt.Sprintf("name: %q is not 1 to 63 of a-z, 0-9, _ and -, the first a letter or digit", in.Body.Name))
			}
			var snapshot workspace.Snapshot
			err := c.hold(in.Workspace, func(w *workspace.Workspace) (err error) {
				snapshot, err = w.TakeSnapshot(ctx, in.Body.Name)
				return refusedState("snapshot "+in.Body.Name+" of "+in.Workspace, err)
			})
			if err != nil {
				return nil, err
			}
			return ok(snapshot)
		})

	type restoreInput struct {
		SnapshotPath
		KeepInput
		Into string `query:"into" doc:"another workspace to restore it into, which is made if there is none"`
	}
	huma.Register(api, huma.Operation{OperationID: "restoreSnapshot", Method: http.MethodPost, Path: path + "/{name}/restore", Summary: "Take a workspace, this or another, to a snapshot", DefaultStatus: http.StatusNoContent},
		func(ctx context.Context, in *restoreInput) (*none, error) {
			if err := c.checkSnapshot(ctx, in.SnapshotPath); err != nil {
				return nil, err
			}
			return nil, c.change(ctx, cmp.Or(in.Into, in.Workspace), func(w *workspace.Workspace) error {
				err := w.Restore(ctx, in.Workspace, in.Name)
				if err == nil {
					err = c.forgetJournal(ctx, w, in.Keep)
				}
				return refusedState("snapshot "+in.Name+" of "+in.Workspace, err)
			})
		})

	huma.Register(api, huma.Operation{OperationID: "deleteSnapshot", Method: http.MethodDelete, Path: path + "/{name}", Summary: "Remove a snapshot", DefaultStatus: http.StatusNoContent},
		func(ctx context.Context, in *SnapshotPath) (*none, error) {
			if err := checkName(in.Workspace); err != nil {
				return nil, err
			}
			return nil, refusedState("snapshot "+in.Name+" of "+in.Workspace, c.Workspaces.DeleteSnapshot(ctx, in.Workspace, in.Name))
		})
}

// checkSnapshot refuses a snapshot that there is not, before a workspace is made for it.
func (c *control) checkSnapshot(ctx context.Context, at SnapshotPath) error {
	if err := checkName(at.Workspace); err != nil {
		return err
	}
	all, err := c.Workspaces.Snapshots(ctx, at.Workspace)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.Name == at.Name {
			return nil
		}
	}
	return refusedState("snapshot "+at.Name+" of "+at.Workspace, workspace.ErrNotFound)
}
