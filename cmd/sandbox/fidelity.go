package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/fidelity"
)

type fidelityCommand struct {
	connection
	output
	API string `name:"api" env:"-" help:"Show the rules of one API, or of common for what all of them share."`
}

// provenances are the columns of the table, the best founded first.
var provenances = []fidelity.Provenance{fidelity.Documented, fidelity.Published, fidelity.Assumed, fidelity.Deviation, fidelity.NotEmulated, fidelity.House}

func (c *fidelityCommand) Run(ctx context.Context, s streams) error {
	all, err := c.client().Fidelity(ctx)
	if err != nil || c.API == "" {
		return show(s, c.output, countRows)(all, err)
	}
	var names []string
	for _, l := range all {
		names = append(names, l.Name)
	}
	at := slices.Index(names, c.API)
	if at < 0 {
		return fmt.Errorf("no API is called %s: --api takes %s", c.API, strings.Join(names, ", "))
	}
	return show(s, c.output, ruleRows)(all[at], nil)
}

func countRows(all []control.Ledger) [][]string {
	heading := []string{"API", "RULES"}
	for _, p := range provenances {
		heading = append(heading, strings.ToUpper(string(p)))
	}
	rows := [][]string{heading}
	for _, l := range all {
		row := []string{l.Name, strconv.Itoa(len(l.Rules))}
		for _, p := range provenances {
			row = append(row, strconv.Itoa(l.Counts[p]))
		}
		rows = append(rows, row)
	}
	return rows
}

func ruleRows(l control.Ledger) [][]string {
	rows := [][]string{{"RULE", "PROVENANCE", "TEXT"}}
	for _, r := range l.Rules {
		text := r.Text
		if r.Assumption != "" {
			text += " Assumed: " + r.Assumption
		}
		rows = append(rows, []string{r.ID, string(r.Provenance), text})
	}
	return rows
}
