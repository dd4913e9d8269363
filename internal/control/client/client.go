// Package client calls the control API of a running sandbox. Its methods take and return the control API's own types, so
// that the two cannot drift. It prints nothing: its errors say what to do.
//
// client.go is how a call is made, and the other files are the calls.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-0f456478/sandbox/internal/control"
)

// Client calls the control API of one sandbox.
type Client struct {
	URL   string       // where the sandbox is, like http://127.0.0.1:8080, with or without the control API's root behind it
	Token string       // the control token, where one is needed
	HTTP  *http.Client // nil for http.DefaultClient
}

// ErrNotRunning says that nothing answers at the URL.
var ErrNotRunning = errors.New("no sandbox answers")

// Error is a refusal by the control API.
type Error struct {
	Status int
	Detail string // what is wrong, and what to do
}

func (e *Error) Error() string { return e.Detail }

// content is a body that is no JSON of ours.
type content struct {
	mediaType string
	bytes     []byte
}

// path joins the segments of a path below the control API's root.
func path(segments ...string) string {
	escaped := control.Root
	for _, s := range segments {
		escaped += "/" + url.PathEscape(s)
	}
	return escaped
}

// with adds parameters to a path: those that are not empty.
func with(path string, parameters map[string]string) string {
	query := url.Values{}
	for name, value := range parameters {
		if value != "" {
			query.Set(name, value)
		}
	}
	return strings.TrimSuffix(path+"?"+query.Encode(), "?")
}

// ask is do for an answer of one type.
func ask[T any](ctx context.Context, c *Client, method, path string, in any) (answer T, err error) {
	err = c.do(ctx, method, path, in, &answer)
	return answer, err
}

// do sends in, which is nil for no body, and reads the answer into out, which is nil for none and a *[]byte for the bytes
// themselves.
func (c *Client) do(ctx context.Context, method, path string, in, out any) error {
	request, err := c.request(ctx, method, path, in)
	if err != nil {
		return err
	}
	response, err := c.send(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := c.read(response)
	if err != nil {
		return err
	}
	switch out := out.(type) {
	case nil:
		return nil
	case *[]byte:
		*out = answer
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(answer))
	decoder.UseNumber() // a violation's value keeps its digits
	if err := decoder.Decode(out); err != nil {
		return fmt.Errorf("what answers at %s is no sandbox, or one of another version: %w", c.URL, err)
	}
	return nil
}

// send sends a request. Its error is the refusal, if the answer is one.
func (c *Client) send(request *http.Request) (*http.Response, error) {
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, c.unanswered(err)
	}
	if response.StatusCode < http.StatusBadRequest {
		return response, nil
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := c.read(response)
	if err != nil {
		return nil, err
	}
	return nil, c.refusal(response, answer)
}

func (c *Client) read(response *http.Response) ([]byte, error) {
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("the answer of %s ended early: %w", c.URL, err)
	}
	return answer, nil
}

func (c *Client) request(ctx context.Context, method, path string, in any) (*http.Request, error) {
	if strings.Contains(path, "//") || strings.HasSuffix(path, "/") {
		return nil, errors.New("a name is empty: say which is meant")
	}
	body, is := in.(content)
	if in != nil && !is {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = content{"application/json", text}
	}
	base := strings.TrimSuffix(strings.TrimSuffix(c.URL, "/"), control.Root)
	request, err := http.NewRequestWithContext(ctx, method, base+path, bytes.NewReader(body.bytes))
	if err != nil {
		return nil, err
	}
	if body.mediaType != "" {
		request.Header.Set("Content-Type", body.mediaType)
	}
	if c.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.Token)
	}
	return request, nil
}

// unanswered is the error for a call that got no answer.
func (c *Client) unanswered(err error) error {
	if outer := (*url.Error)(nil); errors.As(err, &outer) {
		err = outer.Err // without the method and the path
	}
	if failed := (*net.OpError)(nil); errors.As(err, &failed) && failed.Op == "dial" {
		return fmt.Errorf("%w at %s: start one with sandbox serve, or say with --url or SANDBOX_URL where it is (%w)", ErrNotRunning, c.URL, err)
	}
	return fmt.Errorf("the call of %s got no answer: %w", c.URL, err)
}

// refusal is the error that an answer tells of.
func (c *Client) refusal(response *http.Response, body []byte) error {
	var problem struct {
		Detail string
		Errors []struct {
			Message, Location string
			Value             any
		}
	}
	if err := json.Unmarshal(body, &problem); err != nil || problem.Detail == "" {
		return &Error{response.StatusCode, fmt.Sprintf("what answers at %s is no control API (%s): it may be another program, or the control API may be at another address, as --control-addr says", c.URL, response.Status)}
	}
	detail := problem.Detail
	for _, e := range problem.Errors {
		if response.StatusCode == http.StatusRequestTimeout { // requests that came and do not fit
			detail += fmt.Sprintf("\n%v %s: %s", e.Value, e.Location, e.Message)
			continue
		}
		detail += "; " + strings.TrimPrefix(e.Location+": "+e.Message, ": ")
	}
	return &Error{response.StatusCode, detail}
}
