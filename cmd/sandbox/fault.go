package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/gate"
)

type faultCommand struct {
	Add     faultAddCommand     `cmd:"" help:"Make requests go wrong, until the workspace's reset."`
	List    faultListCommand    `cmd:"" help:"List a workspace's faults, and what they have hit."`
	Clear   faultClearCommand   `cmd:"" help:"Remove a fault, or all of a workspace, and release what they hold."`
	Release faultReleaseCommand `cmd:"" help:"Let the requests go on that a fault holds. It stays."`
}

type faultAddCommand struct {
	inWorkspace
	output
	On          string            `arg:"" help:"An API, or one of its operations, like cobrofacil.createClient."`
	Kind        string            `arg:"" enum:"error,delay,close,lost,truncate,hold" help:"error (with --error), delay (with --delay), close the connection before the operation, lost: do it and lose its answer, truncate the answer, or hold until it is released."`
	ID          string            `env:"-" help:"What it is removed and released by; made up if left out."`
	Error       string            `env:"-" placeholder:"NAME" help:"For error: a name of the API's catalogue, like server_error."`
	Delay       time.Duration     `env:"-" placeholder:"DURATION" help:"For delay: how long, like 2s."`
	After       int               `env:"-" placeholder:"N" help:"Let so many requests pass first."`
	Times       int               `env:"-" placeholder:"N" help:"Hit so many requests; all if left out."`
	Probability float64           `env:"-" placeholder:"P" help:"Hit a request with this probability, in a workspace with a random seed."`
	Owner       string            `env:"-" help:"Only requests of this owner."`
	Parameter   map[string]string `env:"-" mapsep:"none" placeholder:"NAME=VALUE" help:"Only requests with this path parameter; may be repeated."`
	Header      map[string]string `env:"-" mapsep:"none" placeholder:"NAME=VALUE" help:"Only requests with this header; may be repeated."`
}

func (c *faultAddCommand) Run(ctx context.Context, s streams) error {
	in := control.NewFault{ID: c.ID, FaultSpec: gate.FaultSpec{
		On: c.On, Kind: c.Kind, Error: c.Error, After: c.After, Times: c.Times, Probability: c.Probability,
		Owner: c.Owner, Parameters: c.Parameter, Headers: c.Header,
	}}
	if c.Delay != 0 {
		in.Delay = c.Delay.String()
	}
	return show(s, c.output, func(armed gate.Armed) [][]string {
		return faultRows([]gate.Armed{armed})
	})(c.client().ArmFault(ctx, c.Workspace, in))
}

func faultRows(all []gate.Armed) [][]string {
	rows := [][]string{{"ID", "ON", "FAULT", "ONLY", "SEEN", "HIT", "HELD"}}
	for _, f := range all {
		what := strings.TrimSpace(f.Kind + " " + f.Error + f.Delay)
		rows = append(rows, []string{f.ID, f.On, what, only(f), strconv.Itoa(f.Seen), strconv.Itoa(f.Hits), strconv.Itoa(f.Held)})
	}
	return rows
}

// only is which of the requests to its place a fault hits.
func only(f gate.Armed) string {
	var all []string
	if f.After > 0 {
		all = append(all, fmt.Sprintf("after %d", f.After))
	}
	if f.Times > 0 {
		all = append(all, fmt.Sprintf("times %d", f.Times))
	}
	if f.Probability > 0 {
		all = append(all, fmt.Sprintf("probability %g", f.Probability))
	}
	if f.Owner != "" {
		all = append(all, "owner "+f.Owner)
	}
	for _, of := range []map[string]string{f.Parameters, f.Headers} {
		for _, name := range slices.Sorted(maps.Keys(of)) {
			all = append(all, name+"="+of[name])
		}
	}
	return cmp.Or(strings.Join(all, ", "), "all")
}

type faultListCommand struct {
	inWorkspace
	output
}

func (c *faultListCommand) Run(ctx context.Context, s streams) error {
	return show(s, c.output, faultRows)(c.client().Faults(ctx, c.Workspace))
}

type faultClearCommand struct {
	inWorkspace
	ID *string `arg:"" optional:"" help:"The fault; all of them if left out."`
}

func (c *faultClearCommand) Run(ctx context.Context) error {
	if c.ID == nil {
		return c.client().ClearFaults(ctx, c.Workspace)
	}
	return c.client().RemoveFault(ctx, c.Workspace, *c.ID)
}

type faultReleaseCommand struct {
	inWorkspace
	output
	ID string `arg:"" help:"The fault."`
}

func (c *faultReleaseCommand) Run(ctx context.Context, s streams) error {
	return show(s, c.output, func(r control.Released) [][]string {
		return [][]string{{"released", strconv.Itoa(r.Released)}}
	})(c.client().ReleaseFault(ctx, c.Workspace, c.ID))
}
