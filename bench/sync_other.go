//go:build !linux

package main

import "os"

// flush is the system call with which SQLite flushes a commit.
func flush(f *os.File) error { return f.Sync() }
