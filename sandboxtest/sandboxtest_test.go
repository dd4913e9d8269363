package sandboxtest_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/sandboxtest"
)

const eva = `{"first_name":"Eva","last_name":"Sosa","phone_number":"+526640000000","external_reference":"eva"}`

// do sends a request and returns what was answered: status 0 for no whole answer.
func do(t *testing.T, c *http.Client, method, url, body string, headers ...string) (status int, answer string, err error) {
	t.Helper()
	return doWith(t.Context(), c, method, url, body, headers...)
}

func doWith(ctx context.Context, c *http.Client, method, url, body string, headers ...string) (status int, answer string, err error) {
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("Content-Type", "application/json")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	response, err := c.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// create creates Eva at Cobrofácil.
func create(t *testing.T, sb *sandboxtest.Sandbox) (int, string, error) {
	t.Helper()
	api := sb.API("cobrofacil")
	return do(t, sb.Client(), "POST", api.URL+"/api/v1/clients", eva, "Authorization: Bearer "+api.Token)
}

// A sandbox is reached over its port and without the network, by its URL and by a partner's name, and by nobody when the
// test has ended.
func TestStart(t *testing.T) {
	t.Parallel()
	var sb *sandboxtest.Sandbox
	ended := run(func(fake *test) {
		sb = sandboxtest.Start(fake)
		api := sb.API("cobrofacil")
		token := "Authorization: Bearer " + api.Token
		for _, c := range []*http.Client{{Transport: &http.Transport{DisableKeepAlives: true}}, sb.Client()} {
			status, body, err := do(t, c, "GET", api.URL+"/api/v1/clients/client-200", "", token)
			assert.NoError(t, err)
			assert.Equal(t, 200, status, body)
		}
		for _, root := range []string{"http://cobrofacil.localhost", "https://cobrofacil.localhost"} {
			status, body, err := do(t, sb.Client(), "GET", root+"/api/v1/clients/client-200", "", token)
			assert.NoError(t, err)
			assert.Equal(t, 200, status, body)
		}
		status, body, err := do(t, sb.Client(), "GET", "https://api.complycube.com/v1/clients", "", "Authorization: "+sb.API("complycube").Token)
		assert.NoError(t, err)
		assert.Equal(t, 200, status, body)
		status, body, err = do(t, sb.Client(), "GET", "https://www.example.com/", "")
		assert.NoError(t, err)
		assert.Equal(t, 404, status, "nothing leaves the process")
		assert.Contains(t, body, "No API is at this path")
	})
	assert.Empty(t, ended.said)
	for _, c := range []*http.Client{http.DefaultClient, sb.Client()} {
		_, _, err := do(t, c, "GET", sb.URL+"/_sandbox/healthz", "")
		assert.Error(t, err)
	}
}

func TestNoListener(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Start(t, sandboxtest.WithoutListener())
	assert.Equal(t, "http://sandbox.localhost", sb.URL)
	status, body, err := create(t, sb)
	require.NoError(t, err)
	assert.Equal(t, 201, status, body)
	sb.Requests().API("cobrofacil").Count(1)
}

// The URL alone and the secret alone lead to the workspace, at every API.
func TestAPIs(t *testing.T) {
	t.Parallel()
	for _, sb := range []*sandboxtest.Sandbox{sandboxtest.Start(t), sandboxtest.Workspace(t)} {
		for _, c := range []struct{ api, method, path, body string }{
			{"cobrofacil", "GET", "/api/v1/clients/client-200", ""},
			{"subclients", "GET", "/clients", ""},
			{"subclients", "POST", "/auth/login", `{"api_client":{"api_key":"USER","password":"PASSWORD"}}`},
			{"complycube", "GET", "/v1/clients", ""},
			{"kobra", "POST", "/api/auth", `{"user":"USER","password":"PASSWORD"}`},
			{"apidev", "GET", "/apidev/v1/clients", ""},
			{"apidev", "POST", "/apidev/v1/login", `{"email":"USER","password":"PASSWORD"}`},
		} {
			api := sb.API(c.api)
			for _, url := range []string{api.URL, "http://" + c.api + ".localhost"} {
				scheme := "Bearer "
				if c.api == "complycube" {
					scheme = ""
				}
				body := strings.NewReplacer("USER", api.User, "PASSWORD", api.Password).Replace(c.body)
				status, answer, err := do(t, sb.Client(), c.method, url+c.path, body, "Authorization: "+scheme+api.Token, "X-API-Key: "+api.Key, "tenant: demo")
				require.NoError(t, err)
				assert.Contains(t, []int{200, 201}, status, "%s %s%s: %s", c.method, url, c.path, answer)
			}
		}
		sb.Requests().Status("2xx").Count(14)
		key := sb.Credential("complycube-expired")
		status, _, err := do(t, sb.Client(), "GET", sb.API("complycube").URL+"/v1/clients", "", "Authorization: "+key)
		require.NoError(t, err)
		assert.Equal(t, 401, status)
	}
}

// Parallel tests share one sandbox, and none sees anything of another. A thousand of them begin without the seed, since
// under the race detector the database, which is Go too, takes long to copy it.
func TestParallelWorkspaces(t *testing.T) {
	t.Parallel()
	bare := sandboxtest.Start(t, sandboxtest.WithFixture(nil))
	for tests, begin := range map[int]func(t sandboxtest.TB, options ...sandboxtest.Option) *sandboxtest.Sandbox{
		1000: bare.Workspace, 50: sandboxtest.Workspace,
	} {
		var mu sync.Mutex
		names, urls := map[string]bool{}, map[string]bool{}
		var wait sync.WaitGroup
		for range tests {
			wait.Go(func() {
				ended := run(func(fake *test) {
					sb := begin(fake)
					status, body, err := create(t, sb)
					assert.NoError(t, err)
					assert.Equal(t, 201, status, body)
					sb.Requests().Operation("cobrofacil.createClient").Status("201").Count(1)
					mu.Lock()
					defer mu.Unlock()
					names[sb.Name], urls[sb.URL] = true, true
				})
				assert.Empty(t, ended.said)
			})
		}
		wait.Wait()
		assert.Len(t, names, tests)
		assert.Len(t, urls, 1, "sandboxes")
		for name := range names {
			assert.Regexp(t, `^testof-something-nlike-\d+$`, name)
		}
	}
}

// A workspace goes with its test, and only that.
func TestWorkspacesEnd(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Start(t)
	ended := run(func(fake *test) {
		status, _, err := create(t, sb.Workspace(fake))
		assert.NoError(t, err)
		assert.Equal(t, 201, status)
	})
	assert.Empty(t, ended.said)
	status, body, err := do(t, sb.Client(), "GET", sb.URL+"/_sandbox/workspaces", "")
	require.NoError(t, err)
	assert.Equal(t, 200, status)
	assert.Contains(t, body, `"default"`)
	assert.NotContains(t, body, "testof")
}

// A client that reads no answer does not keep the test from ending, nor does one that sends half a request.
func TestForgottenAnswers(t *testing.T) {
	t.Parallel()
	for _, begin := range []func(sandboxtest.TB, ...sandboxtest.Option) *sandboxtest.Sandbox{sandboxtest.Start, sandboxtest.Workspace} {
		ctx, cancel := context.WithCancel(t.Context())
		ended := run(func(fake *test) {
			sb := begin(fake)
			r, err := http.NewRequestWithContext(ctx, "GET", sb.API("complycube").URL+"/v1/clients?pageSize=100", nil)
			assert.NoError(t, err)
			r.Header.Set("Authorization", sb.API("complycube").Token)
			response, err := sb.Client().Do(r) //nolint:bodyclose // which is the point
			assert.NoError(t, err)
			assert.Greater(t, response.ContentLength, int64(3*4<<10), "more than buffers of HTTP hold")
			sb.Requests().Wait(1, time.Minute)
		})
		assert.Empty(t, ended.said)
		cancel()
	}
	read, send := io.Pipe()
	failed := make(chan error)
	ended := run(func(fake *test) {
		sb := sandboxtest.Start(fake)
		r, err := http.NewRequestWithContext(t.Context(), "POST", sb.API("cobrofacil").URL+"/api/v1/clients", read)
		assert.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+sb.API("cobrofacil").Token)
		r.Header.Set("Content-Type", "application/json")
		go func() {
			response, err := sb.Client().Do(r)
			if err == nil {
				_ = response.Body.Close()
			}
			failed <- err
		}()
		_, err = io.WriteString(send, eva[:10])
		assert.NoError(t, err)
	})
	assert.Empty(t, ended.said)
	require.NoError(t, send.Close()) // for which the client waits though its connection has gone
	assert.Error(t, <-failed)
}

// No file is left behind. Not parallel, since the folder for temporary files is the process's.
func TestNoFileIsLeft(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	databases := func() []string {
		all, err := filepath.Glob(filepath.Join(dir, "*"))
		require.NoError(t, err)
		return all
	}
	if os.TempDir() != dir {
		t.Skip("this system has another variable for its temporary folder")
	}
	run(func(fake *test) {
		sandboxtest.Start(fake)
		assert.Len(t, databases(), 1)
	})
	assert.Empty(t, databases())
}

func TestOptions(t *testing.T) {
	t.Parallel()
	at := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	fixture := []byte("cobrofacil:\n  clients:\n    - {first_name: Ada, last_name: Paz, phone_number: \"+526640000000\", external_reference: ada}\n")
	options := []sandboxtest.Option{
		sandboxtest.WithFixture(fixture), sandboxtest.WithFrozenClock(at), sandboxtest.WithRandomSeed("again"), sandboxtest.WithoutLimits(),
		sandboxtest.WithSettings(map[string]string{"cobrofacil.create_status": "200"}),
	}
	var answers []string
	for _, sb := range []*sandboxtest.Sandbox{sandboxtest.Start(t, options...), sandboxtest.Workspace(t, options...)} {
		for range 2 { // after a reset too
			assert.Equal(t, at, sb.Now())
			status, answer, err := create(t, sb)
			require.NoError(t, err)
			assert.Equal(t, 200, status, answer)
			answers = append(answers, answer)
			for reference, want := range map[string]int{"ada": 200, "client-200": 404} {
				api := sb.API("cobrofacil")
				status, _, err = do(t, sb.Client(), "GET", api.URL+"/api/v1/clients/"+reference, "", "Authorization: Bearer "+api.Token)
				require.NoError(t, err)
				assert.Equal(t, want, status, reference)
			}
			for range 12 {
				status, _, err = do(t, sb.Client(), "GET", sb.API("complycube").URL+"/v1/clients", "", "Authorization: "+sb.API("complycube").Token)
				require.NoError(t, err)
				assert.Equal(t, 200, status)
			}
			sb.Reset()
			sb.Requests().Count(0)
		}
	}
	for _, answer := range answers {
		assert.Equal(t, answers[0], answer, "ids repeat")
	}
	none := sandboxtest.Workspace(t, sandboxtest.WithFixture(nil), sandboxtest.WithClock(at))
	assert.NotContains(t, string(none.Fixture()), "last_name")
	assert.Less(t, none.Now().Sub(at), time.Hour)
	assert.False(t, none.Now().Before(at))
}

func TestWrongOptions(t *testing.T) {
	t.Parallel()
	start := func(option sandboxtest.Option) func(*test) {
		return func(fake *test) { sandboxtest.Start(fake, option) }
	}
	workspace := func(option sandboxtest.Option) func(*test) {
		return func(fake *test) { sandboxtest.Workspace(fake, option) }
	}
	early := sandboxtest.WithClock(time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC))
	for want, body := range map[string]func(*test){
		"WithoutListener is for Start": workspace(sandboxtest.WithoutListener()),
		"fixture:1: fixture: must be":  start(sandboxtest.WithFixture([]byte("[]"))),
		"must be an object":            workspace(sandboxtest.WithFixture([]byte("[]"))),
		"kobra.unknown_visi":           start(sandboxtest.WithSettings(map[string]string{"kobra.unknown_visi": "x"})),
		"kobra.unknown_visit":          workspace(sandboxtest.WithSettings(map[string]string{"kobra.unknown_visi": "x"})),
		"2001-01-01T00:00:00Z":         start(early),
		"is outside 2024-01-02":        workspace(early),
	} {
		ended := run(body)
		assert.True(t, ended.failed, want)
		assert.Contains(t, strings.Join(ended.said, "\n"), want)
	}
}

func TestState(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Workspace(t)
	at := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	sb.FreezeClock(at)
	sb.Advance(61 * time.Second)
	assert.Equal(t, at.Add(61*time.Second), sb.Now())
	sb.SetClock(at.Add(time.Hour))
	assert.True(t, sb.Now().After(at.Add(time.Hour)))

	sb.Set("cobrofacil.create_status", "200")
	status, _, err := create(t, sb)
	require.NoError(t, err)
	assert.Equal(t, 200, status)
	saved := sb.Fixture()
	assert.Contains(t, string(saved), "Eva")

	sb.Reset()
	assert.NotContains(t, string(sb.Fixture()), "Eva")
	sb.LoadFixture(saved)
	assert.Equal(t, string(saved), string(sb.Fixture()))
	sb.AddFixture([]byte("cobrofacil:\n  clients:\n    - {first_name: Ada, last_name: Paz, phone_number: \"+526640000000\", external_reference: ada}\n"))
	assert.Contains(t, string(sb.Fixture()), "Ada")
	assert.Contains(t, string(sb.Fixture()), "Eva")
}

// In a bubble of testing/synctest a long timeout passes at once.
func TestInABubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sb := sandboxtest.Start(t, sandboxtest.WithoutListener(), sandboxtest.WithClock(time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)))
		sb.Arm(sandboxtest.Fault{On: "cobrofacil", Kind: sandboxtest.Delay, Delay: 5 * time.Minute})
		begun := time.Now()
		status, body, err := create(t, sb)
		require.NoError(t, err)
		assert.Equal(t, 201, status, body)
		assert.Equal(t, 5*time.Minute, time.Since(begun))
		assert.Equal(t, "2027-03-01T00:05:00Z", sb.Now().Format(time.RFC3339))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, _, err = doWith(ctx, sb.Client(), "GET", sb.API("cobrofacil").URL+"/api/v1/clients/eva", "", "Authorization: Bearer "+sb.API("cobrofacil").Token)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func BenchmarkStart(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		run(func(t *test) { sandboxtest.Start(t) })
	}
}

// What a test costs that takes a workspace of the shared sandbox.
func BenchmarkWorkspace(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		run(func(t *test) { sandboxtest.Workspace(t) })
	}
}
