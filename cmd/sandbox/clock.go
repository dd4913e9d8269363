package main

import (
	"context"
	"strings"
	"time"

	"github.com/seed-0f456478/sandbox/internal/clock"
	"github.com/seed-0f456478/sandbox/internal/control"
)

type clockCommand struct {
	Show    clockShowCommand    `cmd:"" default:"withargs" help:"Show a workspace's time (the default)."`
	Set     clockSetCommand     `cmd:"" help:"Set a workspace's time. It goes back only by a reset."`
	Freeze  clockFreezeCommand  `cmd:"" help:"Let a workspace's time stand still."`
	Thaw    clockThawCommand    `cmd:"" help:"Let a frozen time go on from where it stands."`
	Advance clockAdvanceCommand `cmd:"" help:"Move a workspace's time forward."`
}

func clockRows(c control.Clock) [][]string {
	return [][]string{{"now", c.Now.Format(time.RFC3339Nano)}, {"offset", c.Offset}, {"frozen", yesNo(c.Frozen)}}
}

type clockShowCommand struct {
	inWorkspace
	output
}

func (c *clockShowCommand) Run(ctx context.Context, s streams) error {
	return show(s, c.output, clockRows)(c.client().Clock(ctx, c.Workspace))
}

type clockSetCommand struct {
	inWorkspace
	output
	To clockText `arg:"" name:"time" help:"An RFC 3339 time, or how far to be ahead of real time, like +1h; with a ! behind it it stands there."`
}

func (c *clockSetCommand) Run(ctx context.Context, s streams) error {
	return show(s, c.output, clockRows)(c.client().SetClock(ctx, c.Workspace, *c.To.change()))
}

type clockFreezeCommand struct {
	inWorkspace
	output
}

func (c *clockFreezeCommand) Run(ctx context.Context, s streams) error {
	return show(s, c.output, clockRows)(c.client().SetClock(ctx, c.Workspace, control.ClockChange{Frozen: new(true)}))
}

type clockThawCommand struct {
	inWorkspace
	output
}

func (c *clockThawCommand) Run(ctx context.Context, s streams) error {
	return show(s, c.output, clockRows)(c.client().SetClock(ctx, c.Workspace, control.ClockChange{Frozen: new(false)}))
}

type clockAdvanceCommand struct {
	inWorkspace
	output
	By time.Duration `arg:"" help:"How far, like 61s or 1h30m."`
}

func (c *clockAdvanceCommand) Run(ctx context.Context, s streams) error {
	return show(s, c.output, clockRows)(c.client().AdvanceClock(ctx, c.Workspace, c.By))
}

// clockText is where to set a clock, as serve's --clock takes it.
type clockText string

// Validate refuses what is neither a time nor a duration; kong calls it.
func (text clockText) Validate() error {
	_, err := clock.Parse(string(text), time.Now())
	return err
}

// change is what the control API is told; nil for the empty text.
func (text clockText) change() *control.ClockChange {
	if text == "" {
		return nil
	}
	at, frozen := strings.CutSuffix(string(text), "!")
	if now, err := time.Parse(time.RFC3339, at); err == nil {
		return &control.ClockChange{Now: &now, Frozen: &frozen}
	}
	return &control.ClockChange{Offset: &at, Frozen: &frozen}
}
