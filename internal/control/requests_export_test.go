package control_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
)

// What a shell makes of an exported line is the request that was sent, and nothing else, whatever that held.
func TestExportedCommandsRun(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("SANDBOX_REQUIRE") == "all" {
				t.Fatal(err)
			}
			t.Skip(tool, " is not here")
		}
	}
	s := newSandbox(t, app.Options{})
	n := listen(t, s, 0)
	const hostile = `'"$(touch HACKED)` + "`touch HACKED`" + `;touch HACKED&|<>!#~*?[a]{b,c}\$HOME $TOKEN %s @f` + "\t\u001b]0;x\u0007\r\u009b1m\u202eñ😀"
	lines := hostile + "\nsecond '\n\n"
	for i, test := range []struct {
		name, method, path, body string
		headers                  []string
	}{
		{"a creation", "POST", clients, eva, nil},
		{"an update", "PATCH", juan, `{"email":"ana@example.com"}`, nil},
		{"a read", "GET", juan + "?page=1&q=a+b", "", nil},
		{"HEAD", "HEAD", juan, "", nil},
		{"no route", "GET", "/cobrofacil/nope", "", nil},
		{"a hostile body", "POST", clients, lines, nil},
		{"a hostile body of JSON", "POST", clients, `{"first_name":"` + strings.ReplaceAll(`'"$(touch HACKED)`, `"`, `\"`) + `"}`, nil},
		{"a body like a file's name", "POST", clients, "@/etc/passwd", nil},
		{"a body that is no UTF-8", "POST", clients, "\xff\xfe\x80'", nil},
		{"a hostile header", "GET", juan, "", []string{"X-Trace: " + strings.NewReplacer("\n", "", "\r", "", "\u001b", "", "\u0007", "").Replace(hostile), "X'`touch`$HOME: 1"}},
		{"an empty header", "GET", juan, "", []string{"X-Empty: "}},
		{"a hostile path", "GET", clients + "/" + url.PathEscape(hostile), "", nil},
		{"brackets", "GET", juan + "?filter[a]={b,c}&x=[1-3]", "", nil},
		{"dots", "GET", clients + "/../clients/./client-200", "", nil},
		{"a hostile query", "GET", juan + "?x=';touch+HACKED;'&$(touch)&`touch`", "", nil},
		{"a hostile method", "`TOUCH`'$HOME&|#", clients, "", nil},
		{"no content type", "POST", clients, eva, []string{"Content-Type: "}},
	} {
		workspace := fmt.Sprint("w", i)
		before := send(t, n, test.method, test.path, test.body, append(test.headers, "X-Sandbox: "+workspace, token+"@"+workspace))
		path := "/workspaces/" + before.Header.Get("X-Sandbox-Workspace") + "/requests"
		script := s.call(t, "GET", path+".sh"+query("q", "id:"+idOf(before)), "")
		assert.Equal(t, "text/x-shellscript; charset=utf-8", script.Header.Get("Content-Type"))
		require.NotContains(t, script.Body, "# not the whole request", test.name)
		for _, b := range []byte(strings.ReplaceAll(strings.ReplaceAll(script.Body, "\n", ""), "\t", "")) {
			require.False(t, b < ' ' || b == 0x7f, "%s: a control character on a terminal: %q", test.name, script.Body)
		}
		assert.NotContains(t, script.Body, "\u009b")

		folder := t.TempDir()
		run := exec.CommandContext(t.Context(), "sh")
		run.Dir, run.Stdin = folder, strings.NewReader(strings.ReplaceAll(script.Body, "curl ", "curl -s -o answer "))
		run.Env = append(os.Environ(), "TOKEN=sandbox-cobrofacil-token@"+workspace, "no_proxy=*")
		out, err := run.CombinedOutput()
		require.NoError(t, err, "%s: %s\n%s", test.name, out, script.Body)
		assert.NoFileExists(t, folder+"/HACKED")
		entries, err := os.ReadDir(folder)
		require.NoError(t, err)
		assert.LessOrEqual(t, len(entries), 1)

		again := read[[]entry](t, s.call(t, "GET", path+query("order", "newest", "limit", "1"), ""))[0]
		first := s.explained(t, before)
		assert.NotEqual(t, first.ID, again.ID, test.name)
		for _, e := range []*entry{&first, &again} {
			for _, own := range []string{"User-Agent", "Accept", "Accept-Encoding", "Connection"} {
				e.Request.Headers.Del(own)
			}
		}
		assert.Equal(t, first.Request, again.Request, test.name)
		if test.name != "a creation" {
			assert.Equal(t, first.Response.Status, again.Response.Status, test.name)
		}
	}
}

// send sends a request as it is, without what Go's client would mend in its URL or method.
func send(t *testing.T, n *network, method, path, body string, headers []string) apptest.Answer {
	t.Helper()
	header := http.Header{"Content-Type": {"application/json"}}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		if header[name] = []string{value}; name == "Content-Type" {
			delete(header, name)
		}
	}
	u, err := url.Parse(n.URL)
	require.NoError(t, err)
	at, raw, _ := strings.Cut(path, "?")
	u.Opaque, u.RawQuery = at, raw
	r := (&http.Request{Method: method, URL: u, Host: u.Host, Header: header, ContentLength: int64(len(body))}).WithContext(t.Context())
	if body != "" {
		r.Body = io.NopCloser(strings.NewReader(body))
	}
	response, err := n.client.Do(r)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return apptest.Answer{Status: response.StatusCode, Header: response.Header, Body: string(text)}
}

func TestExportedCommands(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	for _, test := range []struct {
		name, want string
		request    func() apptest.Answer
	}{
		{"plain", "curl http-only", func() apptest.Answer { return s.Do(t, "GET", juan, "", token) }},
		{"cut", "# not the whole request: the journal keeps 16384 of the 20000 bytes of its body\ncurl -X POST", func() apptest.Answer {
			return s.Do(t, "POST", clients, strings.Repeat(" ", 20_000), token)
		}},
		{"NUL", "# not the whole request: no command line holds the NUL in its body\ncurl -X POST", func() apptest.Answer {
			return s.Do(t, "POST", clients, "a\x00b", token)
		}},
		{"a secret in the URL", "# not the whole request: a secret was taken out of its body or URL\ncurl --globoff", func() apptest.Answer {
			return s.Do(t, "GET", clients+"/sandbox-cobrofacil-token", "", token)
		}},
		{"another secret header", `-H 'X-Api-Key: '"$API_KEY"`, func() apptest.Answer { return s.Do(t, "GET", juan, "", token, "X-Api-Key: some-other-secret") }},
		{"cookies", `-H 'Cookie: '"$SECRET"`, func() apptest.Answer { return s.Do(t, "GET", juan, "", token, "Cookie: session=some-other-secret") }},
	} {
		a := test.request()
		got := s.call(t, "GET", "/workspaces/default/requests.sh?q=id:"+idOf(a), "").Body
		if test.name == "plain" {
			assert.Equal(t, `curl 'http://example.com`+juan+`' -H 'Authorization: Bearer '"$TOKEN"`+"\n", got)
			continue
		}
		assert.Contains(t, got, test.want, test.name)
	}
	assert.Equal(t, 404, s.call(t, "GET", "/workspaces/nobody/requests.sh", "").Status)
	assert.Equal(t, 404, s.call(t, "GET", "/workspaces/nobody/requests.har", "").Status)
	assert.Empty(t, s.call(t, "GET", "/workspaces/default/requests.sh?q=status:599", "").Body)
}

// archive is an HTTP archive 1.2, with all members that it must have.
type archive struct {
	Log struct {
		Version string
		Creator struct{ Name, Version string }
		Entries []struct {
			StartedDateTime time.Time
			Time            float64
			Request         struct {
				Method, URL, HTTPVersion string
				Headers, QueryString     []struct{ Name, Value string }
				Cookies                  []any
				PostData                 *struct{ MimeType, Text, Encoding, Comment string }
				HeadersSize, BodySize    int
			}
			Response struct {
				Status                                        int
				StatusText, HTTPVersion, RedirectURL, Comment string
				Headers                                       []struct{ Name, Value string }
				Cookies                                       []any
				Content                                       *struct {
					Size                              int
					MimeType, Text, Encoding, Comment string
				}
				HeadersSize, BodySize int
			}
			Cache   *struct{}
			Timings *struct{ Send, Wait, Receive float64 }
			Comment string
		}
	}
}

func TestArchive(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{Now: func() time.Time { return begin }})
	sent := []apptest.Answer{
		s.Do(t, "POST", clients+"?b=2&a=%22x%22&a=1", eva, token+"@run"),
		s.Do(t, "POST", clients, "\xff", token+"@run"),
		s.Do(t, "GET", juan, "", token+"@run"),
		s.Do(t, "HEAD", juan, "", token+"@run"),
		s.Do(t, "POST", clients, strings.Repeat(" ", 20_000), token+"@run"),
	}
	_, broke := s.quiet(t, "POST", clients, eva, token+"@run", "X-Sandbox-Fault: lost")
	require.True(t, broke)
	text := s.call(t, "GET", "/workspaces/run/requests.har", "")
	a := read[archive](t, text)
	assert.Equal(t, []string{"1.2", "sandbox", "devel"}, []string{a.Log.Version, a.Log.Creator.Name, a.Log.Creator.Version})
	require.Len(t, a.Log.Entries, len(sent)+1)
	for i, e := range a.Log.Entries[:len(sent)] {
		assert.Contains(t, e.Comment, idOf(sent[i]), "oldest first")
		assert.Equal(t, sent[i].Status, e.Response.Status)
		assert.Equal(t, http.StatusText(sent[i].Status), e.Response.StatusText)
	}
	for _, e := range a.Log.Entries {
		assert.Equal(t, begin, e.StartedDateTime)
		assert.NotNil(t, e.Cache)
		assert.NotNil(t, e.Timings)
		assert.NotNil(t, e.Request.Cookies)
		assert.NotNil(t, e.Request.Headers)
		assert.NotNil(t, e.Request.QueryString)
		assert.NotNil(t, e.Response.Cookies)
		assert.NotNil(t, e.Response.Headers)
		require.NotNil(t, e.Response.Content)
		assert.InDelta(t, e.Time, e.Timings.Send+e.Timings.Wait+e.Timings.Receive, 0.001)
		assert.Equal(t, []int{-1, -1}, []int{e.Request.HeadersSize, e.Response.HeadersSize})
		assert.Equal(t, "HTTP/1.1", e.Request.HTTPVersion)
		u, err := url.Parse(e.Request.URL)
		require.NoError(t, err)
		assert.True(t, u.IsAbs())
	}
	first := a.Log.Entries[0]
	assert.Equal(t, "http://example.com"+clients+"?b=2&a=%22x%22&a=1", first.Request.URL)
	assert.Equal(t, "[{a \"x\"} {a 1} {b 2}]", fmt.Sprint(first.Request.QueryString))
	assert.Equal(t, eva, first.Request.PostData.Text)
	assert.Equal(t, "application/json", first.Request.PostData.MimeType)
	assert.Equal(t, len(eva), first.Request.BodySize)
	assert.Equal(t, sent[0].Body, first.Response.Content.Text)
	assert.Equal(t, len(sent[0].Body), first.Response.Content.Size)
	binary := a.Log.Entries[1].Request.PostData
	assert.Equal(t, base64.StdEncoding.EncodeToString([]byte("\xff")), binary.Text)
	assert.Contains(t, text.Body, `"_encoding":"base64"`)
	assert.Nil(t, a.Log.Entries[2].Request.PostData)
	assert.Empty(t, a.Log.Entries[3].Response.Content.Text, "HEAD has no body")
	assert.Zero(t, a.Log.Entries[3].Response.BodySize)
	assert.Equal(t, "the journal keeps 16384 of the 20000 bytes of its body", a.Log.Entries[4].Request.PostData.Comment)
	assert.Contains(t, a.Log.Entries[5].Response.Comment, "closed the connection")

	selected := read[archive](t, s.call(t, "GET", "/workspaces/run/requests.har?method=GET", ""))
	require.Len(t, selected.Log.Entries, 1)
}

func TestReplay(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	replay := func(a apptest.Answer) apptest.Answer {
		t.Helper()
		return s.call(t, "POST", "/workspaces/"+a.Header.Get("X-Sandbox-Workspace")+"/requests/"+idOf(a)+"/replay", "")
	}
	created := s.Do(t, "POST", clients, strings.Replace(eva, "{", `{"external_reference":"replay-1",`, 1), token+"@run")
	require.Equal(t, 201, created.Status)
	again := read[entry](t, replay(created))
	assert.Equal(t, 422, again.Response.Status, "the reference is taken")
	assert.Equal(t, []string{"run", "sandbox", "cobrofacil-sandbox", "createClient"}, []string{again.Workspace, again.Owner, again.Credential, again.Operation})
	assert.Equal(t, clients, again.Request.URL)
	assert.NotEqual(t, idOf(created), again.ID)
	s.call(t, "POST", "/workspaces/run/reset?keep=journal", "")
	assert.Equal(t, 201, read[entry](t, replay(created)).Response.Status)

	for _, test := range []struct {
		name   string
		a      apptest.Answer
		status int
	}{
		{"a read", s.Do(t, "GET", clients+"/replay-1?x=[1]", "", token+"@run"), 200},
		{"a read of nothing", s.Do(t, "GET", clients+"/nobody", "", token+"@run"), 404},
		{"HEAD", s.Do(t, "HEAD", clients+"/replay-1", "", token+"@run"), 200},
		{"an update", s.Do(t, "PATCH", clients+"/replay-1", `{"email":"a@example.com"}`, token+"@run"), 200},
		{"an update by POST", s.Do(t, "POST", clients+"/replay-1/", `{"email":"b@example.com"}`, token+"@run"), 200},
		{"a workspace in the URL", s.Do(t, "GET", "/w/run"+clients+"/replay-1", "", token), 200},
		{"a whole URL", s.Send(t, "GET", "http://example.com"+clients+"/replay-1", "", token+"@run"), 200},
		{"a partner's host", s.Do(t, "GET", "/api/v1/clients/replay-1", "", token+"@run", "Host: api.cobrofacil.com"), 200},
		{"a browser's", s.Do(t, "GET", clients+"/replay-1", "", token+"@run", "Origin: http://app.example"), 200},
		{"another owner", s.Do(t, "GET", clients+"/replay-1", "", "Authorization: Bearer sandbox-cobrofacil-other-token@run"), 404},
		{"a refused body", s.Do(t, "POST", clients, `{`, token+"@run"), 400},
		{"another content type", s.Do(t, "POST", clients, eva, token+"@run", "Content-Type: text/plain"), 400},
		{"a fault", s.Do(t, "GET", clients+"/replay-1", "", token+"@run", "X-Sandbox-Fault: server_error"), 500},
	} {
		assert.Equal(t, test.status, test.a.Status, test.name)
		first, e := s.explained(t, test.a), read[entry](t, replay(test.a))
		assert.Equal(t, test.status, e.Response.Status, test.name)
		assert.Equal(t, []string{first.Workspace, first.Owner, first.Request.URL, first.Request.Body}, []string{e.Workspace, e.Owner, e.Request.URL, e.Request.Body}, test.name)
		second := read[entry](t, s.call(t, "POST", "/workspaces/run/requests/"+e.ID+"/replay", ""))
		assert.Equal(t, test.status, second.Response.Status, "%s, of a replay", test.name)
	}

	// A fault that breaks the connection breaks not that of the call.
	for _, kind := range []string{"lost", "close", "truncate"} {
		_, broke := s.quiet(t, "GET", juan, "", token+"@broken", "X-Sandbox-Fault: "+kind)
		assert.True(t, broke)
		e := read[[]entry](t, s.call(t, "GET", "/workspaces/broken/requests?limit=1", ""))[0]
		a := s.call(t, "POST", "/workspaces/broken/requests/"+e.ID+"/replay", "")
		assert.Equal(t, kind, read[entry](t, a).Fault)
	}
}

func TestReplaysThatAreRefused(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	open := newSandbox(t, app.Options{Open: true})
	chunked := httptest.NewRequestWithContext(t.Context(), "POST", clients, io.NopCloser(strings.NewReader(eva)))
	chunked.ContentLength = -1
	chunked.Header.Set("Authorization", "Bearer sandbox-cobrofacil-token")
	chunked.Header.Set("X-Sandbox-Fault", "server_error")
	unread := httptest.NewRecorder()
	s.ServeHTTP(unread, chunked)
	for _, test := range []struct {
		name string
		s    *sandbox
		a    apptest.Answer
		why  string
	}{
		{"outside all APIs", s, s.Do(t, "GET", "/nope", ""), "it reached no operation"},
		{"no route", s, s.Do(t, "GET", "/cobrofacil/nope", "", token), "it reached no operation"},
		{"no method", s, s.Do(t, "PUT", juan, "", token), "it reached no operation"},
		{"a refused credential", s, s.Do(t, "GET", juan, "", "Authorization: Bearer nobody-at-all"), "its credential was refused"},
		{"a production secret", open, open.Do(t, "GET", juan, "", "Authorization: Bearer 12|"+strings.Repeat("Ab3", 15)), "its credential was refused"},
		{"a body that was cut", s, s.Do(t, "POST", clients, strings.Repeat(" ", 20_000), token), "the journal keeps 16384 of the 20000 bytes"},
		{"a body that was not read", s, apptest.Answer{Status: unread.Code, Header: unread.Header()}, "its body was not read"},
		{"a body with a secret", s, s.Do(t, "POST", clients, `{"first_name":"sandbox-cobrofacil-token"}`, token), "a secret was taken out"},
		{"a URL with a secret", s, s.Do(t, "GET", clients+"/sandbox-cobrofacil-token", "", token), "a secret was taken out"},
	} {
		a := test.s.call(t, "POST", "/workspaces/default/requests/"+idOf(test.a)+"/replay", "")
		assert.Equal(t, 409, a.Status, "%s: %s", test.name, a.Body)
		assert.Contains(t, reason(t, a), test.why, test.name)
	}
	assert.Equal(t, 404, s.call(t, "POST", "/workspaces/default/requests/nope/replay", "").Status)
	assert.Equal(t, 404, s.call(t, "POST", "/workspaces/nobody/requests/nope/replay", "").Status)
}

// No published secret is anywhere in the journal, the log or an export, wherever it was sent.
func TestNoSecretIsAnywhere(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	stream := s.follow(t, "run", "")
	var secrets []string
	for _, api := range s.APIs {
		for _, c := range api.Credentials {
			if len(c.Secret) < 8 {
				continue // it would be found in much else
			}
			secrets = append(secrets, c.Secret)
			header := c.In
			if header == "" || header == "password" {
				header = "Authorization"
			}
			for _, value := range []string{c.Secret, "Bearer " + c.Secret, "bearer  " + c.Secret, "Bearer " + c.Secret + "@run", c.Secret + "@run"} {
				for _, r := range api.Routes {
					body, err := json.Marshal(map[string]any{"first_name": c.Secret, c.Secret: []string{"x" + c.Secret}})
					require.NoError(t, err)
					for _, path := range []string{"/w/run" + api.Base + r.Path, api.Base + r.Path, "/w/run" + api.Base + strings.ReplaceAll(r.Path, "{", c.Secret+"{"), "/nope/" + c.Secret} {
						path = strings.NewReplacer("{", "", "}", "").Replace(path) + "?token=" + c.Secret + "&x=%73" + c.Secret[1:]
						s.quiet(t, r.Method, path, string(body), header+": "+value, "Cookie: s="+c.Secret, "X-Trace: "+c.Secret, "X-Sandbox-Fault: "+c.Secret)
						s.quiet(t, r.Method, path, c.Secret, header+": "+value, "X-Environment: "+c.Secret)
					}
				}
			}
		}
	}
	require.NotEmpty(t, secrets)
	places := map[string]string{"the log": s.Log.String()}
	for _, workspace := range []string{"run", "default"} {
		for _, path := range []string{"?limit=1000", ".har", ".sh", "?wait=1ms&status=599"} {
			places[workspace+path] = s.Send(t, "GET", "http://localhost/_sandbox/workspaces/"+workspace+"/requests"+path, "").Body
		}
		for _, e := range read[[]entry](t, s.call(t, "GET", "/workspaces/"+workspace+"/requests?limit=50", "")) {
			places[e.ID] = s.Send(t, "GET", "http://localhost/_sandbox/workspaces/"+workspace+"/requests/"+e.ID, "").Body
		}
	}
	stream.leave()
	stream.ends(t)
	assert.Len(t, places, 109)
	for place, text := range places {
		for _, secret := range secrets {
			require.NotContains(t, text, secret, place)
		}
	}
}
