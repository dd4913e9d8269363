package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
)

// kept is where the ratios stand that check compares with.
const kept = "bench/testdata/ratios.json"

// ratios compare the processor time that servers take for a request: a rival's, as a share of the sandbox's. The machine's
// other work hardly changes them, as it does the rates.
type ratios struct {
	Machine string             `json:"machine"`
	Ratios  map[string]float64 `json:"ratios"`
}

// leastOfKept is the share of a kept ratio below which check fails.
const leastOfKept = 0.8

// check compares the ratios with the ones that are kept, or keeps them.
func (h *harness) check(ctx context.Context, update bool) error {
	file := filepath.Join(h.root, kept)
	var before ratios
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &before)
	}
	if err != nil && !update {
		return fmt.Errorf("%s: %w: write it with go run ./bench -update check", kept, err)
	}
	now := ratios{h.machine(ctx), map[string]float64{}}
	t := table{{"workload", "compared with", "now", "kept", "now / kept"}}
	for _, w := range workloads {
		if !w.cpuBound {
			continue
		}
		h.say("%s", w.name)
		got, err := h.run(ctx, w, 64)
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		ours, rival := got.at("sandbox", 64).cpu, got.at(w.rivals[0], 64).cpu
		if ours == 0 || rival == 0 {
			return errors.New("no processor time of the servers is known: that is read where Linux has it")
		}
		is, was := math.Round(1000*over(rival, ours))/1000, before.Ratios[w.name]
		now.Ratios[w.name] = is
		t = append(t, []string{w.name, what[w.rivals[0]], ratio(is), ratio(was), ratio(is / was)})
	}
	fmt.Fprintf(h.out, "\nNow: %s.\nKept: %s.\n\n%s\n", now.Machine, before.Machine, t)
	if !update {
		return now.compare(before)
	}
	if text, err = json.MarshalIndent(now, "", "  "); err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o600)
}

// compare says which ratios have fallen too far.
func (r ratios) compare(before ratios) error {
	var fallen []error
	for _, name := range slices.Sorted(maps.Keys(r.Ratios)) {
		is, was := r.Ratios[name], before.Ratios[name]
		if is < leastOfKept*was {
			fallen = append(fallen, fmt.Errorf("%s: %.3f now, %.3f kept: a request takes %.0f %% more processor time than it did", name, is, was, 100*(was/is-1)))
		}
	}
	return errors.Join(fallen...)
}
