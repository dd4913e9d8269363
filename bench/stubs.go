package main

import "context"


func (h *harness) peers(ctx context.Context) (report, error)       { return nil, nil }
