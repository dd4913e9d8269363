package main

import (
	"context"
	"fmt"
	"time"
)

// growthWorkloads are what growth asks for.
var growthWorkloads = []string{getWorkload, "list page of 25", "update, durable", createWorkload}

// grown is a sandbox with more in it than another.
type grown struct {
	name   string
	server server
	// fill makes it so, and returns the script of each workload.
	fill func(ctx context.Context, address string) ([]script, error)
	// before is sent before each round, if it is not nil.
	before *exchange
}

// growth measures what a request costs while something grows: records, workspaces, the journal. One connection shows that.
func (h *harness) growth(ctx context.Context) (report, error) {
	r := report{}
	for what, all := range map[string][]grown{"records": h.records(), "workspaces": h.inWorkspaces(), "journal": h.journals()} {
		h.say("growth of %s", what)
		t, err := h.compare(ctx, all)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		t[0][0] = what
		r["growth-"+what] = t
	}
	return r, nil
}

// compare lets the sandboxes do each workload by turns.
func (h *harness) compare(ctx context.Context, all []grown) (table, error) {
	t := table{{""}}
	runners := make([][]contestant, len(growthWorkloads))
	for _, g := range all {
		h.say("fill a sandbox for %s", g.name)
		p, err := h.start(ctx, g.server)
		if err != nil {
			return nil, err
		}
		defer p.stop()
		scripts, err := g.fill(ctx, p.address)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", g.name, err)
		}
		for i, s := range scripts {
			runners[i] = append(runners[i], g.runner(p, s))
		}
		t[0] = append(t[0], g.name)
	}
	t[0] = append(t[0], "last / first", "in the server's CPU")
	for i, name := range growthWorkloads {
		h.say("%s", name)
		got, err := h.race(ctx, []int{1}, runners[i]...)
		if err != nil {
			return nil, err
		}
		row := []string{name}
		for _, g := range all {
			row = append(row, duration(got.at(g.name, 1).p50))
		}
		first, last := got.at(all[0].name, 1), got.at(all[len(all)-1].name, 1)
		t = append(t, append(row, ratio(over(last.p50, first.p50)), ratio(over(last.cpu, first.cpu))))
	}
	return t, nil
}

func (g grown) runner(p *process, s script) contestant {
	c := p.contestant(g.name, s)
	if g.before != nil {
		load := c.load
		c.load = func(ctx context.Context, connections int, lasts time.Duration) (sample, error) {
			if _, err := ask(ctx, p.address, *g.before); err != nil {
				return sample{}, err
			}
			return load(ctx, connections, lasts)
		}
	}
	return c
}

const personBody = `{"type":"person","email":"juan-` + serial + `@example.com","personDetails":{"firstName":"Juan","lastName":"Mejía","nationality":"MX"}}`

// references is how many different records are asked for by turns, at most.
const references = 1000

// records are sandboxes with ever more records in a workspace, to each of the two APIs that are asked.
func (h *harness) records() (all []grown) {
	for _, n := range []int{1, h.most / 100, h.most} {
		server := h.sandbox(fmt.Sprintf("records-%d.db", n), "--seed=none")
		server.first = listClients
		fill := func(ctx context.Context, address string) ([]script, error) {
			first := serials.Load() + 1
			if err := repeat(ctx, address, script{createClient}, n); err != nil {
				return nil, err
			}
			person := exchange{request("POST", "/complycube/v1/clients", personBody, "Authorization: test_sandbox"), 200}
			if err := repeat(ctx, address, script{person}, n); err != nil {
				return nil, err
			}
			var gets, changes script
			for i := range min(n, references) {
				path := fmt.Sprintf("%s/client-%0*d", clients, len(serial), first+int64(i*n/min(n, references)))
				gets = append(gets, exchange{request("GET", path, "", token), 200})
				changes = append(changes, exchange{request("PATCH", path, changedBody, token), 200})
			}
			return []script{gets, {listClients}, changes, {createClient}}, nil
		}
		all = append(all, grown{name: number(float64(n)), server: server, fill: fill})
	}
	return all
}

// inWorkspaces are sandboxes with ever more workspaces, which are asked by turns.
func (h *harness) inWorkspaces() (all []grown) {
	for _, n := range []int{1, h.workspaces} {
		fill := func(ctx context.Context, address string) ([]script, error) {
			first := serials.Load() + 1
			if err := repeat(ctx, address, script{getClient.in("bench-" + serial)}, n); err != nil {
				return nil, err
			}
			scripts := make([]script, len(growthWorkloads))
			for i := range n {
				name := fmt.Sprintf("bench-%0*d", len(serial), first+int64(i))
				for w, e := range []exchange{getClient, listClients, changeClient, createClient} {
					scripts[w] = append(scripts[w], e.in(name))
				}
			}
			return scripts, nil
		}
		all = append(all, grown{name: number(float64(n)), server: h.sandbox(fmt.Sprintf("workspaces-%d.db", n)), fill: fill})
	}
	return all
}

// journals are sandboxes without a journal, with one that is empty before each round, and with full ones.
func (h *harness) journals() []grown {
	fill := func(n int) func(context.Context, string) ([]script, error) {
		return func(ctx context.Context, address string) ([]script, error) {
			return []script{{getClient}, {listClients}, {changeClient}, {createClient}}, repeat(ctx, address, mixed, n)
		}
	}
	const large = "--journal=1000000" // 64 MiB bound it then
	forget := exchange{request("DELETE", "/_sandbox/workspaces/default/requests", ""), 204}
	return []grown{
		{name: "none", server: h.sandbox("off.db", "--journal=0"), fill: fill(1)},
		{name: "empty at first", server: h.sandbox("empty.db", large), fill: fill(1), before: &forget},
		{name: "full of 1,000", server: h.sandbox("full.db"), fill: fill(2000)},
		{name: "full of 64 MiB", server: h.sandbox("large.db", large), fill: fill(h.many)},
	}
}
