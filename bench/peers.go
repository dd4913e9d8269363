package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// peersFolder pins the peers' versions: npm's in a lock file, Go's in a module of its own.
const peersFolder = "bench/peers"

// peer is a server that others have made for the same purpose, set up as its documentation advises for speed.
type peer struct {
	name    string
	version string
	command []string // PORT stands for the port
	note    string
	prepare func() error // writes what it is started with, if it is not nil
	// What it is asked; nothing for what it cannot do.
	get, list, refused, create script
}

// peerWorkloads are what the peers are asked, and the sandbox beside them.
var peerWorkloads = []struct {
	name string
	ours script
	of   func(peer) script
}{
	{getWorkload, script{getClient}, func(p peer) script { return p.get }},
	{"list page of 25", script{listClients}, func(p peer) script { return p.list }},
	{"refused creation", script{refused}, func(p peer) script { return p.refused }},
	{createWorkload, script{createClient}, func(p peer) script { return p.create }},
}

// peers measures the sandbox against others' servers.
func (h *harness) peers(ctx context.Context) (report, error) {
	sandbox, err := h.start(ctx, h.sandbox(":memory:"))
	if err != nil {
		return nil, err
	}
	page, err := ask(ctx, sandbox.address, listClients)
	sandbox.stop()
	if err != nil {
		return nil, err
	}
	all, err := h.findPeers(ctx, sandbox.answer, page)
	if err != nil {
		return nil, err
	}
	long := *h
	long.warmUp *= 8 // for compilers that begin their work when a program has run for a while
	raw := table{speedHeading}
	got := map[string]results{}
	for _, w := range peerWorkloads {
		h.say("%s", w.name)
		if got[w.name], err = long.against(ctx, all, w.ours, w.of); err != nil {
			return nil, fmt.Errorf("%s: %w", w.name, err)
		}
		for _, n := range []int{1, 64} {
			raw = append(raw, figures(w.name, n, got[w.name])...)
		}
	}
	processes, idle, err := h.peerProcesses(ctx, all)
	if err != nil {
		return nil, err
	}
	get, create := got[getWorkload], got[createWorkload]
	return report{
		"peers-bounds": boundTable([]bound{
			{"`GET` one client / WireMock", get.share("WireMock", 64), 1.3, 2.0},
			{"`GET` one client / stripe-mock", get.share("stripe-mock", 64), 2.5, 3.4},
			{"`GET` one client / Prism", get.share("Prism", 64), 12, 16},
			{"create, durable / WireMock's stub", create.share("WireMock", 64), 0.7, 1.0},
			{"create, durable / stripe-mock's stateless", create.share("stripe-mock", 64), 1.1, 1.3},
			{"create, durable / Prism's stateless", create.share("Prism", 64), 5, 7},
			{"resident, idle / stripe-mock", idle["sandbox"] / idle["stripe-mock"], 0.8, 0.5},
		}),
		"peers":           raw,
		"peers-processes": processes,
		"peers-commands":  commands(all),
	}, nil
}

// against lets the sandbox and the peers that can do it serve a workload by turns.
func (h *harness) against(ctx context.Context, all []peer, ours script, of func(peer) script) (results, error) {
	sandbox, err := h.start(ctx, h.sandbox(fmt.Sprintf("peers-%d.db", time.Now().UnixNano())))
	if err != nil {
		return results{}, err
	}
	defer sandbox.stop()
	contestants := []contestant{sandbox.contestant("sandbox", ours)}
	for _, p := range all {
		if of(p) == nil {
			continue
		}
		running, err := h.startPeer(ctx, p)
		if err != nil {
			return results{}, err
		}
		defer running.stop()
		contestants = append(contestants, running.contestant(p.name, of(p)))
	}
	return h.race(ctx, []int{1, 64}, contestants...)
}

// startPeer starts a peer at a free port, in a folder of its own with nothing in it from before.
func (h *harness) startPeer(ctx context.Context, p peer) (*process, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	port := address[strings.LastIndexByte(address, ':')+1:]
	s := server{name: p.name, address: address, first: p.get[0]}
	for _, argument := range p.command {
		s.command = append(s.command, strings.ReplaceAll(argument, "PORT", port))
	}
	if p.prepare != nil {
		if err := p.prepare(); err != nil {
			return nil, err
		}
	}
	return h.start(ctx, s)
}

// peerProcesses measures starts and memory, of the sandbox and the peers.
func (h *harness) peerProcesses(ctx context.Context, all []peer) (t table, idle map[string]float64, err error) {
	t = table{{"contestant", "to the first answer", "resident, idle", fmt.Sprintf("after %s `GET`s", number(float64(h.many)))}}
	idle = map[string]float64{}
	ours := peer{name: "sandbox", get: script{getClient}}
	for _, p := range append([]peer{ours}, all...) {
		h.say("start and memory of %s", p.name)
		begin := func(round int) (*process, error) {
			if p.name == ours.name {
				return h.start(ctx, h.sandbox(fmt.Sprintf("peers-start-%d.db", round)))
			}
			return h.startPeer(ctx, p)
		}
		var starts []started
		last := 0.0
		for round := range min(5, h.rounds) {
			running, err := begin(round)
			if err != nil {
				return nil, nil, err
			}
			starts = append(starts, started{running.took, resident(running.pid)})
			if round == 0 {
				err = repeat(ctx, running.address, p.get, h.many)
				last = resident(running.pid)
			}
			running.stop()
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", p.name, err)
			}
		}
		idle[p.name] = median(starts, func(s started) float64 { return s.resident })
		took := median(starts, func(s started) float64 { return float64(s.took) })
		t = append(t, []string{p.name, duration(time.Duration(took)), megabytes(idle[p.name]), megabytes(last)})
	}
	return t, idle, nil
}

// commands is how the peers were started.
func commands(all []peer) table {
	t := table{{"peer", "version", "command", ""}}
	for _, p := range all {
		words := make([]string, len(p.command))
		for i, word := range p.command {
			words[i] = word
			if _, inside, ok := strings.Cut(word, "/node_modules/"); ok {
				words[i] = "node_modules/" + inside
			} else if filepath.IsAbs(word) {
				words[i] = filepath.Base(word)
			}
		}
		t = append(t, []string{p.name, p.version, "`" + strings.Join(words, " ") + "`", p.note})
	}
	return t
}
