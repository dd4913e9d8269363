package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// watch sees what else the machine does while something is measured.
type watch struct {
	busy, all, own time.Duration
}

// newWatch reads what all processors did since the machine started, and what this program and its servers that have ended
// had of it. It is all zero where Linux does not say so.
func newWatch() (w watch) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return watch{}
	}
	line, _, _ := strings.Cut(string(text), "\n")
	for i, field := range strings.Fields(line)[1:] {
		n, _ := strconv.Atoi(field)
		took := time.Duration(n) * (time.Second / ticks)
		switch i {
		case 3, 4: // idle, and idle while a disk is waited for
			w.all += took
		case 8, 9: // guests, counted as user already
		default:
			w.all += took
			w.busy += took
		}
	}
	w.own = ownTime()
	return w
}

// others is the share of the processors' time that was not this program's since the watch began.
func (w watch) others() string {
	now := newWatch()
	if now.all == w.all {
		return "an unknown share"
	}
	share := float64((now.busy-w.busy)-(now.own-w.own)) / float64(now.all-w.all)
	return fmt.Sprintf("%.0f %%", 100*max(0, share))
}

// machine describes where and of what something is measured.
func (h *harness) machine(ctx context.Context) string {
	said := func(name string, arguments ...string) string {
		command := exec.CommandContext(ctx, name, arguments...)
		command.Dir = h.root
		out, err := command.Output()
		if err != nil {
			return "unknown"
		}
		return strings.TrimSpace(string(out))
	}
	changed := ""
	if said("git", "status", "--porcelain", "--untracked-files=no", "--", ":!docs", ":!bench/testdata") != "" {
		changed = " with changes"
	}
	return fmt.Sprintf("%s, commit %s%s, %s, %d processors, %s of memory, %s %s, %s",
		time.Now().UTC().Format(time.DateOnly), said("git", "rev-parse", "--short=7", "HEAD"), changed,
		field("/proc/cpuinfo", "model name"), runtime.NumCPU(), memory(), said("uname", "-s"), said("uname", "-r"), runtime.Version())
}

func memory() string {
	kilobytes, err := strconv.Atoi(strings.TrimSuffix(field("/proc/meminfo", "MemTotal"), " kB"))
	if err != nil {
		return "an unknown amount"
	}
	return fmt.Sprintf("%.0f GiB", float64(kilobytes)/(1<<20))
}

// field is a value of a file of lines like "name : value".
func field(file, name string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return "unknown " + name
	}
	for line := range strings.Lines(string(text)) {
		if key, value, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown " + filepath.Base(file)
}
