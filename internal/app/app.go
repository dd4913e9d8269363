// Package app is the composition root: it takes options, and makes one sandbox of the store, the workspaces, the emulated
// APIs, the gate before them and the control API beside them.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/seed-0f456478/sandbox/fixtures"
	"github.com/seed-0f456478/sandbox/internal/apidev"
	"github.com/seed-0f456478/sandbox/internal/cobrofacil"
	"github.com/seed-0f456478/sandbox/internal/complycube"
	"github.com/seed-0f456478/sandbox/internal/console"
	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/kobra"
	"github.com/seed-0f456478/sandbox/internal/localca"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/subclients"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// Options says what sandbox to make. The zero value is one in memory, with the demo seed.
type Options struct {
	DB            string             // a file, or store.Memory, which is the default
	Seed          *workspace.Fixture // what LoadSeed returns; nil for the demo seed
	Open          bool               // accept every well-formed credential
	Settings      map[string]string  // of the contract's switches
	RandomSeed    string             // makes ids repeat
	Clock         string             // where clocks start: what clock.Parse takes
	Delay         time.Duration      // added to every answer of an API
	Journal       int                // entries a workspace; 0 for 1,000, negative for none
	MaxWorkspaces int                // self-made ones; 0 for 2,000
	Access        control.Access     // who may call the control API
	URL           string             // where the APIs are reached, if the control API is not beside them
	CA            *localca.Authority // what OpenCA returns, which the control API shows; nil for none
	Build         control.Build
	Now           func() time.Time // real time; nil for time.Now
	Log           *slog.Logger     // nil for none
}

// journalBytes bounds the journal of all workspaces together.
const journalBytes = 64 << 20

// corsHeaders are the request headers that a browser may send to an API: all that any of the partners reads.
var corsHeaders = []string{"Authorization", "Content-Type", "X-API-Key", "tenant", "X-Environment", "X-Sandbox-Fault"}

// App is a sandbox that serves. Close it when nobody uses its handlers any more.
type App struct {
	APIs    []*gate.API
	Gate    http.Handler // the emulated APIs
	Control http.Handler // everything under control.Root
	isAPI   func(host string) bool

	interrupt func()
	store     *store.Store
	spaces    *workspace.Directory
	closed    sync.Once
}

// New opens the database and makes the sandbox. It refuses a seed, setting or clock that is wrong.
func New(ctx context.Context, o Options) (_ *App, err error) {
	o = withDefaults(o)
	if o.Seed == nil {
		if o.Seed, err = LoadSeed([]string{"demo"}); err != nil {
			return nil, err
		}
	}
	a := &App{}
	if a.store, err = store.OpenFrom(ctx, o.DB, fixtures.DemoDB); err != nil {
		return nil, err
	}
	a.APIs = apis(a.store)

	idle := 30 * 24 * time.Hour
	if o.DB == store.Memory {
		idle = 24 * time.Hour
	}
	spaces := workspace.Options{
		Settings: o.Settings, Seed: o.Seed, RandomSeed: o.RandomSeed, Clock: o.Clock,
		Most: o.MaxWorkspaces, Idle: idle, Now: o.Now, Log: o.Log,
	}
	spaces.Switches = gate.Switches(a.APIs)
	for _, api := range a.APIs {
		spaces.Collections = append(spaces.Collections, api.Collections...)
		spaces.Switches = append(spaces.Switches, api.Switches...)
	}
	if a.spaces, err = workspace.Open(ctx, a.store, spaces); err != nil {
		return nil, errors.Join(err, a.store.Close())
	}

	journal := gate.NewJournal(max(0, o.Journal), journalBytes)
	if a.store.Shared() {
		if journal, err = gate.ShareJournal(ctx, a.store, max(0, o.Journal), journalBytes, o.Now, o.Log); err != nil {
			return nil, errors.Join(err, a.spaces.Close(ctx), a.store.Close())
		}
	}
	faces := gate.New(gate.Options{
		APIs: a.APIs, Workspaces: a.spaces, Journal: journal, Open: o.Open, Delay: o.Delay, Headers: corsHeaders, Now: o.Now, Log: o.Log,
	})
	large := newLine()
	a.Gate, a.isAPI, a.interrupt = large.before(faces), faces.PartnerHost, faces.Interrupt
	o.Access.Partner = faces.PartnerHost
	var ca []byte
	if o.CA != nil {
		ca = o.CA.PEM()
	}
	a.Control = large.before(control.Guard(o.Access, a.store, o.Now, atFirstRequest(func() http.Handler {
		return console.New(console.Options{URL: o.URL, API: control.New(control.Options{
			APIs: a.APIs, URL: o.URL, Workspaces: a.spaces, Journal: journal, Gate: faces, Build: o.Build, CA: ca,
			Ready: a.store.Ready,
		})})
	})))
	return a, nil
}

// atFirstRequest is a handler that is made when a request comes. To describe the control API and to read the console's
// pages takes longer than the rest of a start, and many a sandbox is never asked for them.
func atFirstRequest(create func() http.Handler) http.Handler {
	handler := sync.OnceValue(create)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler().ServeHTTP(w, r) })
}

func apis(s *store.Store) []*gate.API {
	return []*gate.API{cobrofacil.New(s), subclients.New(s), complycube.New(s), kobra.New(), apidev.New(s)}
}

// OpenCA opens the certificate authority that a file holds, and makes it if there is none; "" is one that is not kept. It
// signs for loopback and for the partners' own host names. Without a log nobody hears of those that it refuses.
func OpenCA(file string, log *slog.Logger) (*localca.Authority, error) {
	o := localca.Options{File: file, Now: time.Now, Log: log}
	for _, api := range apis(nil) { // of which nothing but the names is asked
		o.Names = append(o.Names, api.Hosts...)
	}
	return localca.Open(o)
}

func withDefaults(o Options) Options {
	if o.DB == "" {
		o.DB = store.Memory
	}
	if o.Journal == 0 {
		o.Journal = 1000
	}
	if o.MaxWorkspaces == 0 {
		o.MaxWorkspaces = 2000
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// ServeHTTP serves the APIs, and the control API and its console beside them. A partner's host name never reaches those.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case a.isAPI(r.Host):
		a.Gate.ServeHTTP(w, r)
	case r.URL.Path == control.Root || strings.HasPrefix(r.URL.Path, control.Root+"/"):
		a.Control.ServeHTTP(w, r)
	case console.IsFront(r):
		console.Front(w, r)
	default:
		a.Gate.ServeHTTP(w, r)
	}
}

// Interrupt ends what would last: requests that faults hold, waits and streams. It comes before a server's shutdown.
func (a *App) Interrupt() { a.interrupt() }

// Close saves what is to be saved and closes the database, once the reads and writes under way have ended. A second call
// does nothing.
func (a *App) Close(ctx context.Context) (err error) {
	a.Interrupt()
	a.closed.Do(func() { err = errors.Join(a.spaces.Close(ctx), a.store.Close()) })
	return err
}

// LoadSeed reads what --seed names: "demo", "none", or fixture files.
func LoadSeed(names []string) (*workspace.Fixture, error) {
	seed := &workspace.Fixture{}
	for _, name := range names {
		switch name {
		case "demo":
			if err := addDemo(seed); err != nil {
				return nil, err
			}
		case "none":
			if len(names) > 1 {
				return nil, fmt.Errorf("seed: none beside %q is a contradiction: name files, demo or none", names)
			}
		default:
			content, err := os.ReadFile(name)
			if err != nil {
				return nil, fmt.Errorf("seed: %w; name fixture files, demo or none", err)
			}
			if err := seed.Add(name, content); err != nil {
				return nil, fmt.Errorf("seed: %w", err)
			}
		}
	}
	return seed, nil
}

func addDemo(seed *workspace.Fixture) error {
	files, err := fixtures.Demo.ReadDir("demo")
	if err != nil {
		return err
	}
	for _, f := range files { // sorted by name
		content, err := fixtures.Demo.ReadFile("demo/" + f.Name())
		if err != nil {
			return err
		}
		seed.AddUnread(f.Name(), content)
	}
	return nil
}
