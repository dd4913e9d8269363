package main

import (
	"cmp"
	"context"
	"strings"

	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/control/client"
)

type settingsCommand struct {
	Show   settingsShowCommand   `cmd:"" default:"withargs" help:"Show the contract's switches, and where they stand in a workspace (the default)."`
	Set    settingsSetCommand    `cmd:"" help:"Set switches in a workspace, until its reset."`
	Preset settingsPresetCommand `cmd:"" help:"Set every switch of the partners: to its default, or to its other reading where it has one."`
}

func settingRows(all []control.Setting) [][]string {
	rows := [][]string{{"NAME", "VALUE", "DEFAULT", "TAKES", "RULE"}}
	for _, s := range all {
		rows = append(rows, []string{s.Name, s.Value, s.Default, cmp.Or(s.Takes, strings.Join(s.Values, ", ")), s.Rule})
	}
	return rows
}

type settingsShowCommand struct {
	inWorkspace
	output
}

func (c *settingsShowCommand) Run(ctx context.Context, s streams) error {
	return show(s, c.output, settingRows)(c.client().Settings(ctx, c.Workspace))
}

type settingsSetCommand struct {
	inWorkspace
	output
	To map[string]string `arg:"" name:"switch=value" help:"Like cobrofacil.create_status=200."`
}

func (c *settingsSetCommand) Run(ctx context.Context, s streams) error {
	return show(s, c.output, settingRows)(c.client().SetSettings(ctx, c.Workspace, "", c.To))
}

type settingsPresetCommand struct {
	inWorkspace
	output
	Preset client.Preset `arg:"" enum:"defaults,alternatives" help:"defaults or alternatives."`
}

func (c *settingsPresetCommand) Run(ctx context.Context, s streams) error {
	return show(s, c.output, settingRows)(c.client().SetSettings(ctx, c.Workspace, c.Preset, nil))
}
