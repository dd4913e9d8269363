package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/seed-0f456478/sandbox/internal/gate"
)

// How a stream that was cut off is taken up again.
const (
	attempts = 10
	pause    = 500 * time.Millisecond // before each
)

// FollowRequests calls each for every request of a workspace that a search fits, as it arrives and as it is answered,
// until the context ends, which is no error, or each fails. Where it is cut off it goes on behind the last answer it has.
func (c *Client) FollowRequests(ctx context.Context, workspace, search string, each func(*gate.Entry) error) error {
	s := stream{Client: c, path: with(in(workspace, "requests", "stream"), map[string]string{"q": search}), each: each}
	err := s.connect(ctx)
	for err == nil {
		if err = s.read(); err == nil && ctx.Err() == nil {
			err = s.reconnect(ctx)
		}
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was to end
		}
	}
	return err
}

// stream is a live journal, over one connection after the other.
type stream struct {
	*Client
	path     string
	each     func(*gate.Entry) error
	response *http.Response
	last     string // the id of the last event that had one
}

func (s *stream) connect(ctx context.Context) error {
	request, err := s.request(ctx, http.MethodGet, s.path, nil)
	if err != nil {
		return err
	}
	if s.last != "" {
		request.Header.Set("Last-Event-ID", s.last)
	}
	s.response, err = s.send(request) //nolint:bodyclose // read closes it
	return err
}

// reconnect connects again, unless the sandbox refuses it or does not come back.
func (s *stream) reconnect(ctx context.Context) (err error) {
	for range attempts {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		err = s.connect(ctx)
		if refusal := (*Error)(nil); err == nil || errors.As(err, &refusal) && refusal.Status < http.StatusInternalServerError {
			return err
		}
	}
	return err
}

// read reads events until it is cut off, which is no error.
func (s *stream) read() error {
	defer func() { _ = s.response.Body.Close() }()
	lines := bufio.NewReader(s.response.Body) // an entry can be long, so that no scanner will do
	var id, data []byte
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return nil //nolint:nilerr // it is cut off, by either side
		}
		name, value, _ := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(": "))
		switch string(name) {
		case "id":
			id = value
		case "data":
			data = value
		case "":
			if err := s.take(data); err != nil {
				return err
			}
			if id != nil {
				s.last = string(id)
			}
			id, data = nil, nil
		}
	}
}

// take passes an event on. One without an entry says that the journal was cleared.
func (s *stream) take(data []byte) error {
	if data == nil {
		return nil
	}
	var e gate.Entry
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&e); err != nil {
		return fmt.Errorf("what answers at %s is no sandbox, or one of another version: %w", s.URL, err)
	}
	if e.ID == "" {
		return nil
	}
	return s.each(&e)
}
