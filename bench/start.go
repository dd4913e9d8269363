package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// started is what a start gave.
type started struct {
	took     time.Duration
	resident float64
}

// starting measures the time from the start of a process to its first answer, the memory that it has then, and later.
func (h *harness) starting(ctx context.Context) (report, error) {
	h.say("starts")
	existing := h.sandbox("existing.db")
	if p, err := h.start(ctx, existing); err != nil { // makes it
		return nil, err
	} else {
		p.stop()
	}
	contestants := []struct {
		name   string
		server func(round int) server
	}{
		{"bare Go server", func(int) server { return server{name: "bare", command: []string{h.bare}, first: getClient} }},
		{"sandbox, existing file", func(int) server { return existing }},
		{"sandbox, fresh file", func(round int) server { return h.sandbox(fmt.Sprintf("fresh-%d.db", round)) }},
		{"sandbox, `:memory:`", func(int) server { return h.sandbox(":memory:") }},
	}
	starts := make([][]started, len(contestants))
	for round := range h.starts {
		for i, c := range contestants {
			p, err := h.start(ctx, c.server(round))
			if err != nil {
				return nil, err
			}
			starts[i] = append(starts[i], started{p.took, resident(p.pid)})
			p.stop()
		}
	}
	raw := table{{"contestant", "to the first answer", "bare = 1", "resident then"}}
	took, idle := make([]float64, len(contestants)), make([]float64, len(contestants))
	for i, c := range contestants {
		took[i] = median(starts[i], func(s started) float64 { return float64(s.took) })
		idle[i] = median(starts[i], func(s started) float64 { return s.resident })
		raw = append(raw, []string{c.name, duration(time.Duration(took[i])), ratio(took[i] / took[0]), megabytes(idle[i])})
	}

	loaded, err := h.residentAfter(ctx, fmt.Sprintf("%s requests", number(float64(h.many))), func(address string) error {
		return repeat(ctx, address, mixed, h.many)
	})
	if err != nil {
		return nil, err
	}
	full, err := h.residentAfter(ctx, fmt.Sprintf("%s workspaces", number(float64(h.workspaces))), func(address string) error {
		return repeat(ctx, address, script{getClient.in("bench-" + serial)}, h.workspaces)
	})
	if err != nil {
		return nil, err
	}
	binary, err := os.Stat(h.program)
	if err != nil {
		return nil, err
	}
	bare, err := os.Stat(h.bare)
	if err != nil {
		return nil, err
	}
	mb := func(info os.FileInfo) string { return megabytes(float64(info.Size()) / (1 << 20)) }
	return report{
		"start-bounds": boundTable([]bound{
			{"start on an existing file / bare Go server", took[1] / took[0], 2, 1.3},
			{"start on a fresh file / bare Go server", took[2] / took[0], 3, 1.5},
			{fmt.Sprintf("resident after %s requests / idle", number(float64(h.many))), loaded[1] / loaded[0], 2, 1.5},
			{fmt.Sprintf("resident with %s workspaces / idle", number(float64(h.workspaces))), full[1] / full[0], 2, 1.3},
		}),
		"start": raw,
		"size": {
			{"", "sandbox", "bare Go server"},
			{"binary", mb(binary), mb(bare)},
			{"resident, idle", megabytes(loaded[0]), megabytes(idle[0])},
			{fmt.Sprintf("resident after %s requests (80/20)", number(float64(h.many))), megabytes(loaded[1]), ""},
			{fmt.Sprintf("resident with %s workspaces in a file", number(float64(h.workspaces))), megabytes(full[1]), ""},
		},
	}, nil
}

// residentAfter is the resident memory of a sandbox after its first answer, and after something more.
func (h *harness) residentAfter(ctx context.Context, name string, then func(address string) error) (before [2]float64, err error) {
	h.say("resident memory after %s", name)
	p, err := h.start(ctx, h.sandbox("resident "+name+".db"))
	if err != nil {
		return before, err
	}
	defer p.stop()
	before[0] = resident(p.pid)
	err = then(p.address)
	before[1] = resident(p.pid)
	return before, err
}
