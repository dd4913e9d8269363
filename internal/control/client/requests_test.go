package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/control/client"
	"github.com/seed-0f456478/sandbox/internal/gate"
)

// get asks the sandbox for a client of Cobrofácil, and returns the request's id.
func get(t *testing.T, c *client.Client, id string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", c.URL+"/cobrofacil/api/v1/clients/"+id, nil)
	if !assert.NoError(t, err) {
		return ""
	}
	r.Header.Set("Authorization", "Bearer sandbox-cobrofacil-token")
	response, err := http.DefaultClient.Do(r)
	if !assert.NoError(t, err) {
		return ""
	}
	assert.NoError(t, response.Body.Close())
	return response.Header.Get("X-Sandbox-Request-Id")
}

func TestFaults(t *testing.T) {
	t.Parallel()
	c, ctx := newClient(t, app.Options{}), t.Context()
	asked := control.NewFault{ID: "held", FaultSpec: gate.FaultSpec{On: "cobrofacil.getClient", Kind: gate.FaultHold, Times: 1, Parameters: map[string]string{"client_id": "client-200"}}}
	armed, err := c.ArmFault(ctx, "default", asked)
	require.NoError(t, err)
	assert.Equal(t, gate.Armed{Fault: gate.Fault{ID: "held", FaultSpec: asked.FaultSpec}}, armed)

	answered := make(chan bool)
	go func() {
		defer close(answered)
		get(t, c, "client-200")
	}()
	require.Eventually(t, func() bool {
		all, err := c.Faults(ctx, "default")
		return err == nil && len(all) == 1 && all[0].Held == 1
	}, 20*time.Second, time.Millisecond)
	released, err := c.ReleaseFault(ctx, "default", "held")
	require.NoError(t, err)
	assert.Equal(t, control.Released{Released: 1}, released)
	<-answered

	other, err := c.ArmFault(ctx, "default", control.NewFault{FaultSpec: gate.FaultSpec{On: "kobra", Kind: gate.FaultLost}})
	require.NoError(t, err)
	require.NoError(t, c.RemoveFault(ctx, "default", "held"))
	all, err := c.Faults(ctx, "default")
	require.NoError(t, err)
	assert.Equal(t, []gate.Armed{other}, all)
	require.NoError(t, c.ClearFaults(ctx, "default"))
	all, err = c.Faults(ctx, "default")
	require.NoError(t, err)
	assert.Empty(t, all)
}

func TestRequests(t *testing.T) {
	t.Parallel()
	c, ctx := newClient(t, app.Options{}), t.Context()
	first, second := get(t, c, "client-200"), get(t, c, "client-201")
	ids := func(search string, l client.List) (all []string) {
		found, err := c.Requests(ctx, "default", search, l)
		require.NoError(t, err)
		for _, e := range found {
			all = append(all, e.ID)
		}
		return all
	}
	assert.Equal(t, []string{second, first}, ids("", client.List{}))
	assert.Equal(t, []string{second}, ids("", client.List{Limit: 1}))
	assert.Equal(t, []string{first}, ids("status:200 client-200", client.List{}))
	assert.Equal(t, []string{second, first}, ids("", client.List{Wait: time.Second, Count: 2}))

	_, err := c.Requests(ctx, "default", "status:>=400", client.List{Wait: time.Millisecond, Count: 2})
	assert.EqualError(t, err, "1 of 2 requests came within 1ms that fit; the nearest misses follow.\n"+first+" cobrofacil.getClient: status:>=400: it is 200")

	explained, err := c.Request(ctx, "default", second)
	require.NoError(t, err)
	require.Len(t, explained.Violations, 1)
	assert.Equal(t, "client-201", explained.Violations[0].Value)
	assert.Contains(t, explained.Violations[0].Nearest, "client-200")
	again, err := c.ReplayRequest(ctx, "default", second)
	require.NoError(t, err)
	assert.NotEqual(t, second, again.ID)
	assert.Equal(t, 404, again.Response.Status)

	har, err := c.ExportHAR(ctx, "default", "status:200")
	require.NoError(t, err)
	assert.Contains(t, string(har), first)
	assert.NotContains(t, string(har), second)
	script, err := c.ExportCurl(ctx, "default", "status:200")
	require.NoError(t, err)
	assert.Regexp(t, `^curl .*/client-200'.*\n$`, string(script))

	require.NoError(t, c.ClearRequests(ctx, "default"))
	assert.Empty(t, ids("", client.List{}))
}

func TestFollowRequests(t *testing.T) {
	t.Parallel()
	c := newClient(t, app.Options{})
	ctx, end := context.WithCancel(t.Context())
	defer end()
	got, ended := make(chan *gate.Entry, 1000), make(chan error, 1)
	go func() {
		ended <- c.FollowRequests(ctx, "default", "status:404", func(e *gate.Entry) error {
			got <- e
			return nil
		})
	}()
	require.Eventually(t, func() bool { // until it listens
		get(t, c, "client-200")
		get(t, c, "none")
		return len(got) > 0
	}, 20*time.Second, time.Millisecond)
	e := <-got
	assert.Equal(t, 404, e.Response.Status)
	assert.Equal(t, "/cobrofacil/api/v1/clients/none", e.Request.URL)
	end()
	assert.NoError(t, <-ended, "it was to end")
}

// What is cut off goes on behind the last answer, until the sandbox refuses it.
func TestFollowRequestsGoesOn(t *testing.T) {
	t.Parallel()
	long, err := json.Marshal(gate.Entry{ID: "r-2", State: gate.Answered, Failure: string(make([]byte, 1<<20))})
	require.NoError(t, err)
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.RawQuery+" "+r.Header.Get("Last-Event-ID"))
		switch len(asked) {
		case 1:
			_, _ = io.WriteString(w, "id: r-1\nevent: answered\ndata: {\"id\":\"r-1\"}\n\nevent: cleared\ndata: {}\n\n: nothing new\n\nevent: arrived\ndata: {\"id\":\"r-2\"}\n\nid: r-9\nevent: answ")
		case 2:
			w.WriteHeader(http.StatusServiceUnavailable) // it may do better the next time
			_, _ = io.WriteString(w, `{"detail":"too many listen"}`)
		case 3:
			panic(http.ErrAbortHandler)
		case 4:
			_, _ = w.Write([]byte("id: r-2\nevent: answered\ndata: " + string(long) + "\n\n"))
		default:
			w.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(w, `{"detail":"the journal is off"}`)
		}
	}))
	defer server.Close()
	var got []string
	each := func(e *gate.Entry) error {
		got = append(got, e.ID+" "+e.State)
		return nil
	}
	err = (&client.Client{URL: server.URL}).FollowRequests(t.Context(), "default", "a:b", each)
	require.EqualError(t, err, "the journal is off")
	assert.Equal(t, []string{"r-1 ", "r-2 ", "r-2 answered"}, got)
	assert.Equal(t, []string{"q=a%3Ab ", "q=a%3Ab r-1", "q=a%3Ab r-1", "q=a%3Ab r-1", "q=a%3Ab r-2"}, asked)

	asked = nil
	broken := errors.New("nobody reads")
	err = (&client.Client{URL: server.URL}).FollowRequests(t.Context(), "default", "", func(*gate.Entry) error { return broken })
	assert.ErrorIs(t, err, broken)
}

func TestFollowRequestsOfNoSandbox(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "data: <html>\n\n") }))
	err := (&client.Client{URL: server.URL}).FollowRequests(t.Context(), "default", "", nil)
	assert.ErrorContains(t, err, "is no sandbox, or one of another version")
	server.Close()
	err = (&client.Client{URL: server.URL}).FollowRequests(t.Context(), "default", "", nil)
	assert.ErrorIs(t, err, client.ErrNotRunning)
}
