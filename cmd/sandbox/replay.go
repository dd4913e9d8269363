package main

import (
	"context"

	"github.com/seed-0f456478/sandbox/internal/gate"
)

type replayCommand struct {
	inWorkspace
	output
	ID string `arg:"" help:"The request, by the X-Sandbox-Request-Id of its answer."`
}

func (c *replayCommand) Run(ctx context.Context, s streams) error {
	return show(s, c.output, func(again *gate.Entry) [][]string {
		return requestRows([]*gate.Entry{again})
	})(c.client().ReplayRequest(ctx, c.Workspace, c.ID))
}
