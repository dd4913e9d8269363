package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/seed-0f456478/sandbox/internal/control/client"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

type fixtureCommand struct {
	Export fixtureExportCommand `cmd:"" help:"Write a workspace's records, and the rest of its state, as a fixture in YAML."`
	Import fixtureImportCommand `cmd:"" help:"Put fixtures, in YAML or JSON, in the place of a workspace's records, or beside them."`
}

type fixtureExportCommand struct {
	inWorkspace
	Output string `env:"-" short:"o" placeholder:"FILE" help:"A file to write in the place of standard output."`
	JSON   bool   `env:"-" help:"Write JSON, as for a file whose name ends in .json."`
}

func (c *fixtureExportCommand) Run(ctx context.Context, s streams) error {
	format := client.YAML
	if c.JSON || filepath.Ext(c.Output) == ".json" {
		format = client.JSON
	}
	fixture, err := c.client().ExportFixture(ctx, c.Workspace, format)
	if err != nil {
		return err
	}
	if c.Output == "" {
		_, err = s.out.Write(fixture)
		return err
	}
	return replaceFile(c.Output, fixture)
}

// replaceFile writes a file whole or not at all: under another name first.
func replaceFile(name string, content []byte) error {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file: name another, or none for standard output", name)
	}
	part := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+"."+rand.Text())
	err := writeNew(part, content)
	if err == nil {
		err = os.Rename(part, name)
	}
	if err != nil {
		_ = os.Remove(part) // it may not be there
		return fmt.Errorf("%s is not written: %w", name, err)
	}
	return nil
}

func writeNew(name string, content []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) //nolint:gosec // the user's umask decides
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Close())
}

type fixtureImportCommand struct {
	inWorkspace
	output
	Files []string `arg:"" name:"file" help:"Fixture files; - is standard input."`
	Add   bool     `env:"-" help:"Leave the records that are there; those with the same key are replaced."`
}

func (c *fixtureImportCommand) Run(ctx context.Context, s streams) error {
	fixtures := make([][]byte, len(c.Files)) // all of them are read before the first is sent
	for i, name := range c.Files {
		var err error
		if fixtures[i], err = readInput(name); err != nil {
			return err
		}
	}
	all := []workspace.Loaded{}
	for i, name := range c.Files {
		take := c.client().ReplaceFixture
		if c.Add || i > 0 {
			take = c.client().AddFixture
		}
		var loaded []workspace.Loaded
		err := waiting(s.err, "importing "+name, func() (err error) {
			loaded, err = take(ctx, c.Workspace, fixtures[i])
			return err
		})
		if err != nil {
			return c.failed(i, err)
		}
		all = merge(all, loaded)
	}
	return show(s, c.output, loadedRows)(all, nil)
}

// failed says which file it is that the sandbox did not take, and that those before it are in.
func (c *fixtureImportCommand) failed(at int, err error) error {
	if refusal := (*client.Error)(nil); errors.As(err, &refusal) {
		err = fmt.Errorf("%s: %w", c.Files[at], err)
	}
	if at > 0 {
		err = fmt.Errorf("%w (already imported: %q)", err, c.Files[:at])
	}
	return err
}

func merge(all, loaded []workspace.Loaded) []workspace.Loaded {
	for _, l := range loaded {
		at := slices.IndexFunc(all, func(one workspace.Loaded) bool { return one.Collection == l.Collection })
		if at < 0 {
			all = append(all, l)
			continue
		}
		all[at].Added += l.Added
		all[at].Replaced += l.Replaced
	}
	return all
}

func loadedRows(all []workspace.Loaded) [][]string {
	rows := [][]string{{"COLLECTION", "ADDED", "REPLACED"}}
	for _, l := range all {
		rows = append(rows, []string{l.Collection, strconv.Itoa(l.Added), strconv.Itoa(l.Replaced)})
	}
	return rows
}
