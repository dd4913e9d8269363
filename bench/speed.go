package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func request(method, path, body string, headers ...string) string {
	text := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: localhost\r\n", method, path)
	if body != "" {
		headers = append(headers, "Content-Type: application/json", fmt.Sprint("Content-Length: ", len(body)))
	}
	for _, header := range headers {
		text += header + "\r\n"
	}
	return text + "\r\n" + body
}

const (
	clients = "/cobrofacil/api/v1/clients"
	token   = "Authorization: Bearer sandbox-cobrofacil-token"

	known = "019734bb-1f46-73bb-95d0-62e98a2f6247" // a client of the demo seed

	newBody     = `{"first_name":"Juan","last_name":"Mejía","phone_number":"+526640000000","email":"juan@example.com","middle_name":"Alberto","mm_name":null,"external_reference":"client-` + serial + `"}`
	wrongBody   = `{"first_name":"Juan","phone_number":"12","email":"juan","middle_name":"Alberto","mm_name":null,"external_reference":"client-` + serial + `"}`
	changedBody = `{"email":"juan-` + serial + `@example.com"}`
)

var (
	getClient    = exchange{request("GET", clients+"/"+known, "", token), 200}
	listClients  = exchange{request("GET", "/complycube/v1/clients?pageSize=25", "", "Authorization: test_sandbox"), 200}
	createClient = exchange{request("POST", clients, newBody, token), 201}
	refused      = exchange{request("POST", clients, wrongBody, token), 422}
	changeClient = exchange{request("PATCH", clients+"/"+known, changedBody, token), 200}

	mixed = script{getClient, getClient, getClient, getClient, createClient}
)

// in is the exchange in a workspace.
func (e exchange) in(workspace string) exchange {
	head, rest, _ := strings.Cut(e.request, "Authorization: ")
	secret, rest, _ := strings.Cut(rest, "\r\n")
	return exchange{head + "Authorization: " + secret + "@" + workspace + "\r\n" + rest, e.status}
}

// workload is what the contestants of a race are asked to do.
type workload struct {
	name   string
	db     string // of the sandbox
	script script
	rivals []string
	// cpuBound is one that waits for nothing but the processor.
	cpuBound bool
}

const (
	getWorkload    = "`GET` one client"
	createWorkload = "create, durable"
)

var workloads = []workload{
	{name: getWorkload, db: "get.db", script: script{getClient}, rivals: []string{"bare"}, cpuBound: true},
	{name: "list page of 25", db: "list.db", script: script{listClients}, rivals: []string{"bare"}, cpuBound: true},
	{name: "refused creation, 422", db: "refused.db", script: script{refused}, rivals: []string{"chi"}, cpuBound: true},
	{name: "create, `:memory:`", db: ":memory:", script: script{createClient}, rivals: []string{"chi"}, cpuBound: true},
	{name: createWorkload, db: "create.db", script: script{createClient}, rivals: []string{"chi", "driver", aFlush}},
	{name: "update, durable", db: "update.db", script: script{changeClient}, rivals: []string{"chi"}},
	{name: "mixed 80/20, durable", db: "mixed.db", script: mixed, rivals: []string{"chi"}},
}

// what says what stands behind the names of contestants.
var what = map[string]string{
	"sandbox": "sandbox",
	"bare":    "bare `net/http`",
	"chi":     "chi, validator, no store",
	"driver":  "`net/http`, bare driver, one flush a request",
}

// run lets the sandbox and its rivals do the workload.
func (h *harness) run(ctx context.Context, w workload, connections ...int) (results, error) {
	sandbox, err := h.start(ctx, h.sandbox(w.db))
	if err != nil {
		return results{}, err
	}
	defer sandbox.stop()
	all := []contestant{sandbox.contestant("sandbox", w.script)}

	same, err := ask(ctx, sandbox.address, w.script[0])
	if err != nil {
		return results{}, err
	}
	file := filepath.Join(h.dir, "same")
	if err := os.WriteFile(file, same, 0o600); err != nil {
		return results{}, err
	}
	for _, rival := range w.rivals {
		if rival == aFlush {
			alone, stop, err := h.disk(ctx)
			if err != nil {
				return results{}, err
			}
			defer stop()
			all = append(all, alone...)
			continue
		}
		argument := file
		if rival == "driver" {
			argument = filepath.Join(h.dir, "driver.db")
		}
		p, err := h.start(ctx, h.baseline(w.script[0], rival, argument))
		if err != nil {
			return results{}, err
		}
		defer p.stop()
		all = append(all, p.contestant(rival, w.script))
	}
	return h.race(ctx, connections, all...)
}

// speed measures the workloads against the baselines.
func (h *harness) speed(ctx context.Context) (report, error) {
	raw := table{speedHeading}
	got := map[string]results{}
	connections := []int{1, 64}
	for _, w := range workloads {
		h.say("%s", w.name)
		var err error
		if got[w.name], err = h.run(ctx, w, connections...); err != nil {
			return nil, fmt.Errorf("%s: %w", w.name, err)
		}
		for _, n := range connections {
			raw = append(raw, figures(w.name, n, got[w.name])...)
		}
	}
	get, list, create := got[getWorkload], got["list page of 25"], got[createWorkload]
	return report{
		"speed-bounds": boundTable([]bound{
			{"`GET` one client / bare `net/http`", get.share("bare", 64), 0.60, 0.80},
			{"list page of 25 / bare `net/http`", list.share("bare", 64), 0.30, 0.60},
			{"refused creation / chi", got["refused creation, 422"].share("chi", 64), 0.60, 0.85},
			{"create, `:memory:` / chi", got["create, `:memory:`"].share("chi", 64), 0.40, 0.50},
			{"create, durable / chi", create.share("chi", 64), 0.33, 0.45},
			{"create, durable / one flush a request", create.share("driver", 64), 5, 7},
			{"create, durable, one connection: p50 / " + aFlush, over(create.at("sandbox", 1).p50, create.at(aFlush, 1).p50), 2.0, 1.4},
			{"`GET`: p99 / bare `net/http`", over(get.at("sandbox", 64).p99, get.at("bare", 64).p99), 1.5, 1.1},
			{"create, durable: p99 / chi", over(create.at("sandbox", 64).p99, create.at("chi", 64).p99), 1.5, 1.1},
		}),
		"speed": raw,
	}, nil
}

var speedHeading = []string{"workload", "connections", "contestant", "requests/s", "sandbox / this", "p50", "p99", "server's CPU a request"}

// figures are the rows of a workload at so many connections.
func figures(name string, connections int, got results) (rows table) {
	for _, c := range got.contestants {
		s, ok := got.medians[c.name][connections]
		if !ok {
			continue
		}
		title, ok := what[c.name]
		if !ok {
			title = c.name
		}
		rows = append(rows, []string{
			name, fmt.Sprint(connections), title, number(s.rate), ratio(got.share(c.name, connections)),
			duration(s.p50), duration(s.p99), duration(s.cpu),
		})
	}
	return rows
}
