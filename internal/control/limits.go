package control

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/nearest"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// Limits are the rate limits of a workspace, and how far they are used up.
type Limits struct {
	Enabled  bool              `json:"enabled" doc:"whether limits are kept at all"`
	Limits   []gate.NamedLimit `json:"limits" doc:"as they are in this workspace"`
	Counters []gate.Standing   `json:"counters" doc:"of those who have made requests, on the workspace's clock"`
}

// LimitsChange says what to change of a workspace's limits.
type LimitsChange struct {
	Enabled  *bool           `json:"enabled,omitempty" doc:"false switches every limit off"`
	Limits   []LimitChange   `json:"limits,omitempty" doc:"limits to change"`
	Counters []CounterChange `json:"counters,omitempty" doc:"counters to set"`
}

// LimitChange is a limit to set.
type LimitChange struct {
	Limit    string `json:"limit" example:"apidev.listClients"`
	Requests int    `json:"requests"`
	Window   string `json:"window" doc:"a Go duration" example:"1m"`
}

// CounterChange is a counter to set.
type CounterChange struct {
	Limit   string `json:"limit" example:"apidev.listClients"`
	Subject string `json:"subject" maxLength:"200" doc:"who is counted, as the counters show it" example:"dev@sandbox.test"`
	Used    int    `json:"used" minimum:"0" maximum:"10000" doc:"as if so many requests had come just now"`
}

func (c *control) limitsOf(ctx context.Context, w *workspace.Workspace) (Limits, error) {
	standings, err := gate.Standings(ctx, w)
	return Limits{w.Setting(gate.LimitsSwitch) == "on", gate.Limits(c.APIs, w), standings}, unavailable(err)
}

// limits registers the calls about rate limits and kept answers.
func (c *control) limits(api huma.API) {
	const path = Root + "/workspaces/{workspace}/limits"
	huma.Register(api, huma.Operation{OperationID: "getLimits", Method: http.MethodGet, Path: path, Summary: "A workspace's rate limits, and the standing of every counter"},
		func(ctx context.Context, in *WorkspacePath) (*body[Limits], error) {
			w, err := c.find(in.Workspace)
			if err != nil {
				return nil, err
			}
			limits, err := c.limitsOf(ctx, w)
			if err != nil {
				return nil, err
			}
			return ok(limits)
		})

	type setInput struct {
		WorkspacePath
		Body LimitsChange
	}
	huma.Register(api, huma.Operation{OperationID: "putLimits", Method: http.MethodPut, Path: path, Summary: "Switch a workspace's rate limits off or on, change some, and set counters; until its reset"},
		func(ctx context.Context, in *setInput) (*body[Limits], error) {
			var shown Limits
			err := c.change(ctx, in.Workspace, func(w *workspace.Workspace) (err error) {
				if err := c.setLimits(ctx, w, in.Body); err != nil {
					return refused(err)
				}
				shown, err = c.limitsOf(ctx, w)
				return err
			})
			if err != nil {
				return nil, err
			}
			return ok(shown)
		})

	huma.Register(api, huma.Operation{OperationID: "emptyCounters", Method: http.MethodDelete, Path: path + "/counters", Summary: "Forget the requests that a workspace's limits have counted", DefaultStatus: http.StatusNoContent},
		c.forget(gate.EmptyCounters))

	const cache = Root + "/workspaces/{workspace}/cache"
	huma.Register(api, huma.Operation{OperationID: "getCache", Method: http.MethodGet, Path: cache, Summary: "The answers that a workspace keeps, oldest first, and their ages"},
		func(ctx context.Context, in *WorkspacePath) (*body[[]gate.KeptAnswer], error) {
			w, err := c.find(in.Workspace)
			if err != nil {
				return nil, err
			}
			kept, err := gate.KeptAnswers(ctx, w)
			if err != nil {
				return nil, unavailable(err)
			}
			return ok(kept)
		})
	huma.Register(api, huma.Operation{OperationID: "emptyCache", Method: http.MethodDelete, Path: cache, Summary: "Forget the answers that a workspace keeps", DefaultStatus: http.StatusNoContent},
		c.forget(gate.ForgetAnswers))
}

// forget is a call that empties something of a workspace.
func (c *control) forget(what func(context.Context, *workspace.Workspace) error) func(context.Context, *WorkspacePath) (*none, error) {
	return func(ctx context.Context, in *WorkspacePath) (*none, error) {
		w, err := c.find(in.Workspace)
		if err == nil {
			err = unavailable(what(ctx, w))
		}
		return nil, err
	}
}

// setLimits makes all changes, or none if one is refused.
func (c *control) setLimits(ctx context.Context, w *workspace.Workspace, to LimitsChange) error {
	set := map[string]string{}
	if to.Enabled != nil {
		set[gate.LimitsSwitch] = map[bool]string{true: "on", false: "off"}[*to.Enabled]
	}
	for _, l := range to.Limits {
		set[gate.LimitsSwitch+"."+l.Limit] = fmt.Sprintf("%d/%s", l.Requests, l.Window)
	}
	known := []string{}
	for _, l := range gate.Limits(c.APIs, w) {
		known = append(known, l.Limit)
	}
	for _, counter := range to.Counters {
		if !slices.Contains(known, counter.Limit) {
			return fmt.Errorf("no limit is called %q; the nearest are %s", counter.Limit, strings.Join(nearest.Of(counter.Limit, known), ", "))
		}
	}
	if err := w.ChangeSettings(ctx, set); err != nil {
		return err
	}
	for _, l := range gate.Limits(c.APIs, w) {
		for _, counter := range to.Counters {
			if counter.Limit == l.Limit {
				if err := gate.SetCounter(ctx, w, l, counter.Subject, counter.Used); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
