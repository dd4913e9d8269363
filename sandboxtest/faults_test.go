package sandboxtest_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/sandboxtest"
)

// Without a network, connections break as on one.
func TestFaults(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Workspace(t)
	const on = "cobrofacil.createClient"
	closed := sb.Arm(sandboxtest.Fault{On: on, Kind: sandboxtest.Close, Times: 1})
	_, _, err := create(t, sb)
	require.ErrorIs(t, err, io.EOF)
	assert.Equal(t, 1, closed.Hits())

	lost := sb.Arm(sandboxtest.Fault{On: on, Kind: sandboxtest.Lost, Times: 1, After: 0})
	_, _, err = create(t, sb)
	require.ErrorIs(t, err, io.EOF)
	assert.Equal(t, 1, lost.Hits())
	request := sb.Requests().Fault(sandboxtest.Lost).One()
	assert.True(t, request.Lost)
	assert.Equal(t, 201, request.Status, "it was done")
	assert.Contains(t, request.AnswerBody, "Eva")

	sb.Arm(sandboxtest.Fault{On: "cobrofacil", Kind: sandboxtest.Truncate, Parameters: map[string]string{"client_id": "eva"}})
	api := sb.API("cobrofacil")
	status, half, err := do(t, sb.Client(), "GET", api.URL+"/api/v1/clients/eva", "", "Authorization: Bearer "+api.Token)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Equal(t, 200, status)
	assert.Contains(t, half, `{"data"`)

	sb.Reset()
	sb.Arm(sandboxtest.Fault{On: on, Kind: sandboxtest.Error, Error: "server_error"})
	status, body, err := create(t, sb)
	require.NoError(t, err)
	assert.Equal(t, 500, status, body)
}

func TestHold(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Workspace(t)
	held := sb.Arm(sandboxtest.Fault{On: "cobrofacil.createClient", Kind: sandboxtest.Hold})
	answered := make(chan int)
	begin := func() {
		status, _, _ := create(t, sb)
		answered <- status
	}
	go begin()
	held.WaitHeld(1, 20*time.Second)
	assert.Equal(t, 1, held.Release())
	assert.Equal(t, 201, <-answered)
	go begin()
	held.WaitHeld(1, 20*time.Second)
	held.Remove()
	assert.NotZero(t, <-answered)
}

// A test that leaves a request held ends all the same.
func TestTheEndReleases(t *testing.T) {
	t.Parallel()
	for _, begin := range []func(sandboxtest.TB, ...sandboxtest.Option) *sandboxtest.Sandbox{sandboxtest.Start, sandboxtest.Workspace} {
		answered := make(chan error)
		ended := run(func(fake *test) {
			sb := begin(fake)
			held := sb.Arm(sandboxtest.Fault{On: "cobrofacil", Kind: sandboxtest.Hold})
			go func() {
				_, _, err := create(t, sb)
				answered <- err
			}()
			held.WaitHeld(1, 20*time.Second)
		})
		assert.Empty(t, ended.said)
		assert.Error(t, <-answered)
	}
}

func TestWrongFaults(t *testing.T) {
	t.Parallel()
	for want, body := range map[string]func(*sandboxtest.Sandbox){
		`on: no API or operation is called "kobra.imports"; the nearest are kobra.import`: func(sb *sandboxtest.Sandbox) {
			sb.Arm(sandboxtest.Fault{On: "kobra.imports", Kind: sandboxtest.Lost})
		},
		"the fault is not armed any more": func(sb *sandboxtest.Sandbox) {
			f := sb.Arm(sandboxtest.Fault{On: "kobra", Kind: sandboxtest.Lost})
			f.Remove()
			f.Hits()
		},
		"0 of 1 requests were held within 1ns": func(sb *sandboxtest.Sandbox) {
			sb.Arm(sandboxtest.Fault{On: "kobra", Kind: sandboxtest.Hold}).WaitHeld(1, 1)
		},
	} {
		ended := run(func(fake *test) { body(sandboxtest.Workspace(fake)) })
		assert.True(t, ended.failed)
		assert.Contains(t, strings.Join(ended.said, "\n"), want)
	}
}
