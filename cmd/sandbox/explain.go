package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/gate"
)

type explainCommand struct {
	inWorkspace
	output
	ID string `arg:"" help:"The request, by the X-Sandbox-Request-Id of its answer."`
}

func (c *explainCommand) Run(ctx context.Context, s streams) error {
	return show(s, c.output, explainRows)(c.client().Request(ctx, c.Workspace, c.ID))
}

func explainRows(e control.Explained) [][]string {
	rows := known([][]string{
		{"request", e.Request.Method + " " + e.Request.URL},
		{"answer", answerOf(e.Entry)},
		{"time", moment(e.Arrived)},
		{"operation", operation(e.Entry)},
		{"credential", e.Credential},
		{"owner", e.Owner},
		{"fault", e.Fault},
		{"limit", standing(e.Limit)},
		{"cache", cacheUse(e.Cache)},
		{"unread", strings.Join(e.Unread, ", ")},
		{"failure", e.Failure},
	})
	for _, effect := range e.Effects {
		rows = append(rows, []string{effect.Effect, effect.Record})
	}
	for _, v := range e.Violations {
		rows = append(append(rows, nil), violationRows(v)...)
	}
	return rows
}

// known are the rows that have something to say.
func known(all [][]string) (rows [][]string) {
	for _, row := range all {
		if row[1] != "" {
			rows = append(rows, row)
		}
	}
	return rows
}

func violationRows(v control.ExplainedViolation) [][]string {
	rule := v.Rule
	if about := strings.Trim(string(v.Provenance)+": "+v.Source, ": "); about != "" {
		rule += " (" + about + ")"
	}
	return known([][]string{
		{"violation", cmp.Or(v.Member, "the request")},
		{"value", valueOf(v.Value)},
		{"message", v.Message},
		{"passes", v.Passes},
		{"rule", rule},
		{"text", v.Text},
		{"assumed", v.Assumption},
		{"switch", v.Switch},
		{"nearest", strings.Join(v.Nearest, ", ")},
	})
}

// valueOf is a value as JSON has it: "" if there is none.
func valueOf(value any) string {
	if value == nil {
		return ""
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	_ = e.Encode(value) // it was read from JSON
	return strings.TrimSpace(text.String())
}

func answerOf(e *gate.Entry) string {
	if e.State != gate.Answered {
		return "not yet"
	}
	text := fmt.Sprintf("%d %s, after %g ms", e.Response.Status, http.StatusText(e.Response.Status), e.Took)
	if e.Response.Lost {
		text += "; a fault has closed the connection instead of sending it"
	}
	if e.Dropped {
		text += "; the workspace was reset meanwhile, and nothing was written"
	}
	return text
}

func standing(l *gate.Standing) string {
	if l == nil {
		return ""
	}
	text := fmt.Sprintf("%s: %d of %d in %s for %s", l.Limit, l.Used, l.Requests, l.Window, l.Subject)
	if !l.Opens.IsZero() {
		text += ", one more at " + moment(l.Opens)
	}
	return text
}

func cacheUse(u *gate.CacheUse) string {
	switch {
	case u == nil:
		return ""
	case u.Hit:
		return "a kept answer, " + u.Age + " old"
	default:
		return "a fresh answer, which is kept"
	}
}
