package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// exchange is a request, and the status that its answer must have. serial stands in it for a number that no other request
// of the run has.
type exchange struct {
	request string
	status  int
}

const serial = "#########"

// script is the requests that a client sends in turn, again and again.
type script []exchange

// sample is what one round gave.
type sample struct {
	requests int
	rate     float64       // requests a second
	p50, p99 time.Duration // of an answer
	cpu      time.Duration // of the server, for a request; 0 where that is not known
}

var serials atomic.Int64

// load sends the script over so many connections for so long. Each sends its next request when it has its answer.
func load(ctx context.Context, address string, s script, connections int, lasts time.Duration) (sample, error) {
	took := make([][]time.Duration, connections)
	failed := make([]error, connections)
	clients := make([]*client, connections)
	for i := range clients {
		var err error
		if clients[i], err = dial(ctx, address); err != nil {
			return sample{}, err
		}
		defer clients[i].close()
	}
	var wait sync.WaitGroup
	begun := time.Now()
	for i, c := range clients {
		wait.Go(func() { took[i], failed[i] = c.repeat(ctx, newSender(s, i), begun.Add(lasts)) })
	}
	wait.Wait()
	elapsed := time.Since(begun)
	return newSample(slices.Concat(took...), elapsed), first(failed)
}

// repeat sends the script's requests until so many are answered.
func repeat(ctx context.Context, address string, s script, n int) error {
	const connections = 64
	var left atomic.Int64
	left.Store(int64(n))
	failed := make([]error, connections)
	var wait sync.WaitGroup
	for i := range connections {
		wait.Go(func() {
			c, err := dial(ctx, address)
			if err != nil {
				failed[i] = err
				return
			}
			defer c.close()
			for from := newSender(s, i); failed[i] == nil && left.Add(-1) >= 0; {
				request, status := from.request()
				failed[i] = c.do(ctx, request, status)
			}
		})
	}
	wait.Wait()
	return first(failed)
}

// first is the first error that there is: a hundred connections have the same.
func first(all []error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

func newSample(took []time.Duration, elapsed time.Duration) sample {
	if len(took) == 0 {
		return sample{}
	}
	slices.Sort(took)
	return sample{requests: len(took), rate: float64(len(took)) / elapsed.Seconds(), p50: took[len(took)/2], p99: took[len(took)*99/100]}
}

// sender makes a script's requests: as cheaply as it can be done, since the client shares the machine with the server.
type sender struct {
	next     int
	requests [][]byte
	serials  []int // where a request has its number, or -1
	statuses []int
}

func newSender(s script, first int) *sender {
	all := &sender{next: first}
	for _, e := range s {
		all.requests = append(all.requests, []byte(e.request))
		all.serials = append(all.serials, bytes.Index([]byte(e.request), []byte(serial)))
		all.statuses = append(all.statuses, e.status)
	}
	return all
}

func (s *sender) request() (request []byte, status int) {
	i := s.next % len(s.requests)
	s.next++
	if at := s.serials[i]; at >= 0 {
		digits := s.requests[i][at : at+len(serial)]
		n := serials.Add(1)
		for d := len(digits) - 1; d >= 0; d-- {
			digits[d] = byte('0' + n%10)
			n /= 10
		}
	}
	return s.requests[i], s.statuses[i]
}

// client is one connection.
type client struct {
	address string
	conn    net.Conn
	in      *bufio.Reader
}

func dial(ctx context.Context, address string) (*client, error) {
	c := &client{address: address, in: bufio.NewReaderSize(nil, 16<<10)}
	return c, c.redial(ctx)
}

func (c *client) redial(ctx context.Context) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", c.address)
	if err != nil {
		return err
	}
	c.conn = conn
	c.in.Reset(conn)
	return nil
}

func (c *client) close() { _ = c.conn.Close() }

func (c *client) repeat(ctx context.Context, s *sender, until time.Time) (took []time.Duration, err error) {
	_ = c.conn.SetDeadline(until.Add(time.Minute))
	for begun := time.Now(); begun.Before(until); {
		request, status := s.request()
		if err := c.do(ctx, request, status); err != nil {
			return took, err
		}
		ended := time.Now()
		took = append(took, ended.Sub(begun))
		begun = ended
	}
	return took, nil
}

// do sends a request and reads its answer. It sends it once more where the connection is gone, as Node.js closes those of
// which it has heard nothing for five seconds, even if it was busy itself.
func (c *client) do(ctx context.Context, request []byte, status int) error {
	err := c.try(ctx, request, status)
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) {
		c.close()
		if err = c.redial(ctx); err == nil {
			err = c.try(ctx, request, status)
		}
	}
	return err
}

func (c *client) try(ctx context.Context, request []byte, status int) error {
	if _, err := c.conn.Write(request); err != nil {
		return err
	}
	got, last, err := readAnswer(c.in, nil)
	if err == nil && got != status {
		err = fmt.Errorf("status %d instead of %d to %.300q", got, status, request)
	}
	if err == nil && last {
		c.close()
		err = c.redial(ctx)
	}
	return err
}

// readAnswer reads an answer, and keeps its body if keep is not nil. It says whether the server closes the connection then.
func readAnswer(in *bufio.Reader, keep *bytes.Buffer) (status int, last bool, err error) {
	length := 0
	chunked := false
	for first := true; ; first = false {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return 0, true, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if first {
			if len(line) < len("HTTP/1.1 200") {
				return 0, true, fmt.Errorf("%q is no answer", line)
			}
			if status, err = strconv.Atoi(string(line[9:12])); err != nil {
				return 0, true, err
			}
			continue
		}
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, true, err
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = true
		case bytes.EqualFold(name, []byte("Connection")):
			last = bytes.EqualFold(value, []byte("close"))
		}
	}
	if !chunked {
		return status, last, take(in, length, keep)
	}
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return status, true, err
		}
		size, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 32)
		if err != nil {
			return status, true, err
		}
		if err := take(in, int(size), keep); err != nil {
			return status, true, err
		}
		if _, err := in.Discard(len("\r\n")); err != nil || size == 0 {
			return status, last, err
		}
	}
}

func take(in *bufio.Reader, n int, keep *bytes.Buffer) error {
	if keep == nil {
		_, err := in.Discard(n)
		return err
	}
	for range n {
		b, err := in.ReadByte()
		if err != nil {
			return err
		}
		keep.WriteByte(b)
	}
	return nil
}
