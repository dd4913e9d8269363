package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/seed-0f456478/sandbox/internal/control/client"
)

// connection is what every command has that talks to a running sandbox.
type connection struct {
	URL          string `env:"SANDBOX_URL" placeholder:"URL" help:"The sandbox to talk to; by default the one that SANDBOX_ADDR describes, on this machine, or http://127.0.0.1:8080."`
	ControlToken string `env:"SANDBOX_CONTROL_TOKEN" placeholder:"TOKEN" help:"The control token, where the sandbox wants one."`
	Addr         string `default:"127.0.0.1:8080" hidden:""`
	ControlAddr  string `hidden:""`
}

// Validate refuses a URL that is none; kong calls it.
func (c *connection) Validate() error { return checkURL(c.URL) }

func checkURL(given string) error {
	if given == "" {
		return nil
	}
	if at, err := url.Parse(given); err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
		return fmt.Errorf("--url is %q: it must be like http://127.0.0.1:8080", given)
	}
	return nil
}

func (c *connection) client() *client.Client {
	return &client.Client{URL: cmp.Or(c.URL, urlOf(cmp.Or(c.ControlAddr, c.Addr))), Token: c.ControlToken}
}

// urlOf is where a sandbox that listens on addr is reached from its own machine.
func urlOf(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "http://" + addr
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// inWorkspace is what every command has that is about one workspace.
type inWorkspace struct {
	connection
	Workspace string `env:"SANDBOX_WORKSPACE" default:"default" help:"The workspace that it is about."`
}

// output is what every command has that shows something.
type output struct {
	JSON bool `env:"-" help:"Print what the control API answers, as JSON."`
}

// show prints what a call has answered, as JSON or in rows of columns, or returns why it failed.
func show[T any](s streams, o output, rows func(T) [][]string) func(T, error) error {
	return func(answer T, err error) error {
		if err != nil {
			return err
		}
		if !o.JSON {
			return table(s.out, rows(answer))
		}
		e := json.NewEncoder(s.out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(answer)
	}
}

// table prints rows in columns; a row without cells begins another table.
func table(to io.Writer, rows [][]string) error {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, text := range row {
			cells[i] = printable(text)
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	_ = w.Flush() // into memory
	for line := range strings.Lines(text.String()) {
		if _, err := fmt.Fprintln(to, strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}

// printable is a text without what would break its row or command the terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// moment is a time as tables show it.
func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// readInput reads a file, or standard input if its name is -.
func readInput(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(name)
}
