package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/clock"
	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/localca"
	"github.com/seed-0f456478/sandbox/internal/store"
)

type serveCommand struct {
	Addr          string            `default:"127.0.0.1:8080" help:"Where to listen; port 0 picks a free one."`
	TLSAddr       string            `name:"tls-addr" placeholder:"ADDR" help:"Where to serve HTTPS too, with certificates of a local CA: localhost, loopback addresses and the partners' own host names."`
	DB            string            `name:"db" default:"sandbox.db" help:"The database: a file, :memory: for one that is not kept, or postgres://… for one on a PostgreSQL server, which several sandboxes may share."`
	Seed          []string          `default:"demo" help:"What workspaces start with: demo, none, or fixture files."`
	Auth          string            `default:"strict" enum:"strict,open" help:"strict takes published credentials, open every well-formed one."`
	Set           map[string]string `placeholder:"SWITCH=VALUE" help:"Choose another reading of a contract, like cobrofacil.create_status=200; repeatable."`
	Limits        string            `default:"on" enum:"on,off" help:"Whether the partners' rate limits are kept."`
	RandomSeed    string            `help:"Make ids repeat: the same calls in the same order get the same ones."`
	Clock         string            `placeholder:"TIME" help:"Where clocks start: an RFC 3339 time or a duration like +1h; with a ! behind it they stand there."`
	Delay         time.Duration     `default:"0s" help:"Added to every answer of an API."`
	ControlAddr   string            `placeholder:"ADDR" help:"Where the control API listens, if not beside the others."`
	ControlToken  string            `placeholder:"TOKEN" help:"What calls of the control API must carry; none for nothing. Off loopback the default is one made at start."`
	TLSCA         string            `name:"tls-ca" placeholder:"FILE" help:"Where the local CA is kept. The default is beside the database, as sandbox.db.ca, and nowhere for one that is not kept."`
	Journal       int               `default:"1000" help:"How many requests of each workspace are remembered; 0 for none, and no explanations."`
	MaxWorkspaces int               `default:"2000" help:"How many workspaces may come into being by being named; beyond it the longest idle one goes."`
	LogFormat     string            `default:"text" enum:"text,json" help:"text or json."`
	LogLevel      slog.Level        `default:"info" help:"debug, info, warn or error."`
}

// checkDB says what is wrong with the name of a database.
func checkDB(db string) error {
	const choice = "name a file, :memory: to keep nothing, or postgres://USER:PASSWORD@HOST:PORT/DATABASE"
	scheme, _, isURL := strings.Cut(db, "://")
	switch {
	case db == "":
		return errors.New("--db is empty: " + choice)
	case store.IsURL(db):
		if err := store.CheckURL(db); err != nil {
			return fmt.Errorf("--db: %w", err)
		}
	case isURL:
		return fmt.Errorf("--db is a %s URL: %s", scheme, choice)
	}
	return nil
}

// Validate refuses flags that are wrong in themselves or contradict each other; kong calls it.
func (c *serveCommand) Validate() error {
	if c.Delay < 0 {
		return fmt.Errorf("--delay is %s: it must not be negative", c.Delay)
	}
	if c.Journal < 0 {
		return fmt.Errorf("--journal is %d: it must not be negative, and 0 switches it off", c.Journal)
	}
	if c.MaxWorkspaces < 1 {
		return fmt.Errorf("--max-workspaces is %d: it must be at least 1", c.MaxWorkspaces)
	}
	if _, ok := c.Set[gate.LimitsSwitch]; ok {
		return errors.New("--set limits is another way to say --limits: use that")
	}
	if err := checkDB(c.DB); err != nil {
		return err
	}
	if store.IsURL(c.DB) && c.TLSAddr != "" && c.TLSCA == "" {
		return errors.New("--db is on a server, so there is no place for the CA beside it: say with --tls-ca where it is kept, the same for all that share the database")
	}
	if c.ControlToken != "" && c.ControlToken != "none" && len(c.ControlToken) < 8 {
		return errors.New("--control-token is shorter than 8 characters: choose a longer one, or none for no token")
	}
	if c.ControlAddr != "" && c.ControlAddr == c.Addr && !strings.HasSuffix(c.Addr, ":0") {
		return fmt.Errorf("--control-addr is %s, and so is --addr: leave it out to serve both there", c.Addr)
	}
	for name, addr := range map[string]string{"--addr": c.Addr, "--control-addr": c.ControlAddr} {
		if c.TLSAddr != "" && c.TLSAddr == addr && !strings.HasSuffix(addr, ":0") {
			return fmt.Errorf("--tls-addr is %s, and so is %s: choose another port", c.TLSAddr, name)
		}
	}
	if c.TLSCA != "" && c.TLSAddr == "" {
		return errors.New("--tls-ca without --tls-addr: say where to serve HTTPS")
	}
	if _, err := clock.Parse(c.Clock, time.Now()); err != nil {
		return fmt.Errorf("--clock: %w", err)
	}
	return nil
}

// drain is how long requests under way may take to end at shutdown.
const drain = 10 * time.Second

func (c *serveCommand) Run(ctx context.Context, s streams) (err error) {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	log := c.logger(s.err)

	at, err := c.listen(ctx)
	defer at.close() // a second time, except after an early return
	if err != nil {
		return err
	}
	access := c.access(at.controlling())
	if store.IsURL(c.DB) && access.Token != c.ControlToken && c.ControlToken != "none" {
		return errors.New("the control API is not on loopback alone, and each sandbox that shares the database would make a token of its own: choose one with --control-token, the same for all, or none for no token")
	}
	settings := map[string]string{gate.LimitsSwitch: c.Limits}
	maps.Copy(settings, c.Set)
	seed, err := app.LoadSeed(c.Seed)
	if err != nil {
		return err
	}
	journal := c.Journal
	if journal == 0 {
		journal = -1 // the options' own 0 is the default
	}
	var ca *localca.Authority
	if at.tls != nil {
		if ca, err = app.OpenCA(caFile(c.TLSCA, c.DB), log); err != nil {
			return err
		}
	}
	url := "" // beside the control API
	if at.control != nil {
		url = urlOf(at.plain.Addr().String())
	}
	a, err := app.New(ctx, app.Options{
		DB: c.DB, Seed: seed, Open: c.Auth == "open", Settings: settings, RandomSeed: c.RandomSeed, Clock: c.Clock, Delay: c.Delay,
		Journal: journal, MaxWorkspaces: c.MaxWorkspaces, Access: access, URL: url, CA: ca, Build: build(), Log: log,
	})
	if errors.Is(err, store.ErrInUse) {
		return fmt.Errorf("%w: stop the other sandbox, or choose another database with --db", err)
	} else if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close(context.WithoutCancel(ctx))) }()

	var faces http.Handler = a
	servers := map[net.Listener]*http.Server{}
	if at.control != nil {
		faces = a.Gate
		servers[at.control] = c.newServer(a.Control, log)
	}
	servers[at.plain] = c.newServer(faces, log)
	if at.tls != nil {
		servers[at.tls] = c.newServer(faces, log)
		servers[at.tls].TLSConfig = ca.TLS()
	}
	failed := make(chan error, len(servers))
	for l, server := range servers {
		go func() {
			if server.TLSConfig != nil {
				failed <- server.ServeTLS(l, "", "") // the configuration has the certificates
			} else {
				failed <- server.Serve(l)
			}
		}()
	}
	c.announce(s.out, a, access, at)

	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	stop() // a second signal ends the program at once
	log.Info("shutting down")
	a.Interrupt()
	return shutDown(context.WithoutCancel(ctx), servers)
}

func (c *serveCommand) logger(to io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(to, options))
	}
	return slog.New(slog.NewTextHandler(to, options))
}

// listeners are where a sandbox listens.
type listeners struct {
	plain   net.Listener
	tls     net.Listener // nil without HTTPS
	control net.Listener // nil if the control API is beside the others
}

func (c *serveCommand) listen(ctx context.Context) (all listeners, err error) {
	var config net.ListenConfig
	config.SetMultipathTCP(false) // to find out whether the system has it costs a start a millisecond
	for _, l := range []struct {
		at         *net.Listener
		flag, addr string
	}{{&all.plain, "--addr", c.Addr}, {&all.tls, "--tls-addr", c.TLSAddr}, {&all.control, "--control-addr", c.ControlAddr}} {
		if l.addr == "" && l.flag != "--addr" {
			continue
		}
		if *l.at, err = config.Listen(ctx, "tcp", l.addr); err != nil {
			return all, fmt.Errorf("%w; choose another address with %s", err, l.flag)
		}
	}
	return all, nil
}

// controlling are the listeners at which the control API is, the plain one first.
func (l listeners) controlling() []net.Listener {
	switch {
	case l.control != nil:
		return []net.Listener{l.control}
	case l.tls != nil:
		return []net.Listener{l.plain, l.tls}
	default:
		return []net.Listener{l.plain}
	}
}

func (l listeners) close() {
	for _, listener := range []net.Listener{l.plain, l.tls, l.control} {
		if listener != nil {
			_ = listener.Close()
		}
	}
}

// access is who may call the control API: on loopback anybody, elsewhere who has the token.
func (c *serveCommand) access(at []net.Listener) control.Access {
	loopback := !slices.ContainsFunc(at, func(l net.Listener) bool {
		tcp, ok := l.Addr().(*net.TCPAddr)
		return !ok || !tcp.IP.IsLoopback()
	})
	switch {
	case c.ControlToken == "none":
		return control.Access{AnyHost: !loopback}
	case c.ControlToken == "" && !loopback:
		return control.Access{Token: rand.Text()}
	default:
		return control.Access{Token: c.ControlToken}
	}
}

func (c *serveCommand) newServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      5*time.Minute + c.Delay, // for clients that do not read
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		// A body that waits for its turn must not fill its connection's window, for which those before it would wait. A
		// stream's cannot be smaller: clients may use so much before they are told.
		HTTP2:    &http.HTTP2Config{MaxConcurrentStreams: 60, MaxReceiveBufferPerStream: 64 << 10, MaxReceiveBufferPerConnection: 60 * 64 << 10},
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// announce prints where everything is, and last the line that says that the sandbox serves.
func (c *serveCommand) announce(to io.Writer, a *app.App, access control.Access, at listeners) {
	var text bytes.Buffer // since each write would wake who waits for the last line
	url, controlURL := urlOf(at.plain.Addr().String()), urlOf(at.controlling()[0].Addr().String())+control.Root
	for _, api := range a.APIs {
		fmt.Fprintf(&text, "%-12s %s%s  token %s", api.Name, url, api.Base, api.Credentials[0].Secret)
		for _, other := range api.Credentials {
			if other.In != "" && other.In != gate.Password { // the first secret that goes beside the token
				fmt.Fprintf(&text, "  %s %s", other.In, other.Secret)
				break
			}
		}
		fmt.Fprintln(&text)
	}
	if at.tls != nil {
		fmt.Fprintf(&text, "%-12s https%s  CA %s/ca.pem\n", "https", strings.TrimPrefix(urlOf(at.tls.Addr().String()), "http"), controlURL)
	}
	fmt.Fprintf(&text, "%-12s %s", "control", controlURL)
	if access.Token != "" && c.ControlToken == "" {
		fmt.Fprintf(&text, "  token %s", access.Token)
	}
	fmt.Fprintf(&text, "\nsandbox ready on %s\n", url)
	_, _ = text.WriteTo(to)
}

func shutDown(ctx context.Context, servers map[net.Listener]*http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, drain)
	defer cancel()
	ended := make(chan error, len(servers))
	for _, server := range servers {
		go func() {
			err := server.Shutdown(ctx)
			if err != nil {
				err = errors.Join(fmt.Errorf("requests did not end within %s: %w", drain, err), server.Close())
			}
			ended <- err
		}()
	}
	var err error
	for range servers {
		err = errors.Join(err, <-ended)
	}
	return err
}
