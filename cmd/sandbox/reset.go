package main

import (
	"context"

	"github.com/seed-0f456478/sandbox/internal/control/client"
)

type resetCommand struct {
	inWorkspace
	Keep client.Keep `env:"-" enum:",journal" default:"" placeholder:"journal" help:"Keep the requests so far."`
}

func (c *resetCommand) Run(ctx context.Context) error {
	return c.client().Reset(ctx, c.Workspace, c.Keep)
}
