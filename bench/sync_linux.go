package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// flush is the system call with which SQLite flushes a commit.
func flush(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }
