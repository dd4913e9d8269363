// Command bench measures the sandbox: the program as a release has it, against baselines and against its peers, as ratios
// within one run. Contestants take turns, and each figure is the median of several rounds, on loopback, with client and
// servers on the same machine, each a process of its own.
//
//	go run ./bench                   speed, start and growth
//	go run ./bench speed             only one of them
//	go run ./bench peers             against others' servers, after npm ci in bench/peers
//	go run ./bench check             fails if a ratio has fallen below the one that is kept
//
// It is run in the root of the repository.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

// harness is a run.
type harness struct {
	root, dir           string // the repository, and where the run keeps its files
	self, program, bare string // this program, the sandbox, and a bare server
	out, log            io.Writer

	rounds        int // of each contestant
	round, warmUp time.Duration
	starts        int // of each contestant
	many          int // requests, after which memory is looked at
	workspaces    int
	most          int // records that growth looks at
}

// newHarness makes a run as long as its figures take, or a short one, which shows the sizes.
func newHarness(short bool) *harness {
	if short {
		return &harness{rounds: 3, round: 200 * time.Millisecond, warmUp: 100 * time.Millisecond, starts: 5, many: 10_000, workspaces: 100, most: 10_000}
	}
	return &harness{rounds: 15, round: 400 * time.Millisecond, warmUp: time.Second, starts: 25, many: 100_000, workspaces: 1000, most: 100_000}
}

// say tells who waits what is going on.
func (h *harness) say(format string, arguments ...any) {
	fmt.Fprintf(h.log, "… "+format+"\n", arguments...)
}

func main() {
	if len(os.Args) > 2 && os.Args[1] == "baseline" {
		fmt.Fprintln(os.Stderr, serveBaseline(os.Args[2:]))
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string, out, log io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(log)
	short := flags.Bool("short", false, "measure for seconds, which shows sizes, not figures")
	update := flags.Bool("update", false, "write the tables into "+document+"; with check, keep the ratios in "+kept)
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	h := newHarness(*short)
	h.root, h.out, h.log = ".", out, log
	if _, err := os.Stat(document); err != nil {
		return fmt.Errorf("run it in the root of the repository: %w", err)
	}
	suites := flags.Args()
	if len(suites) == 0 {
		suites = []string{"speed", "start", "growth"}
	}
	return h.measure(ctx, suites, *update)
}

// suites are what can be measured, by name.
func (h *harness) suites() map[string]func(context.Context) (report, error) {
	return map[string]func(context.Context) (report, error){"speed": h.speed, "start": h.starting, "growth": h.growth, "peers": h.peers}
}

// measure runs the suites one after the other, and prints what each has measured.
func (h *harness) measure(ctx context.Context, suites []string, update bool) (err error) {
	measures := h.suites()
	for _, suite := range suites {
		if measures[suite] == nil && suite != "check" {
			return fmt.Errorf("there is no %s to measure: choose among speed, start, growth, peers, check", suite)
		}
	}
	if h.dir, err = os.MkdirTemp("", "sandbox-bench-*"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(h.dir)) }()
	if h.self, err = os.Executable(); err != nil {
		return err
	}
	if err := h.build(ctx); err != nil {
		return err
	}
	for _, suite := range suites {
		if suite == "check" {
			if err := h.check(ctx, update); err != nil {
				return err
			}
			continue
		}
		watch := newWatch()
		r, err := measures[suite](ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", suite, err)
		}
		conditions := fmt.Sprintf("%s. Others took %s of the processors' time meanwhile. `go run ./bench %s`.", h.machine(ctx), watch.others(), suite)
		fmt.Fprintf(h.out, "\n%s\n", conditions)
		for _, name := range slices.Sorted(maps.Keys(r)) {
			fmt.Fprintf(h.out, "\n%s\n", r[name])
		}
		if update {
			if err := h.update(r, map[string]string{suite + "-conditions": conditions}); err != nil {
				return err
			}
		}
	}
	return nil
}
