package main

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// flush is the system call with which SQLite flushes a commit.
func flush(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }

// ownTime is the processor time of this program and of the servers that it has started and ended.
func ownTime() (took time.Duration) {
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var used unix.Rusage
		if unix.Getrusage(who, &used) == nil {
			took += time.Duration(used.Utime.Nano() + used.Stime.Nano())
		}
	}
	return took
}
