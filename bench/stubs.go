package main

import "context"

const kept = "bench/testdata/ratios.json"

func (h *harness) growth(ctx context.Context) (report, error)      { return nil, nil }
func (h *harness) peers(ctx context.Context) (report, error)       { return nil, nil }
func (h *harness) check(ctx context.Context, update bool) error { return nil }
