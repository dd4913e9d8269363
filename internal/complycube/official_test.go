package complycube_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

// official is the partner's own client for Node.js, which talks to a sandbox that listens.
type official struct {
	calls   *json.Encoder
	answers *bufio.Scanner
}

// outcome is what a call returned, or the error that the client made of the answer.
type outcome struct {
	Value json.RawMessage
	Error *struct {
		Name, Message, Type, Param string
		StatusCode                 int
		ResponseBody               json.RawMessage
		IsClientError              bool
	}
}

// needClient skips the test where the client cannot run, unless everything is required.
func needClient(t *testing.T) {
	t.Helper()
	missing := ""
	if _, err := exec.LookPath("node"); err != nil {
		missing = "Node.js (Debian's package nodejs)"
	} else if _, err := os.Stat(filepath.Join("testdata", "client", "node_modules", "@complycube", "api")); err != nil {
		missing = "the partner's client: npm ci in internal/complycube/testdata/client"
	}
	switch {
	case missing == "":
	case os.Getenv("SANDBOX_REQUIRE") == "all":
		t.Fatal("this test needs " + missing)
	default:
		t.Skip("this test needs " + missing)
	}
}

// newOfficial starts the client against a sandbox, at a base URL below it.
func newOfficial(t *testing.T, s *apptest.Sandbox, base string) *official {
	t.Helper()
	needClient(t)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	node := exec.CommandContext(t.Context(), "node", "drive.js", server.URL+base)
	node.Dir = filepath.Join("testdata", "client")
	node.Stderr = &strings.Builder{}
	in, err := node.StdinPipe()
	require.NoError(t, err)
	out, err := node.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, node.Start())
	t.Cleanup(func() {
		assert.NoError(t, in.Close())
		_, err := io.Copy(io.Discard, out)
		assert.NoError(t, err)
		_ = node.Wait() // the test's context may have ended it
		assert.Empty(t, node.Stderr.(*strings.Builder).String())
	})
	answers := bufio.NewScanner(out)
	answers.Buffer(nil, 1<<20)
	return &official{json.NewEncoder(in), answers}
}

// call calls a method of the client's clients.
func (o *official) call(t *testing.T, apiKey, method string, args ...any) (result outcome) {
	t.Helper()
	require.NoError(t, o.calls.Encode(map[string]any{"apiKey": apiKey, "method": method, "args": append([]any{}, args...)}))
	require.True(t, o.answers.Scan(), "the client has ended: %v", o.answers.Err())
	require.NoError(t, json.Unmarshal(o.answers.Bytes(), &result))
	return result
}

// returned reads what a call returned.
func returned[T any](t *testing.T, o outcome) (value T) {
	t.Helper()
	require.Nil(t, o.Error)
	require.NoError(t, json.Unmarshal(o.Value, &value))
	return value
}

func TestOfficialClient(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "CC-1", "CC-20", "CC-30", "CC-31", "CC-32", "COM-4", "COM-10", "COM-11")
	o := newOfficial(t, unlimited(t), "/complycube/v1")
	const apiKey = "test_sandbox@official"
	type members = map[string]any

	created := returned[client](t, o.call(t, apiKey, "create", members{
		"type": "person", "email": "eva@example.com", "mobile": "+598 99", "personDetails": members{"firstName": "Eva", "lastName": "Sosa"}, "metadata": members{"a": "1"},
	}))
	assert.Regexp(t, "^[0-9a-f]{24}$", created.ID)
	assert.Equal(t, created, returned[client](t, o.call(t, apiKey, "get", created.ID)))

	updated := returned[client](t, o.call(t, apiKey, "update", created.ID, members{"mobile": nil, "personDetails": members{"dob": "1990-01-31"}}))
	assert.Equal(t, map[string]string{"firstName": "Eva", "lastName": "Sosa", "dob": "1990-01-31"}, updated.PersonDetails)
	assert.Equal(t, []string{"", "1", "eva@example.com"}, []string{updated.Mobile, updated.Metadata["a"], updated.Email})

	var listed []string
	for page := 1; ; page++ {
		items := returned[[]client](t, o.call(t, apiKey, "list", members{"page": page, "pageSize": 20}))
		listed = append(listed, ids(items)...)
		if len(items) < 20 {
			break
		}
	}
	assert.Len(t, listed, 46)
	assert.Equal(t, []string{created.ID, jane}, []string{listed[0], listed[45]})
	assert.Len(t, returned[[]client](t, o.call(t, apiKey, "list")), 46)

	deleted := o.call(t, apiKey, "delete", created.ID)
	assert.Nil(t, deleted.Error)
	assert.Empty(t, deleted.Value)
	assert.Equal(t, 404, o.call(t, apiKey, "get", created.ID).Error.StatusCode)
	assert.Len(t, returned[[]client](t, o.call(t, "live_sandbox@official", "list")), 1)
}

// Every answer that the client makes its own error of, with all that it reads from it.
func TestOfficialClientErrors(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "CC-3", "CC-4", "CC-22", "CC-40", "CC-41", "CC-42", "CC-43")
	s := apptest.New(t, app.Options{Clock: "2027-03-01T00:00:00Z!"})
	o := newOfficial(t, s, "/w/errors/complycube/v1")
	type members = map[string]any
	person := members{"firstName": "Eva", "lastName": "Sosa"}
	failed := func(status int, kind, message, param string, result outcome) {
		t.Helper()
		require.NotNil(t, result.Error, string(result.Value))
		assert.Equal(t, "ComplyCubeApiError", result.Error.Name)
		assert.Equal(t, []any{status, kind, param, status < 500}, []any{result.Error.StatusCode, result.Error.Type, result.Error.Param, result.Error.IsClientError})
		assert.Equal(t, message, result.Error.Message[:strings.LastIndex(result.Error.Message, " (status code")])
		assert.True(t, strings.HasPrefix(string(result.Error.ResponseBody), "{"), "an object: %s", result.Error.ResponseBody)
	}
	const unauthorized = "The 'Authorization' header is invalid"
	failed(401, "unauthorized", unauthorized, "", o.call(t, "nobody", "get", jane))
	failed(401, "unauthorized", unauthorized, "", o.call(t, "test_expired", "list"))
	failed(401, "unauthorized", unauthorized, "", o.call(t, "live_production", "create", members{}))

	failed(400, "invalid_request", "'type' must be provided", "type", o.call(t, "test_sandbox", "create", members{}))
	failed(400, "invalid_request", "'dob' should match format \"date\"", "personDetails.dob",
		o.call(t, "test_sandbox", "create", members{"type": "person", "email": "eva@example.com", "personDetails": members{"firstName": "E", "lastName": "S", "dob": "31-01-1990"}}))
	failed(400, "invalid_request", "'type' cannot be amended", "type", o.call(t, "test_sandbox", "update", jane, members{"type": "company"}))
	failed(400, "invalid_request", "'pageSize' should be <= 1000", "pageSize", o.call(t, "test_sandbox", "list", members{"pageSize": 1001}))
	failed(404, "resource_not_found", "Invalid client id '123456789'", "", o.call(t, "test_sandbox", "get", "123456789"))

	const limited = "You have exceeded the rate limit prescribed to your plan"
	failed(429, "rate_limit_exceeded", limited, "", o.call(t, "test_sandbox", "get", jane))
	failed(429, "rate_limit_exceeded", limited, "", o.call(t, "test_sandbox", "create", members{"type": "person", "email": "eva@example.com", "personDetails": person}))
	require.Equal(t, 200, s.Do(t, "POST", "/_sandbox/workspaces/errors/clock/advance", `{"by":"1s"}`, local).Status)
	failed(404, "resource_not_found", "Invalid client id 'a/b'", "", o.call(t, "test_sandbox", "update", "a%2Fb", members{}))
	failed(404, "resource_not_found", "The requested resource does not exist", "", o.call(t, "test_sandbox", "delete", "a/b"))
	failed(404, "resource_not_found", "Invalid client id '"+jane+"'", "", o.call(t, "live_sandbox", "delete", jane))
	for range 4 {
		assert.Nil(t, o.call(t, "test_sandbox", "get", jane).Error)
	}
	failed(429, "rate_limit_exceeded", limited, "", o.call(t, "test_sandbox", "list"))

	require.Equal(t, 201, s.Do(t, "POST", "/_sandbox/workspaces/errors/faults", `{"on":"complycube","kind":"error","error":"no_access","times":1}`, local).Status)
	failed(403, "unauthorized", "Your current plan does not include access to this service", "", o.call(t, "live_sandbox", "list"))
	require.NoError(t, s.Close(t.Context()))
	failed(500, "internal_server_error", "An error has occurred, try your request again. If you still keep getting this error, please get in touch with Support.", "",
		o.call(t, "live_sandbox", "get", jane))
}
