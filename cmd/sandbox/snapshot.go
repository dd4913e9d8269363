package main

import (
	"context"

	"github.com/seed-0f456478/sandbox/internal/control/client"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

type snapshotCommand struct {
	Take    snapshotTakeCommand    `cmd:"" help:"Keep a workspace's present state under a name."`
	List    snapshotListCommand    `cmd:"" help:"List a workspace's snapshots."`
	Restore snapshotRestoreCommand `cmd:"" help:"Take a workspace, this or another, to a snapshot."`
	Delete  snapshotDeleteCommand  `cmd:"" help:"Delete a snapshot."`
}

type snapshotTakeCommand struct {
	inWorkspace
	output
	Name string `arg:"" help:"The snapshot's name."`
}

func (c *snapshotTakeCommand) Run(ctx context.Context, s streams) error {
	return show(s, c.output, func(taken workspace.Snapshot) [][]string {
		return snapshotRows([]workspace.Snapshot{taken})
	})(c.client().TakeSnapshot(ctx, c.Workspace, c.Name))
}

func snapshotRows(all []workspace.Snapshot) [][]string {
	rows := [][]string{{"NAME", "CREATED"}}
	for _, s := range all {
		rows = append(rows, []string{s.Name, moment(s.CreatedAt)})
	}
	return rows
}

type snapshotListCommand struct {
	inWorkspace
	output
}

func (c *snapshotListCommand) Run(ctx context.Context, s streams) error {
	return show(s, c.output, snapshotRows)(c.client().Snapshots(ctx, c.Workspace))
}

type snapshotRestoreCommand struct {
	inWorkspace
	Name string      `arg:"" help:"The snapshot's name."`
	Into string      `env:"-" placeholder:"WORKSPACE" help:"Another workspace to restore it into, which is made if there is none."`
	Keep client.Keep `env:"-" enum:",journal" default:"" placeholder:"journal" help:"Keep the requests so far."`
}

func (c *snapshotRestoreCommand) Run(ctx context.Context) error {
	return c.client().RestoreSnapshot(ctx, c.Workspace, c.Name, c.Into, c.Keep)
}

type snapshotDeleteCommand struct {
	inWorkspace
	Name string `arg:"" help:"The snapshot's name."`
}

func (c *snapshotDeleteCommand) Run(ctx context.Context) error {
	return c.client().DeleteSnapshot(ctx, c.Workspace, c.Name)
}
