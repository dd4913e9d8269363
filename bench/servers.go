package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// server is a program that serves, and how it is started.
type server struct {
	name    string
	command []string
	// address is where it listens, if it does not say so in a line with "ready on http://ADDRESS".
	address string
	first   exchange // what it is asked first
}

// process is a server that runs.
type process struct {
	address string
	pid     int
	took    time.Duration // from its start to its first answer
	answer  []byte        // the body of that
	stop    func()
}

const longestStart = time.Minute

// start starts a server, and waits for its first answer.
func (h *harness) start(ctx context.Context, s server) (*process, error) {
	ctx, cancel := context.WithCancel(ctx)
	command := exec.CommandContext(ctx, s.command[0], s.command[1:]...)
	log, err := os.CreateTemp(h.dir, "log-*")
	if err != nil {
		cancel()
		return nil, err
	}
	command.Stderr = log
	out, err := command.StdoutPipe()
	begun := time.Now()
	if err = errors.Join(err, command.Start()); err != nil {
		cancel()
		return nil, errors.Join(err, log.Close())
	}
	p := &process{address: s.address, pid: command.Process.Pid, stop: func() {
		cancel()
		_ = command.Wait() // it says that it was killed
		_ = log.Close()
	}}
	if err := p.await(ctx, s, out, begun); err != nil {
		p.stop()
		said, _ := os.ReadFile(log.Name())
		return nil, fmt.Errorf("%s: %w\n%s", s.name, err, said)
	}
	return p, nil
}

// await waits for a server's first answer.
func (p *process) await(ctx context.Context, s server, out io.Reader, begun time.Time) (err error) {
	lines := bufio.NewReader(out)
	for p.address == "" {
		line, err := lines.ReadString('\n')
		if err != nil {
			return fmt.Errorf("it did not get ready: %w", err)
		}
		_, address, _ := strings.Cut(line, "ready on http://")
		p.address = strings.TrimSpace(address)
	}
	ended := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, lines)
		close(ended)
	}()
	for {
		p.answer, err = ask(ctx, p.address, s.first)
		if err == nil {
			p.took = time.Since(begun)
			return nil
		}
		if s.address == "" || time.Since(begun) > longestStart {
			return err
		}
		select {
		case <-ended:
			return errors.New("it ended without an answer")
		case <-time.After(time.Millisecond):
		}
	}
}

// ask sends one request over a connection of its own, and returns the answer's body.
func ask(ctx context.Context, address string, e exchange) ([]byte, error) {
	c, err := dial(ctx, address)
	if err != nil {
		return nil, err
	}
	defer c.close()
	_ = c.conn.SetDeadline(time.Now().Add(longestStart))
	request, want := newSender(script{e}, 0).request()
	if _, err := c.conn.Write(request); err != nil {
		return nil, err
	}
	var body bytes.Buffer
	got, _, err := readAnswer(c.in, &body)
	if err == nil && got != want {
		err = fmt.Errorf("status %d instead of %d: %s", got, want, body.Bytes())
	}
	return body.Bytes(), err
}

// sandbox is the program itself, as a release has it. Its limits are off, since a partner that takes five requests a second
// is not to be measured; the journal is on, as everywhere.
func (h *harness) sandbox(db string, flags ...string) server {
	if db != ":memory:" {
		db = filepath.Join(h.dir, db)
	}
	command := append([]string{h.program, "--addr=127.0.0.1:0", "--log-level=warn", "--limits=off", "--db=" + db}, flags...)
	return server{name: "sandbox", command: command, first: getClient}
}

// baseline is this program as a server to compare with, in a process of its own like the sandbox.
func (h *harness) baseline(first exchange, arguments ...string) server {
	return server{name: arguments[0], command: append([]string{h.self, "baseline"}, arguments...), first: first}
}

// build builds what is measured, as a release is built.
func (h *harness) build(ctx context.Context) error {
	h.program, h.bare = filepath.Join(h.dir, "sandbox"), filepath.Join(h.dir, "bare")
	for binary, pkg := range map[string]string{h.program: "./cmd/sandbox", h.bare: "./bench/testdata/bare"} {
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, pkg)
		build.Dir = h.root
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", pkg, err, out)
		}
	}
	return nil
}

// freeAddress is one that nobody listens at, for a server that must be told one.
func freeAddress(ctx context.Context) (string, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
