package control

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// Workspace is a workspace as the control API shows it.
type Workspace struct {
	workspace.About
	Clock   Clock          `json:"clock"`
	Records map[string]int `json:"records" doc:"how many each collection holds"`
}

// shown is a workspace, and how much it holds.
func shown(ctx context.Context, w *workspace.Workspace) (*body[Workspace], error) {
	records, err := w.Count(ctx)
	if err != nil {
		return nil, err
	}
	return ok(Workspace{w.About(), show(w), records})
}

// NewWorkspace is a workspace to create.
type NewWorkspace struct {
	Name       string          `json:"name,omitempty" doc:"made up if left out" example:"run-42"`
	Fixture    json.RawMessage `json:"fixture,omitempty" doc:"what it starts with in the place of the seed; a string holds a fixture in YAML"`
	Snapshot   *SnapshotRef    `json:"snapshot,omitempty" doc:"likewise"`
	RandomSeed string          `json:"random_seed,omitempty" maxLength:"200" doc:"makes its ids repeat: the same calls in the same order get the same ones"`
	Clock      *ClockChange    `json:"clock,omitempty" doc:"where its clock starts, at every reset"`
	Idle       string          `json:"idle,omitempty" doc:"how long it may stay without use, as a Go duration; left out for as long as it likes" example:"1h"`
}

// SnapshotRef names a snapshot.
type SnapshotRef struct {
	Workspace string `json:"workspace"`
	Name      string `json:"name"`
}

// fixture is the fixture's text.
func (in NewWorkspace) fixture() []byte {
	if text := ""; len(in.Fixture) > 0 && in.Fixture[0] == '"' && json.Unmarshal(in.Fixture, &text) == nil {
		return []byte(text)
	}
	return in.Fixture
}

// mostCreation bounds a call to create a workspace, in bytes. What it holds is decoded twice, and takes more memory than
// a fixture that comes by itself.
const mostCreation = 8 << 20

// plan is what the call asks for.
func (in NewWorkspace) plan() (p workspace.Plan, err error) {
	p = workspace.Plan{Name: cmp.Or(in.Name, strings.ToLower(rand.Text())), RandomSeed: in.RandomSeed}
	if !workspace.ValidName(p.Name) {
		return p, fmt.Errorf("name: %q is not 1 to 63 of a-z, 0-9, _ and -, the first a letter or digit", in.Name)
	}
	if len(in.Fixture) > 0 && in.Snapshot != nil {
		return p, errors.New("fixture and snapshot are two ways to start: send one")
	}
	if len(in.Fixture) > 0 {
		p.Fixture = &workspace.Fixture{}
		if err := p.Fixture.Add("fixture", in.fixture()); err != nil {
			return p, err
		}
	}
	if in.Snapshot != nil {
		if p.Of, p.Snapshot = in.Snapshot.Workspace, in.Snapshot.Name; !workspace.ValidName(p.Of) || !workspace.ValidName(p.Snapshot) {
			return p, refusedState("snapshot "+p.Snapshot+" of "+p.Of, workspace.ErrNotFound)
		}
	}
	if in.Clock != nil {
		if p.Clock, err = in.Clock.start(); err != nil {
			return p, err
		}
	}
	if in.Idle != "" {
		if p.Idle, err = time.ParseDuration(in.Idle); err != nil || p.Idle <= 0 {
			return p, fmt.Errorf("idle: %q is no positive duration like 1h", in.Idle)
		}
	}
	return p, nil
}

// start is the clock that a workspace is to start with, as clock.Parse takes it.
func (in ClockChange) start() (text string, err error) {
	switch {
	case in.Now != nil && in.Offset != nil:
		return "", errors.New("clock: now and offset are two ways to say the same: send one")
	case in.Now != nil:
		text = in.Now.Format(time.RFC3339Nano)
	case in.Offset != nil:
		offset, err := time.ParseDuration(*in.Offset)
		if err != nil {
			return "", fmt.Errorf("clock: offset: %q is no duration like 1h or 61s", *in.Offset)
		}
		text = fmt.Sprintf("%+dns", offset.Nanoseconds())
	default:
		text = "+0s"
	}
	if in.Frozen != nil && *in.Frozen {
		text += "!"
	}
	return text, nil
}

// refusedState words the refusals of whole states, of which what names is one.
func refusedState(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, workspace.ErrNotFound):
		return huma.Error404NotFound("There is no " + what + ".")
	case errors.Is(err, workspace.ErrExists):
		return huma.Error409Conflict("There is a " + what + " already: delete it first, or choose another name.")
	case errors.Is(err, workspace.ErrTooMany), errors.Is(err, workspace.ErrInUse):
		return huma.Error409Conflict(err.Error())
	default:
		return refused(err)
	}
}

// notFoundOr is a 404 for what there is not, and a 422 for the rest.
func notFoundOr(err error) error {
	if errors.Is(err, workspace.ErrNotFound) {
		return huma.Error404NotFound(err.Error())
	}
	return refused(err)
}

// workspaces registers the calls that make, list and remove workspaces.
func (c *control) workspaces(api huma.API) {
	const all, one = Root + "/workspaces", Root + "/workspaces/{workspace}"
	huma.Register(api, huma.Operation{OperationID: "listWorkspaces", Method: http.MethodGet, Path: all, Summary: "The workspaces that there are, by name"},
		func(context.Context, *none) (*body[[]workspace.About], error) {
			list := []workspace.About{}
			for _, w := range c.Workspaces.List() {
				list = append(list, w.About())
			}
			return ok(list)
		})

	type createInput struct {
		Body NewWorkspace
	}
	huma.Register(api, huma.Operation{OperationID: "createWorkspace", Method: http.MethodPost, Path: all, Summary: "Create a workspace: with the seed, a fixture or a snapshot; it does not expire unless asked to", DefaultStatus: http.StatusCreated, MaxBodyBytes: mostCreation},
		func(ctx context.Context, in *createInput) (*body[Workspace], error) {
			done, err := c.turn(ctx, in.Body.fixture())
			if err != nil {
				return nil, err
			}
			defer done()
			plan, err := in.Body.plan()
			if err != nil {
				return nil, refused(err)
			}
			w, err := c.Workspaces.Create(ctx, plan)
			if errors.Is(err, workspace.ErrNotFound) {
				return nil, refusedState("snapshot "+plan.Snapshot+" of "+plan.Of, err)
			} else if err != nil {
				return nil, refusedState("workspace "+plan.Name, err)
			}
			defer w.Release()
			return shown(ctx, w)
		})

	huma.Register(api, huma.Operation{OperationID: "getWorkspace", Method: http.MethodGet, Path: one, Summary: "A workspace: how it was made, its clock, how much it holds"},
		func(ctx context.Context, in *WorkspacePath) (*body[Workspace], error) {
			w, err := c.find(in.Workspace)
			if err != nil {
				return nil, err
			}
			return shown(ctx, w)
		})

	huma.Register(api, huma.Operation{OperationID: "deleteWorkspace", Method: http.MethodDelete, Path: one, Summary: "Remove a workspace with its snapshots, once the requests under way in it have ended", DefaultStatus: http.StatusNoContent},
		func(ctx context.Context, in *WorkspacePath) (*none, error) {
			if err := checkName(in.Workspace); err != nil {
				return nil, err
			}
			w, err := c.Workspaces.Delete(ctx, in.Workspace)
			if errors.Is(err, workspace.ErrNotFound) {
				return nil, c.noWorkspace(in.Workspace)
			} else if err != nil {
				return nil, refusedState("workspace "+in.Workspace, err)
			}
			c.Journal.Forget(w)
			return nil, nil
		})

	type resetInput struct {
		WorkspacePath
		KeepInput
	}
	huma.Register(api, huma.Operation{OperationID: "reset", Method: http.MethodPost, Path: one + "/reset", Summary: "Take a workspace back to how it was created: records, credentials, settings, clock, ids, counters, caches and journal", DefaultStatus: http.StatusNoContent},
		func(ctx context.Context, in *resetInput) (*none, error) {
			return nil, c.change(ctx, in.Workspace, func(w *workspace.Workspace) error {
				err := w.Reset(ctx)
				if err == nil {
					err = c.forgetJournal(ctx, w, in.Keep)
				}
				return err
			})
		})
}

// KeepInput says what of a workspace outlives a new state.
type KeepInput struct {
	Keep string `query:"keep" enum:"journal" doc:"journal keeps the requests so far"`
}

func (c *control) forgetJournal(ctx context.Context, w *workspace.Workspace, keep string) error {
	if keep == "journal" {
		return nil
	}
	return c.Journal.Clear(ctx, w)
}
