// Command sandbox stands in for partner APIs: one binary with real state, for tests, offline work and demos.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	_ "time/tzdata" // partners write local times, and an image from scratch has no time zones

	"github.com/alecthomas/kong"
	kongcompletion "github.com/jotaen/kong-completion"

	"github.com/seed-0f456478/sandbox/internal/control"
)

// version is the release, set when one is built.
var version = "devel"

// serving is the command line of a start.
type serving struct {
	Serve serveCommand `cmd:"" default:"withargs" help:"Serve the APIs (the default)."`
}

type cli struct {
	serving

	// These talk to a running sandbox.
	Workspace   workspaceCommand   `cmd:"" help:"List, create, show and delete workspaces."`
	Reset       resetCommand       `cmd:"" help:"Take a workspace back to how it was created: records, credentials, settings, clock, ids, counters, caches and journal."`
	Snapshot    snapshotCommand    `cmd:"" help:"Take, list, restore and delete a workspace's named states."`
	Fixture     fixtureCommand     `cmd:"" help:"Export and import a workspace's records."`
	Clock       clockCommand       `cmd:"" help:"Show, set, freeze, thaw and advance a workspace's time."`
	Settings    settingsCommand    `cmd:"" help:"Show and set the contract's switches in a workspace."`
	Limits      limitsCommand      `cmd:"" help:"Show a workspace's rate limits, switch them on and off, and forget what they have counted."`
	Credential  credentialCommand  `cmd:"" help:"Mint, list and revoke credentials of a workspace."`
	Fault       faultCommand       `cmd:"" help:"Make requests to a workspace go wrong: errors, delays, lost answers."`
	Requests    requestsCommand    `cmd:"" help:"Show the requests of a workspace, newest last; wait for some, follow them, save or forget them."`
	Explain     explainCommand     `cmd:"" help:"Say why a request was answered so: every violation with its rule and what would have passed."`
	Replay      replayCommand      `cmd:"" help:"Send a request again, as the same credential."`
	Fidelity    fidelityCommand    `cmd:"" help:"Show how many of the rules are documented and how many a guess, or the rules themselves."`
	OpenAPI     openAPICommand     `cmd:"" name:"openapi" help:"Print the OpenAPI description of an API."`
	CA          caCommand          `cmd:"" name:"ca" help:"Print the certificate that clients trust to call the sandbox over HTTPS, and on standard error how."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask a running sandbox whether it is ready; exit 1 if not."`

	Completion completionCommand `cmd:"" help:"Print what makes a shell complete this program's commands."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
}

func main() {
	collectSeldom()
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// collectSeldom trades memory that a sandbox has for time: its live heap is small, so that by default the collector runs
// many times a second under load. Who sets GOGC or GOMEMLIMIT decides for themselves.
func collectSeldom() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(150)
		debug.SetMemoryLimit(512 << 20)
	}
}

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // it started, or tried to, and failed
	exitUsage  = 2 // the flags are wrong
)

// run is the program; it returns its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	exit := -1
	options := []kong.Option{
		kong.Name("sandbox"),
		kong.Description("Stands in for partner APIs, with real state, for tests, offline work and demos."),
		kong.DefaultEnvars("SANDBOX"),
		kong.UsageOnError(),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exit = code }), // called for --help
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(streams{stdout, stderr}),
	}
	parsed, ok := parseStart(args, options)
	if !ok {
		parser := kong.Must(&cli{}, options...)
		kongcompletion.Register(parser) // answers a shell that asks how a line can go on
		if exit >= 0 {
			return exit
		}
		var err error
		parsed, err = parser.Parse(args)
		if exit >= 0 {
			return exit
		}
		if err != nil {
			fmt.Fprintf(stderr, "sandbox: %v\nTry: sandbox --help\n", err)
			return exitUsage
		}
	}
	if err := parsed.Run(); err != nil {
		fmt.Fprintf(stderr, "sandbox: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// parseStart reads a line that starts a sandbox and asks nothing. It knows serve alone, since to learn the flags of all
// other commands takes about as long as the rest of a start.
func parseStart(args []string, options []kong.Option) (parsed *kong.Context, ok bool) {
	if os.Getenv("COMP_LINE") != "" || len(args) > 0 && args[0] != "serve" && !strings.HasPrefix(args[0], "-") {
		return nil, false
	}
	parsed, err := kong.Must(&serving{}, append(options, kong.NoDefaultHelp())...).Parse(args)
	return parsed, err == nil
}

type streams struct {
	out, err io.Writer
}

type versionCommand struct{}

func (versionCommand) Run(s streams) error {
	b := build()
	_, err := fmt.Fprintf(s.out, "sandbox %s %s %s\n", b.Version, b.Revision, b.Go)
	return err
}

func build() control.Build {
	b := control.Build{Version: version, Revision: "unknown"}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.Go = info.GoVersion
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				b.Revision = s.Value
			}
		}
	}
	return b
}
