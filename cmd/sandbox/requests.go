package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/seed-0f456478/sandbox/internal/control/client"
	"github.com/seed-0f456478/sandbox/internal/gate"
)

type requestsCommand struct {
	inWorkspace
	output
	Words  []string      `arg:"" optional:"" help:"What to look for: words like api:kobra 'status:>=400' path:/clients rule:COB-22, and text that must stand somewhere."`
	Limit  int           `env:"-" placeholder:"N" xor:"limit" help:"Show at most so many, the latest; 100 if left out."`
	Wait   time.Duration `env:"-" placeholder:"DURATION" xor:"mode" help:"Wait so long for requests that fit, up to 1m; fail if they do not come, and say what came instead."`
	Count  int           `env:"-" placeholder:"N" help:"With --wait: how many must fit; 1 if left out."`
	Follow bool          `env:"-" short:"f" xor:"mode,limit" help:"Show the answers that come from now on, until Ctrl-C; with the word state:arrived the requests as they arrive."`
	HAR    string        `name:"har" env:"-" placeholder:"FILE" xor:"mode,limit" help:"Write an HTTP archive, - for standard output."`
	Curl   bool          `env:"-" xor:"mode,limit" help:"Print curl commands, with variables in the place of secrets."`
	Clear  bool          `env:"-" xor:"mode,limit" help:"Forget all requests of the workspace."`
}

// Validate refuses flags that are wrong in themselves or contradict each other; kong calls it.
func (c *requestsCommand) Validate() error {
	switch {
	case c.Limit < 0 || c.Count < 0 || c.Wait < 0:
		return errors.New("--limit, --wait and --count must not be negative")
	case c.Count > 0 && c.Wait == 0:
		return errors.New("--count says how many to wait for: say with --wait how long")
	case c.Clear && len(c.Words) > 0:
		return errors.New("--clear forgets all requests of the workspace: leave out what to look for")
	case c.JSON && (c.HAR != "" || c.Curl || c.Clear):
		return errors.New("--json is for the list and --follow: leave it out")
	}
	return c.connection.Validate()
}

func (c *requestsCommand) Run(ctx context.Context, s streams) error {
	search := strings.Join(c.Words, " ")
	switch {
	case c.Follow:
		return c.follow(ctx, s, search)
	case c.HAR != "":
		archive, err := c.client().ExportHAR(ctx, c.Workspace, search)
		if err != nil {
			return err
		}
		if c.HAR != "-" {
			return replaceFile(c.HAR, archive)
		}
		_, err = s.out.Write(archive)
		return err
	case c.Curl:
		script, err := c.client().ExportCurl(ctx, c.Workspace, search)
		if err != nil {
			return err
		}
		_, err = s.out.Write(script)
		return err
	case c.Clear:
		return c.client().ClearRequests(ctx, c.Workspace)
	}
	var all []*gate.Entry
	err := waiting(s.err, "waiting for requests", func() (err error) {
		all, err = c.client().Requests(ctx, c.Workspace, search, client.List{Limit: c.Limit, Wait: c.Wait, Count: c.Count})
		return err
	})
	return show(s, c.output, requestRows)(all, err)
}

// requestRows are requests as a log has them, the newest last.
func requestRows(all []*gate.Entry) [][]string {
	rows := [][]string{{"ID", "TIME", "STATUS", "OPERATION", "METHOD", "URL", "VIOLATION"}}
	for _, e := range slices.Backward(all) {
		rows = append(rows, requestRow(e))
	}
	return rows
}

func requestRow(e *gate.Entry) []string {
	status, violation := e.State, ""
	if e.State == gate.Answered {
		status = strconv.Itoa(e.Response.Status)
	}
	if e.Response.Lost {
		status = "lost"
	}
	if len(e.Violations) > 0 {
		violation = strings.TrimSpace(e.Violations[0].Member + " " + e.Violations[0].Message)
	}
	return []string{e.ID, moment(e.Arrived), status, operation(e), e.Request.Method, e.Request.URL, violation}
}

// operation is what a request was to do, as faults name it.
func operation(e *gate.Entry) string {
	return cmp.Or(strings.Trim(e.API+"."+e.Operation, "."), "none")
}

// follow prints requests as they come, in columns that do not wait for the next ones.
func (c *requestsCommand) follow(ctx context.Context, s streams, search string) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if !strings.Contains(search, "state:") {
		search = strings.TrimSpace(search + " state:" + gate.Answered)
	}
	e := json.NewEncoder(s.out)
	e.SetEscapeHTML(false)
	return c.client().FollowRequests(ctx, c.Workspace, search, func(entry *gate.Entry) error {
		if c.JSON {
			return e.Encode(entry) // a line each
		}
		row := requestRow(entry)
		line := fmt.Sprintf("%-12s  %s  %-7s  %-26s  %-6s  %s  %s", row[0], row[1], row[2], row[3], row[4], row[5], row[6])
		_, err := fmt.Fprintln(s.out, printable(strings.TrimSpace(line)))
		return err
	})
}
