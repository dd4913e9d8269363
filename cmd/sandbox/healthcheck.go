package main

import (
	"context"
	"time"
)

type healthcheckCommand struct {
	connection
}

func (c *healthcheckCommand) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return c.client().Ready(ctx)
}
