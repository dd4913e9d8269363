package main

import (
	"context"
	"strconv"

	"github.com/seed-0f456478/sandbox/internal/control"
)

type limitsCommand struct {
	Show  limitsShowCommand  `cmd:"" default:"withargs" help:"Show a workspace's rate limits, and how far they are used up (the default)."`
	On    limitsOnCommand    `cmd:"" help:"Keep the limits, until the workspace's reset."`
	Off   limitsOffCommand   `cmd:"" help:"Keep no limits, until the workspace's reset."`
	Empty limitsEmptyCommand `cmd:"" help:"Forget the requests that were counted."`
}

func limitRows(l control.Limits) [][]string {
	kept := "off"
	if l.Enabled {
		kept = "on"
	}
	rows := [][]string{{"limits", kept}}
	if len(l.Limits) > 0 {
		rows = append(rows, nil, []string{"LIMIT", "REQUESTS", "WINDOW", "RULE"})
	}
	for _, one := range l.Limits {
		rows = append(rows, []string{one.Limit, strconv.Itoa(one.Requests), one.Window, one.Rule})
	}
	if len(l.Counters) > 0 {
		rows = append(rows, nil, []string{"COUNTED", "OF", "USED", "REQUESTS", "OPENS"})
	}
	for _, one := range l.Counters {
		opens := "open"
		if !one.Opens.IsZero() {
			opens = moment(one.Opens)
		}
		rows = append(rows, []string{one.Limit, one.Subject, strconv.Itoa(one.Used), strconv.Itoa(one.Requests), opens})
	}
	return rows
}

type limitsShowCommand struct {
	inWorkspace
	output
}

func (c *limitsShowCommand) Run(ctx context.Context, s streams) error {
	return show(s, c.output, limitRows)(c.client().Limits(ctx, c.Workspace))
}

type limitsOnCommand struct {
	inWorkspace
	output
}

func (c *limitsOnCommand) Run(ctx context.Context, s streams) error {
	return show(s, c.output, limitRows)(c.client().SetLimits(ctx, c.Workspace, control.LimitsChange{Enabled: new(true)}))
}

type limitsOffCommand struct {
	inWorkspace
	output
}

func (c *limitsOffCommand) Run(ctx context.Context, s streams) error {
	return show(s, c.output, limitRows)(c.client().SetLimits(ctx, c.Workspace, control.LimitsChange{Enabled: new(false)}))
}

type limitsEmptyCommand struct {
	inWorkspace
}

func (c *limitsEmptyCommand) Run(ctx context.Context) error {
	return c.client().EmptyCounters(ctx, c.Workspace)
}
