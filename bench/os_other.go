//go:build !linux

package main

import (
	"os"
	"time"
)

// flush is the system call with which SQLite flushes a commit.
func flush(f *os.File) error { return f.Sync() }

// ownTime is known on Linux only, and needed for nothing elsewhere.
func ownTime() time.Duration { return 0 }
