package control

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/seed-0f456478/sandbox/internal/clock"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// Clock is where a workspace's time stands.
type Clock struct {
	Now    time.Time `json:"now" doc:"the workspace's time"`
	Offset string    `json:"offset" doc:"how far it is ahead of real time, as a Go duration" example:"1m1s"`
	Frozen bool      `json:"frozen" doc:"whether it stands still"`
}

func show(w *workspace.Workspace) Clock {
	setting, real := w.Clock(), w.RealNow()
	now, offset := setting.Now(real), setting.Offset
	if !setting.Frozen.IsZero() {
		offset = now.Sub(real)
	}
	return Clock{now, offset.String(), !setting.Frozen.IsZero()}
}

// ClockChange says where to set a workspace's time: now, or an offset, or neither.
type ClockChange struct {
	Now    *time.Time `json:"now,omitempty" doc:"the time to show"`
	Offset *string    `json:"offset,omitempty" doc:"how far to be ahead of real time, as a Go duration" example:"1h"`
	Frozen *bool      `json:"frozen,omitempty" doc:"whether to stand still; without now and offset: at the present time"`
}

// set is the setting that a PUT asks for.
func (in ClockChange) set(present clock.Setting, real time.Time) (clock.Setting, error) {
	frozen := in.Frozen != nil && *in.Frozen
	switch {
	case in.Now != nil && in.Offset != nil:
		return present, errors.New("now and offset are two ways to say the same: send one")
	case in.Now != nil:
		return present.Set(*in.Now, real, frozen)
	case in.Offset != nil:
		offset, err := time.ParseDuration(*in.Offset)
		if err != nil {
			return present, fmt.Errorf("offset: %q is no duration like 1h or 61s", *in.Offset)
		}
		return present.Set(real.Add(offset), real, frozen)
	case in.Frozen != nil:
		return present.Set(present.Now(real), real, frozen)
	default:
		return present, errors.New("send now, offset or frozen")
	}
}

// clocks registers the calls about a workspace's time.
func (c *control) clocks(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "getClock", Method: http.MethodGet, Path: Root + "/workspaces/{workspace}/clock", Summary: "A workspace's time"},
		func(_ context.Context, in *WorkspacePath) (*body[Clock], error) {
			w, err := c.find(in.Workspace)
			if err != nil {
				return nil, err
			}
			return ok(show(w))
		})

	move := func(ctx context.Context, name string, change func(clock.Setting, time.Time) (clock.Setting, error)) (*body[Clock], error) {
		var shown Clock
		err := c.change(ctx, name, func(w *workspace.Workspace) error {
			err := w.SetClock(ctx, func(s clock.Setting, real time.Time) (clock.Setting, error) {
				next, err := change(s, real)
				if err != nil {
					err = refused(err)
				}
				return next, err
			})
			shown = show(w)
			return err
		})
		if err != nil {
			return nil, err
		}
		return ok(shown)
	}

	type setInput struct {
		WorkspacePath
		Body ClockChange
	}
	huma.Register(api, huma.Operation{OperationID: "setClock", Method: http.MethodPut, Path: Root + "/workspaces/{workspace}/clock", Summary: "Set, freeze or thaw a workspace's time; it goes back only by a reset"},
		func(ctx context.Context, in *setInput) (*body[Clock], error) {
			return move(ctx, in.Workspace, in.Body.set)
		})

	type advanceInput struct {
		WorkspacePath
		Body struct {
			By string `json:"by" doc:"a positive Go duration" example:"61s"`
		}
	}
	huma.Register(api, huma.Operation{OperationID: "advanceClock", Method: http.MethodPost, Path: Root + "/workspaces/{workspace}/clock/advance", Summary: "Move a workspace's time forward", DefaultStatus: http.StatusOK},
		func(ctx context.Context, in *advanceInput) (*body[Clock], error) {
			return move(ctx, in.Workspace, func(s clock.Setting, real time.Time) (clock.Setting, error) {
				by, err := time.ParseDuration(in.Body.By)
				if err != nil {
					return s, fmt.Errorf("by: %q is no duration like 61s or 1h30m", in.Body.By)
				}
				return s.Advance(by, real)
			})
		})
}
