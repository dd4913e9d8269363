package control_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
)

// entry is an entry of the journal as a test reads it.
type entry struct {
	ID, Workspace, API, Operation, Owner, Credential string

	Arrived, Now      time.Time
	Request, Response struct {
		Method, URL, Body string
		Status, Size      int
		Lost              bool
		Headers           http.Header
	}
	State, Fault     string
	Scheme, Protocol string
	Sequence         uint64
	Violations       []struct {
		Member, Rule, Message, Passes string
		Value                         any
	}
	Unread []string
}

// explained is the journal's entry of an answer.
func (s *sandbox) explained(t *testing.T, a apptest.Answer) entry {
	t.Helper()
	path := "/workspaces/" + a.Header.Get("X-Sandbox-Workspace") + "/requests/" + idOf(a)
	e := read[entry](t, s.call(t, "GET", path, ""))
	assert.Equal(t, idOf(a), e.ID)
	if a.Status >= 400 {
		assert.Equal(t, "/_sandbox"+path, a.Header.Get("X-Sandbox-Explain"))
	}
	return e
}

func TestListRequests(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	const path = "/workspaces/run/requests"
	assert.Equal(t, 404, s.call(t, "GET", path, "").Status)
	var ids []string // newest first
	for range 105 {
		a := s.Do(t, "GET", clients+"/client-200", "", token+"@run")
		ids = append([]string{idOf(a)}, ids...)
	}
	s.Do(t, "GET", clients+"/client-200", "", token+"@elsewhere")
	s.Do(t, "OPTIONS", clients, "", "Origin: http://app.example", "Access-Control-Request-Method: POST") // no traffic
	for query, want := range map[string]int{"": 100, "?limit=": 100, "?limit=1": 1, "?limit=99": 99, "?limit=105": 105, "?limit=1000": 105} {
		var got []string
		for _, e := range read[[]entry](t, s.call(t, "GET", path+query, "")) {
			got = append(got, e.ID)
		}
		assert.Equal(t, ids[:want], got, query)
	}
	for _, limit := range []string{"0", "-1", "1001", "x", "1.5", "1e2", "99999999999999999999", "%00"} {
		a := s.call(t, "GET", path+"?limit="+limit, "")
		assert.Equal(t, 422, a.Status, limit)
		assert.Contains(t, reason(t, a), "query.limit")
	}
	s.call(t, "POST", "/workspaces/quiet/clock/advance", `{"by":"1s"}`)
	assert.Equal(t, "[]\n", s.call(t, "GET", "/workspaces/quiet/requests", "").Body, "the control API's own calls are not in it")
}

func TestOneRequest(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{Now: func() time.Time { return begin }})
	a := s.Do(t, "POST", clients+"?page=2", `{"first_name":7,"phone_number":"+1","nickname":"Evita","first_Name":"E","id":"x"}`, token, "X-Trace: 1")
	assert.Equal(t, 422, a.Status)
	e := s.explained(t, a)
	assert.Equal(t, []string{"default", "cobrofacil", "createClient", "sandbox", "cobrofacil-sandbox"}, []string{e.Workspace, e.API, e.Operation, e.Owner, e.Credential})
	assert.Equal(t, []time.Time{begin, begin}, []time.Time{e.Arrived, e.Now})

	assert.Equal(t, "POST", e.Request.Method)
	assert.Equal(t, clients+"?page=2", e.Request.URL)
	assert.Equal(t, "1", e.Request.Headers.Get("X-Trace"))
	assert.Equal(t, len(e.Request.Body), e.Request.Size)
	assert.Equal(t, 422, e.Response.Status)
	assert.Equal(t, a.Body, e.Response.Body)
	assert.Equal(t, len(a.Body), e.Response.Size)
	assert.Equal(t, a.Header, e.Response.Headers)

	var rules []string
	for _, v := range e.Violations {
		rules = append(rules, fmt.Sprint(v.Member, " ", v.Value, " ", v.Rule))
		assert.NotEmpty(t, v.Message)
		assert.NotEmpty(t, v.Passes)
	}
	assert.Equal(t, []string{"first_name 7 COB-41", "last_name <nil> COB-20", "phone_number +1 COB-22"}, rules)
	assert.Equal(t, []string{"?page", "first_Name", "id", "nickname"}, sorted(e.Unread))

	found := s.explained(t, s.Do(t, "GET", clients+"/client-200", "", token))
	assert.Empty(t, found.Violations)
	assert.Empty(t, found.Unread)
	refused := s.explained(t, s.Do(t, "GET", clients+"/client-200", "", "Authorization: Bearer nobody"))
	assert.Empty(t, refused.Owner+refused.Credential)
	assert.True(t, refused.Now.IsZero(), "it got into no workspace")
}

func TestRequestsThatAreGone(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{Journal: 3})
	get := func(workspace string) string {
		return idOf(s.Do(t, "GET", clients+"/client-200", "", token+"@"+workspace))
	}
	evicted, kept, foreign, cleared := get("run"), [3]string{get("run"), get("run"), get("run")}, get("other"), get("cleared")
	require.Equal(t, 204, s.call(t, "POST", "/workspaces/cleared/reset", "").Status)
	run, _, _ := strings.Cut(evicted, "-")
	for _, test := range []struct {
		name, workspace, id string
		status              int
	}{
		{"kept", "run", kept[0], 200},
		{"the newest", "run", kept[2], 200},
		{"evicted", "run", evicted, 410},
		{"of another workspace", "run", foreign, 410},
		{"there it is", "other", foreign, 200},
		{"cleared by a reset", "cleared", cleared, 410},
		{"not yet", "run", run + "-1000", 404},
		{"before the first", "run", run + "-0", 404},
		{"of another run", "run", "00000000-1", 404},
		{"no number", "run", run + "-x", 404},
		{"negative", "run", run + "--1", 404},
		{"too large", "run", run + "-99999999999999999999", 404},
		{"no id", "run", "nope", 404},
		{"not UTF-8", "run", "%FF", 404},
		{"no workspace", "nobody", kept[0], 404},
		{"too long", "run", strings.Repeat("x", 65), 422},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := s.call(t, "GET", "/workspaces/"+test.workspace+"/requests/"+test.id, "")
			assert.Equal(t, test.status, a.Status, a.Body)
		})
	}
	list := s.call(t, "GET", "/workspaces/run/requests", "")
	assert.Len(t, read[[]entry](t, list), 3)
}

func TestSecretsAreNotShown(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	for _, test := range []struct{ secret, workspace string }{
		{"sandbox-cobrofacil-token", ""},
		{"sandbox-cobrofacil-token", "@run"},
		{"sandbox-cobrofacil-expired-token", ""},
		{"not-a-known-token", ""},
		{"not-a-known-token", "@run"},
		{"12|" + strings.Repeat("Ab3", 15), ""}, // as the partner's production has them
	} {
		body := fmt.Sprintf(`{"first_name":%[1]q,"phone_number":%[1]q,%[1]q:1}`, test.secret)
		auth := "Authorization: Bearer " + test.secret + test.workspace
		for _, a := range []apptest.Answer{
			s.Do(t, "POST", clients+"?token="+test.secret, body, auth, "Cookie: session="+test.secret, "Proxy-Authorization: Basic "+test.secret),
			s.Do(t, "GET", clients+"/"+test.secret+"?"+test.secret+test.workspace+"=1", "", auth),
		} {
			path := "/workspaces/" + a.Header.Get("X-Sandbox-Workspace") + "/requests"
			for _, text := range []string{s.call(t, "GET", path+"/"+idOf(a), "").Body, s.call(t, "GET", path, "").Body, s.Log.String()} {
				assert.NotContains(t, text, test.secret)
			}
			e := s.explained(t, a)
			assert.Equal(t, "Bearer [redacted]", e.Request.Headers.Get("Authorization"))
			assert.Contains(t, e.Request.URL, "[redacted]")
		}
	}
}

func TestBodiesAreCut(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	const most = 16 << 10
	pad := func(size int) string { return `{"x":"` + strings.Repeat("x", size-len(`{"x":""}`)) + `"}` }
	for _, size := range []int{100, most, most + 1, 1 << 20, 1<<20 + 5} {
		a := s.Do(t, "POST", clients, pad(size), token)
		e := s.explained(t, a)
		assert.Equal(t, pad(size)[:min(size, most)], e.Request.Body)
		assert.Equal(t, size, e.Request.Size, "what was sent")
	}

	// The cut may fall into a character, and values are cut too.
	long := strings.Repeat("ñ", 10_000)
	a := s.Do(t, "POST", clients, `{"first_name":"`+long+`","last_name":["`+long+`"],"`+long+`":1}`, token)
	e := s.explained(t, a)
	assert.LessOrEqual(t, len(e.Request.Body), most+len("\uFFFD"))
	for _, v := range e.Violations[:2] {
		assert.LessOrEqual(t, len(v.Value.(string)), 200+len("…"))
		assert.Regexp(t, "ñ…$", v.Value)
	}
	assert.Regexp(t, "^ñ{100}…$", e.Unread[0])

	// What is no UTF-8 has no character at whose border it could be cut.
	e = s.explained(t, s.Do(t, "GET", clients+"/"+strings.Repeat("%80", 300), "", token))
	assert.NotEmpty(t, e.Violations[0].Value)
	e = s.explained(t, s.Do(t, "POST", clients, `{"`+strings.Repeat("n", 100_000)+`":1,"`+strings.Repeat("n", 100_000)+`":2}`, token))
	assert.Less(t, len(e.Violations[0].Message), 2000)
}

// The journal shows what was sent, whatever it was, and is valid JSON with it.
func TestOddCharacters(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	for _, odd := range []string{"<script>alert('&')</script>", "\u0000\u0001\u001b[31m\u007f", "a\u2028\u2029\u0085z", "😀ñ", `"\`, "\uFFFD", "a\r\nX-Evil: 1"} {
		quoted, err := json.Marshal(odd)
		require.NoError(t, err)
		if !strings.Contains(odd, "\u0000") { // which no body may hold
			a := s.Do(t, "POST", clients, fmt.Sprintf(`{"phone_number":%s,"email":[%s],%s:1}`, quoted, quoted, quoted), token)
			e := s.explained(t, a)
			values := map[string]any{}
			for _, v := range e.Violations {
				values[v.Member] = v.Value
			}
			assert.Equal(t, odd, values["phone_number"])
			assert.Equal(t, []any{odd}, values["email"])
			assert.Equal(t, []string{odd}, e.Unread)
		}
		escaped := ""
		for _, b := range []byte(odd) {
			escaped += fmt.Sprintf("%%%02X", b)
		}
		e := s.explained(t, s.Do(t, "GET", clients+"/"+escaped+"?"+escaped+"="+escaped, "", token))
		assert.Equal(t, clients+"/"+escaped+"?"+escaped+"="+escaped, e.Request.URL)
		assert.Equal(t, odd, e.Violations[0].Value)
		assert.Equal(t, []string{"?" + odd}, e.Unread)
	}
	e := s.explained(t, s.Do(t, "POST", clients, "{\"first_name\":\"\xff\xfe\"}", token))
	assert.Contains(t, e.Request.Body, `:"`+"\uFFFD\uFFFD"+`"}`)
	s.explained(t, s.Do(t, "GET", clients+"/%FF%FE?%FF", "", token))
}

// The newest that fit are found however far back they are, those under way first.
func TestNewestThatFit(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	s.Do(t, "GET", juan, "", token)
	for range 600 {
		s.Send(t, "GET", clients+"/nobody", "", token)
	}
	s.Do(t, "GET", juan, "", token)
	list := func(query string) (ids []uint64) {
		for _, e := range read[[]entry](t, s.call(t, "GET", "/workspaces/default/requests?"+query, "")) {
			ids = append(ids, e.Sequence)
		}
		return ids
	}
	assert.Equal(t, []uint64{602, 1}, list("q=status:200&limit=2"))
	assert.Equal(t, []uint64{602}, list("q=status:200&limit=1"))
	assert.Equal(t, []uint64{602, 1}, list("q=status:200&limit=1000"))
	assert.Equal(t, []uint64{602, 601, 600}, list("limit=3"))
	assert.Equal(t, []uint64{41, 40}, list("limit=2&before=42"))
	assert.Empty(t, list("q=status:500"))
}
