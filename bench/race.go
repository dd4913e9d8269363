package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// contestant is one of those that are measured by turns.
type contestant struct {
	name string
	load func(ctx context.Context, connections int, lasts time.Duration) (sample, error)
	// alone is one that has no connections: it counts as one that has a single one.
	alone bool
}

// contestant is a server that is sent a script.
func (p *process) contestant(name string, requests script) contestant {
	return contestant{name: name, load: func(ctx context.Context, connections int, lasts time.Duration) (sample, error) {
		before := cpuTime(p.pid)
		got, err := load(ctx, p.address, requests, connections, lasts)
		if err != nil {
			return got, fmt.Errorf("%s: %w", name, err)
		}
		got.cpu = (cpuTime(p.pid) - before) / time.Duration(max(1, got.requests))
		return got, nil
	}}
}

// results are the medians of a race's rounds.
type results struct {
	contestants []contestant
	medians     map[string]map[int]sample // by contestant and number of connections
}

// share is the first contestant's rate as a share of another's.
func (r results) share(of string, connections int) float64 {
	return r.at(r.contestants[0].name, connections).rate / r.at(of, connections).rate
}

func (r results) at(contestant string, connections int) sample {
	return r.medians[contestant][connections]
}

// race lets the contestants run by turns, each as often first as last, and takes the medians.
func (h *harness) race(ctx context.Context, connections []int, all ...contestant) (results, error) {
	got := results{all, map[string]map[int]sample{}}
	for _, c := range all {
		got.medians[c.name] = map[int]sample{}
		if _, err := c.load(ctx, slices.Max(connections), h.warmUp); err != nil {
			return got, err
		}
	}
	for _, n := range connections {
		rounds := map[string][]sample{}
		for round := range h.rounds {
			turns := slices.Clone(all)
			if round%2 == 1 {
				slices.Reverse(turns)
			}
			for _, c := range turns {
				if c.alone && n != 1 {
					continue
				}
				one, err := c.load(ctx, n, h.round)
				if err != nil {
					return got, err
				}
				rounds[c.name] = append(rounds[c.name], one)
			}
		}
		for name, samples := range rounds {
			got.medians[name][n] = medianSample(samples)
		}
	}
	return got, nil
}

func medianSample(all []sample) sample {
	return sample{
		rate: median(all, func(s sample) float64 { return s.rate }),
		p50:  time.Duration(median(all, func(s sample) float64 { return float64(s.p50) })),
		p99:  time.Duration(median(all, func(s sample) float64 { return float64(s.p99) })),
		cpu:  time.Duration(median(all, func(s sample) float64 { return float64(s.cpu) })),
	}
}

func median[T any](all []T, of func(T) float64) float64 {
	values := make([]float64, len(all))
	for i, v := range all {
		values[i] = of(v)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// loop makes a contestant of a function that is called again and again, and does so many things each time.
func loop(name string, things int, once func(ctx context.Context) error) contestant {
	load := func(ctx context.Context, _ int, lasts time.Duration) (sample, error) {
		var took []time.Duration
		begun := time.Now()
		for last := begun; last.Sub(begun) < lasts; {
			if err := once(ctx); err != nil {
				return sample{}, fmt.Errorf("%s: %w", name, err)
			}
			now := time.Now()
			took = append(took, now.Sub(last))
			last = now
		}
		got := newSample(took, time.Since(begun))
		got.rate *= float64(things)
		return got, nil
	}
	return contestant{name: name, load: load, alone: true}
}

// disk are the contestants that have no server: one flush, and the driver alone.
func (h *harness) disk(ctx context.Context) (all []contestant, stop func(), err error) {
	file, err := os.Create(filepath.Join(h.dir, "flushed"))
	if err != nil {
		return nil, nil, err
	}
	// As a write-ahead log: pages that have been written before are written one after the other, and each is flushed.
	const page, pages = 4096, 1024
	bytes := make([]byte, page)
	for i := range pages {
		if _, err := file.WriteAt(bytes, int64(i*page)); err != nil {
			return nil, nil, err
		}
	}
	next := 0
	all = append(all, loop(aFlush, 1, func(context.Context) error {
		bytes[next%page]++
		if _, err := file.WriteAt(bytes, int64(next%pages*page)); err != nil {
			return err
		}
		next++
		return flush(file)
	}))
	var tables []*rows
	for _, batch := range []struct {
		name string
		rows int
	}{{"driver alone, one row a flush", 1}, {"driver alone, 64 rows a flush", 64}} {
		table, err := openRows(ctx, filepath.Join(h.dir, strconv.Itoa(batch.rows)+".db"))
		if err != nil {
			return nil, nil, err
		}
		tables = append(tables, table)
		all = append(all, loop(batch.name, batch.rows, func(ctx context.Context) error { return table.insert(ctx, batch.rows) }))
	}
	return all, func() {
		_ = file.Close()
		for _, table := range tables {
			table.close()
		}
	}, nil
}

const aFlush = "one `fdatasync`"

// cpuTime is how much processor time a process has had, 0 where Linux does not say so.
func cpuTime(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * (time.Second / ticks)
}

// ticks are what Linux divides a second into when it counts processor time.
const ticks = 100

// resident is the resident memory of a process in MiB, 0 where Linux does not say so.
func resident(pid int) (megabytes float64) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	_, _ = fmt.Sscan(rest, &megabytes)
	return megabytes / 1024
}
