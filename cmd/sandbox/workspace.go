package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

type workspaceCommand struct {
	List   workspaceListCommand   `cmd:"" help:"List the workspaces that there are."`
	Create workspaceCreateCommand `cmd:"" help:"Create a workspace: with the seed, a fixture or a snapshot. It stays until it is deleted, or goes after --idle without use."`
	Show   workspaceShowCommand   `cmd:"" help:"Show a workspace: how it was made, its time, how much it holds."`
	Delete workspaceDeleteCommand `cmd:"" help:"Delete a workspace with its snapshots."`
}

type workspaceListCommand struct {
	connection
	output
}

func (c *workspaceListCommand) Run(ctx context.Context, s streams) error {
	return show(s, c.output, func(all []workspace.About) [][]string {
		rows := [][]string{{"NAME", "SELF-MADE", "STARTS AS", "GOES AFTER", "CREATED", "USED"}}
		for _, w := range all {
			rows = append(rows, []string{w.Name, yesNo(w.SelfMade), w.StartsAs, goesAfter(w), moment(w.CreatedAt), moment(w.UsedAt)})
		}
		return rows
	})(c.client().Workspaces(ctx))
}

// goesAfter is how long a workspace stays without use.
func goesAfter(w workspace.About) string { return cmp.Or(w.Idle, "never") }

type workspaceCreateCommand struct {
	connection
	output
	Name       string        `arg:"" optional:"" help:"Its name; made up if left out."`
	Fixture    string        `env:"-" placeholder:"FILE" help:"A fixture that it starts with in the place of the seed, - for standard input."`
	Snapshot   string        `env:"-" placeholder:"WORKSPACE/NAME" help:"A snapshot that it starts with in the place of the seed."`
	RandomSeed string        `env:"-" help:"Make its ids repeat: the same calls in the same order get the same ones."`
	Clock      clockText     `env:"-" placeholder:"TIME" help:"Where its clock starts: an RFC 3339 time or a duration like +1h; with a ! behind it it stands there."`
	Idle       time.Duration `env:"-" placeholder:"DURATION" help:"How long it may stay without use."`
}

// Validate refuses flags that are wrong in themselves or contradict each other; kong calls it.
func (c *workspaceCreateCommand) Validate() error {
	if of, name, ok := strings.Cut(c.Snapshot, "/"); c.Snapshot != "" && (!ok || of == "" || name == "") {
		return fmt.Errorf("--snapshot is %q: it must be a workspace and the name of its snapshot, like default/three-clients", c.Snapshot)
	}
	if c.Fixture != "" && c.Snapshot != "" {
		return errors.New("--fixture and --snapshot are two ways to start: give one")
	}
	if c.Idle < 0 {
		return fmt.Errorf("--idle is %s: it must not be negative", c.Idle)
	}
	return c.connection.Validate()
}

func (c *workspaceCreateCommand) Run(ctx context.Context, s streams) (err error) {
	in := control.NewWorkspace{Name: c.Name, RandomSeed: c.RandomSeed, Clock: c.Clock.change()}
	if c.Idle > 0 {
		in.Idle = c.Idle.String()
	}
	if of, name, ok := strings.Cut(c.Snapshot, "/"); ok {
		in.Snapshot = &control.SnapshotRef{Workspace: of, Name: name}
	}
	if c.Fixture != "" {
		text, err := readInput(c.Fixture)
		if err != nil {
			return err
		}
		if in.Fixture, err = json.Marshal(string(text)); err != nil {
			return err
		}
	}
	return show(s, c.output, workspaceRows)(c.client().CreateWorkspace(ctx, in))
}

func workspaceRows(w control.Workspace) [][]string {
	rows := [][]string{
		{"name", w.Name},
		{"self-made", yesNo(w.SelfMade)},
		{"starts as", w.StartsAs},
		{"goes after", goesAfter(w.About)},
		{"created", moment(w.CreatedAt)},
		{"used", moment(w.UsedAt)},
	}
	rows = append(rows, clockRows(w.Clock)...)
	for _, name := range slices.Sorted(maps.Keys(w.Records)) {
		rows = append(rows, []string{name, strconv.Itoa(w.Records[name])})
	}
	return rows
}

type workspaceShowCommand struct {
	connection
	output
	Name string `arg:"" help:"Its name."`
}

func (c *workspaceShowCommand) Run(ctx context.Context, s streams) error {
	return show(s, c.output, workspaceRows)(c.client().Workspace(ctx, c.Name))
}

type workspaceDeleteCommand struct {
	connection
	Name string `arg:"" help:"Its name."`
}

func (c *workspaceDeleteCommand) Run(ctx context.Context) error {
	return c.client().DeleteWorkspace(ctx, c.Name)
}
