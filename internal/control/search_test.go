package control_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
)

// query is a query string of pairs of names and values.
func query(pairs ...string) string {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Add(pairs[i], pairs[i+1])
	}
	return "?" + q.Encode()
}

func TestSearch(t *testing.T) {
	t.Parallel()
	now := begin
	s := newSandbox(t, app.Options{Now: func() time.Time { return now }})
	const other = "Authorization: Bearer sandbox-cobrofacil-default-token@run"
	send := []func(){
		0: func() { s.Do(t, "POST", clients, eva, token+"@run") },
		1: func() { s.Do(t, "POST", clients, `{"first_name":"a \"b: c"}`, token+"@run") },
		2: func() { s.Do(t, "GET", clients+"/nobody?x=%22y%22", "", other) },
		3: func() { s.Do(t, "GET", juan, "", token+"@run", "X-Sandbox-Fault: server_error") },
		4: func() { s.Do(t, "PATCH", juan, `{"email":"Ana@example.com"}`, token+"@run") },
		5: func() { s.Do(t, "GET", "/w/run/nope", "") },
		6: func() { s.Do(t, "HEAD", juan, "", token+"@run") },
	}
	for _, one := range send {
		one()
		now = now.Add(time.Second)
	}
	all := read[[]entry](t, s.call(t, "GET", "/workspaces/run/requests?order=oldest", ""))
	require.Len(t, all, len(send))
	for i := range all {
		assert.Equal(t, uint64(i+1), all[i].Sequence)
		assert.Equal(t, "answered", all[i].State)
	}
	for _, test := range []struct {
		name, value string // of a parameter, and for most a word of q
		want        []int
	}{
		{"api", "cobrofacil", []int{0, 1, 2, 3, 4, 6}},
		{"api", "COBROFACIL", []int{0, 1, 2, 3, 4, 6}},
		{"api", "cobro", nil},
		{"operation", "createClient", []int{0, 1}},
		{"method", "get", []int{2, 3, 5}},
		{"method", "HEAD", []int{6}},
		{"owner", "default", []int{2}},
		{"status", "404", []int{2, 5}},
		{"status", "4xx", []int{1, 2, 5}},
		{"status", "4XX", []int{1, 2, 5}},
		{"status", "=4xx", []int{1, 2, 5}},
		{"status", "!=4xx", []int{0, 3, 4, 6}},
		{"status", ">=4xx", []int{1, 2, 3, 5}},
		{"status", ">4xx", []int{3}},
		{"status", "<4xx", []int{0, 4, 6}},
		{"status", "<=404", []int{0, 2, 4, 5, 6}},
		{"status", ">=422", []int{1, 3}},
		{"status", "<200", nil},
		{"path", "/CLIENTS/client", []int{3, 4, 6}},
		{"path", "/w/run/", []int{5}},
		{"path", "x=%22y%22", []int{2}},
		{"path", `"`, nil},
		{"rule", "COB-42", []int{2}},
		{"rule", "com-5", []int{5}},
		{"fault", "server_error", []int{3}},
		{"fault", "error", []int{3}},
		{"state", "answered", []int{0, 1, 2, 3, 4, 5, 6}},
		{"state", "arrived", nil},
		{"since", begin.Add(5 * time.Second).Format(time.RFC3339Nano), []int{5, 6}},
		{"since", begin.Add(5*time.Second + 1).Format(time.RFC3339Nano), []int{6}},
		{"until", begin.Add(time.Second).Format(time.RFC3339Nano), []int{0, 1}},
		{"until", "2001-01-01T00:00:00+02:00", nil},
		{"after", "5", []int{5, 6}},
		{"before", "3", []int{0, 1}},
		{"after", "18446744073709551615", nil},
		{"q", "", []int{0, 1, 2, 3, 4, 5, 6}},
		{"q", "  \t\n ", []int{0, 1, 2, 3, 4, 5, 6}},
		{"q", "ana@EXAMPLE.com", []int{4}},
		{"q", `"b: c"`, []int{1}},
		{"q", `"b: c`, []int{1}},
		{"q", `"`, []int{0, 1, 2, 3, 4, 5, 6}},
		{"q", "fault:", []int{3}},
		{"q", "rule:", []int{1, 2, 5}},
		{"q", "api:", []int{5}},
		{"q", "operation:createClient status:201", []int{0}},
		{"q", "method:GET status:>=400 nobody", []int{2}},
		{"q", "method:GET method:POST", nil},
		{"q", "client_id", []int{2}},
		{"q", "id:" + all[4].ID, []int{4}},
		{"q", `path:"/clients/client-200"`, []int{3, 4, 6}},
	} {
		searches := []string{query(test.name, test.value)}
		if test.name != "q" {
			searches = append(searches, query("q", fmt.Sprintf(`%s:"%s"`, test.name, test.value)))
		}
		if strings.Contains(test.value, `"`) {
			searches = searches[:1]
		}
		for _, search := range searches {
			var want, got []string
			for _, i := range test.want {
				want = append(want, all[i].ID)
			}
			for _, e := range read[[]entry](t, s.call(t, "GET", "/workspaces/run/requests"+search+"&order=oldest", "")) {
				got = append(got, e.ID)
			}
			assert.Equal(t, want, got, search)
		}
	}
}

func TestSearchesThatAreRefused(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	for _, test := range []struct{ search, why string }{
		{query("q", "stauts:404"), `no search word is called "stauts"; the nearest are state, status`},
		{query("q", "http://x"), "Put text with a colon into double quotes"},
		{query("q", ":"), `no search word is called ""`},
		{query("q", "API:x"), `no search word is called "API"`},
		{query("q", "status:"), `status: "" is no status like 404`},
		{query("status", "abc"), `"abc" is no status`},
		{query("status", "6xx"), `"6xx" is no class of status`},
		{query("status", "xx"), `"xx" is no class of status`},
		{query("status", "-5"), `"-5" is no status`},
		{query("status", "1000"), `"1000" is no status`},
		{query("status", "99999999999999999999"), "is no status"},
		{query("status", "=>404"), "begins with none of"},
		{query("status", "<script>"), "is no status"},
		{query("since", "yesterday"), `since: "yesterday" is no RFC 3339 time`},
		{query("until", "2026-01-31"), "is no RFC 3339 time"},
		{query("after", "x"), "query.after"},
		{query("after", "99999999999999999999"), "is no sequence"},
		{query("before", "-1"), "query.before"},
		{query("state", "gone"), "query.state"},
		{query("operaton", "createClient"), "query.operaton: unknown query parameter"},
		{query("order", "random"), "query.order"},
		{query("q", strings.Repeat("x", 1001)), "query.q"},
		{query("wait", "5"), `wait: "5" is no duration like 5s, up to 1m0s`},
		{query("wait", "0s"), "is no duration"},
		{query("wait", "-1s"), "is no duration"},
		{query("wait", "61s"), "is no duration"},
		{query("wait", "1s", "count", "0"), "query.count"},
		{query("wait", "1s", "count", "1001"), "query.count"},
		{query("count", "x"), "query.count"},
	} {
		a := s.call(t, "GET", "/workspaces/default/requests"+test.search, "")
		assert.Equal(t, 422, a.Status, test.search)
		assert.Contains(t, reason(t, a), test.why, test.search)
		if strings.Contains(test.search, "wait=") || strings.Contains(test.search, "count=") || strings.Contains(test.search, "order=") {
			continue
		}
		for _, export := range []string{".har", ".sh"} {
			assert.Equal(t, 422, s.call(t, "GET", "/workspaces/default/requests"+export+test.search, "").Status, test.search)
		}
	}
	few := newSandbox(t, app.Options{Journal: 3})
	a := few.call(t, "GET", "/workspaces/default/requests"+query("wait", "1s", "count", "4"), "")
	assert.Equal(t, 422, a.Status)
	assert.Contains(t, reason(t, a), "the journal keeps 3 requests")
}

func TestPages(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	for range 25 {
		s.Send(t, "GET", juan, "", token+"@run")
		s.Send(t, "GET", juan, "", token+"@other") // whose answers count too
	}
	for order, next := range map[string]string{"newest": "before", "oldest": "after"} {
		seen := map[string]bool{}
		page := ""
		for {
			list := read[[]entry](t, s.call(t, "GET", "/workspaces/run/requests?limit=10&order="+order+page, ""))
			if len(list) == 0 {
				break
			}
			for _, e := range list {
				assert.False(t, seen[e.ID])
				seen[e.ID] = true
			}
			page = fmt.Sprintf("&%s=%d", next, list[len(list)-1].Sequence)
		}
		assert.Len(t, seen, 25)
	}
}

func TestClearRequests(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	a := s.Do(t, "GET", juan, "", token+"@run")
	kept := s.Do(t, "GET", juan, "", token+"@other")
	assert.Equal(t, 204, s.call(t, "DELETE", "/workspaces/run/requests", "").Status)
	assert.Equal(t, "[]\n", s.call(t, "GET", "/workspaces/run/requests", "").Body)
	assert.Equal(t, 410, s.call(t, "GET", "/workspaces/run/requests/"+idOf(a), "").Status)
	assert.Equal(t, 410, s.call(t, "POST", "/workspaces/run/requests/"+idOf(a)+"/replay", "").Status)
	s.explained(t, kept)
	assert.Equal(t, 404, s.call(t, "DELETE", "/workspaces/nobody/requests", "").Status)
}

// A wait sees what there is, what comes, and tells what arrived from what was answered.
func TestWait(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	found := s.waiting(t, "new", "count=2&operation=getClient&status=200") // a workspace that is not there yet
	s.Do(t, "GET", juan, "", token)                                        // elsewhere
	s.Do(t, "GET", clients+"/nobody", "", token+"@new")
	first := s.Do(t, "GET", juan, "", token+"@new")
	select {
	case a := <-found:
		t.Fatal("too early", a)
	default:
	}
	second := s.Do(t, "GET", juan, "", token+"@new")
	e := read[[]entry](t, <-found)
	require.Len(t, e, 2)
	assert.Equal(t, []string{idOf(second), idOf(first)}, []string{e[0].ID, e[1].ID})
	assert.Len(t, s.await(t, "new", "count=3"), 3, "those that are there already")

	// The next page counts only what comes behind the last one.
	found = s.waiting(t, "new", fmt.Sprintf("after=%d", e[0].Sequence))
	third := s.Do(t, "GET", juan, "", token+"@new")
	next := read[[]entry](t, <-found)
	require.Len(t, next, 1)
	assert.Equal(t, idOf(third), next[0].ID)

	s.arm(t, "new", `{"on":"cobrofacil","kind":"hold"}`)
	var wait sync.WaitGroup
	wait.Go(func() { s.Do(t, "GET", juan, "", token+"@new", "X-Trace: 1") })
	arrived := s.await(t, "new", "state=arrived")
	require.Len(t, arrived, 1)
	assert.Zero(t, arrived[0].Response.Status)
	assert.Zero(t, arrived[0].Sequence)
	one := read[entry](t, s.call(t, "GET", "/workspaces/new/requests/"+arrived[0].ID, ""))
	assert.Equal(t, "arrived", one.State)
	assert.Equal(t, 409, s.call(t, "POST", "/workspaces/new/requests/"+one.ID+"/replay", "").Status)
	assert.NotContains(t, s.call(t, "GET", "/workspaces/new/requests.har", "").Body, one.ID)
	late := s.call(t, "GET", "/workspaces/new/requests?wait=1ms&status=500", "")
	assert.Equal(t, 408, late.Status)
	assert.Contains(t, reason(t, late), "status:500: it is not answered yet")
	s.call(t, "DELETE", "/workspaces/new/faults", "")
	assert.Len(t, s.await(t, "new", "q=id:"+one.ID+"+state:answered"), 1)
	wait.Wait()
}

func TestWaitTellsTheNearestMisses(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	a := s.call(t, "GET", "/workspaces/empty/requests?wait=1ms", "")
	assert.Equal(t, 408, a.Status)
	assert.Equal(t, "0 of 1 requests came within 1ms that fit; no others came.", reason(t, a))

	s.Do(t, "GET", "/w/run/nope", "") // before the wait, in default since run does not exist
	s.Do(t, "GET", juan, "", token+"@run")
	s.Do(t, "POST", clients, `{}`, token+"@run")
	s.Do(t, "GET", "/w/run/"+strings.Repeat("x", 5000), "")
	a = s.call(t, "GET", "/workspaces/run/requests?wait=1ms&count=2&operation=createClient&status=201&path=clients", "")
	assert.Equal(t, 408, a.Status)
	p := readProblem(t, a)
	assert.Equal(t, "0 of 2 requests came within 1ms that fit; the nearest misses follow.", p.Detail)
	require.Len(t, p.Errors, 3)
	assert.Equal(t, "cobrofacil.createClient", p.Errors[0].Location)
	assert.Equal(t, "status:201: it is 422", p.Errors[0].Message)
	assert.Equal(t, "cobrofacil.getClient", p.Errors[1].Location)
	assert.Equal(t, "operation:createClient: it is getClient; status:201: it is 200", p.Errors[1].Message)
	assert.Contains(t, p.Errors[2].Message, "operation:createClient: it is none; status:201: it is 404; path:clients: path: /w/run/xxx")
	assert.Less(t, len(p.Errors[2].Message), 500)

	// What comes while it waits is told too.
	missed := s.waiting(t, "later", "wait=1s&status=201")
	s.Do(t, "GET", juan, "", token+"@later")
	p = readProblem(t, <-missed)
	require.Len(t, p.Errors, 1)
	assert.Equal(t, "status:201: it is 200", p.Errors[0].Message)
}

// waiting begins a wait for what has not come, and returns once the workspace is there.
func (s *sandbox) waiting(t *testing.T, workspace, search string) <-chan apptest.Answer {
	t.Helper()
	answer := make(chan apptest.Answer, 1)
	if !strings.Contains(search, "wait=") {
		search += "&wait=1m"
	}
	go func() {
		answer <- s.Send(t, "GET", "http://localhost/_sandbox/workspaces/"+workspace+"/requests?"+search, "")
	}()
	require.Eventually(t, func() bool { return s.call(t, "GET", "/workspaces/"+workspace+"/clock", "").Status == 200 }, 20*time.Second, time.Millisecond)
	return answer
}

// A wait outlasts a reset, and ends with its workspace and with the sandbox. It keeps neither from going.
func TestWhatEndsAWait(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	s.Do(t, "GET", juan, "", token+"@run")
	found := s.waiting(t, "run", "count=2")
	assert.Equal(t, 204, s.call(t, "POST", "/workspaces/run/reset", "").Status)
	s.Do(t, "GET", juan, "", token+"@run")
	s.Do(t, "GET", juan, "", token+"@run")
	assert.Equal(t, 200, (<-found).Status)

	// Only after it listens is it sure to end at once; before, it might make the workspace anew.
	stream := s.follow(t, "gone", "")
	gone := s.waiting(t, "gone", "")
	begun := time.Now()
	assert.Equal(t, 204, s.call(t, "DELETE", "/workspaces/gone", "").Status)
	assert.Less(t, time.Since(begun), 4*time.Second, "it waits for nobody")
	stream.ends(t)
	select {
	case a := <-gone:
		assert.Equal(t, 503, a.Status, a.Body)
	case <-time.After(time.Second): // it had not begun to listen
	}

	stopped := s.waiting(t, "stopped", "")
	s.Interrupt()
	assert.Equal(t, 503, (<-stopped).Status)
	a := s.call(t, "GET", "/workspaces/run/requests?wait=1m&status=599", "")
	assert.Equal(t, 503, a.Status)
	assert.Contains(t, reason(t, a), "the sandbox is about to end")
}

// No arrival is lost between a wait's look and its sleep, with hundreds at once.
func TestManyWaitsAtOnce(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	var wait sync.WaitGroup
	for i := range 200 {
		workspace := fmt.Sprint("w", i%10)
		wait.Go(func() {
			a := s.Send(t, "GET", "http://localhost/_sandbox/workspaces/"+workspace+"/requests?wait=1m&status=200&count=20", "")
			assert.Equal(t, http.StatusOK, a.Status, a.Body)
		})
		wait.Go(func() { s.Send(t, "GET", juan, "", token+"@"+workspace) })
	}
	wait.Wait()
}

func TestMostWaits(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	var wait sync.WaitGroup
	answers := make(chan apptest.Answer, 1001)
	for range 1001 {
		wait.Go(func() {
			answers <- s.Send(t, "GET", "http://localhost/_sandbox/workspaces/run/requests?wait=1m", "")
		})
	}
	refused := <-answers // the one that came last
	assert.Equal(t, 503, refused.Status)
	assert.Contains(t, refused.Body, "too many waits and streams are open")
	assert.Equal(t, 503, s.call(t, "GET", "/workspaces/other/requests/stream", "").Status)
	s.Do(t, "GET", juan, "", token+"@run")
	wait.Wait()
	for range 1000 {
		assert.Equal(t, 200, (<-answers).Status)
	}
	assert.Equal(t, 408, s.call(t, "GET", "/workspaces/other/requests?wait=1ms", "").Status)
}

func TestWithoutAJournal(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{Journal: -1})
	a := s.Do(t, "GET", clients+"/nobody", "", token)
	assert.Equal(t, 404, a.Status)
	assert.NotEmpty(t, idOf(a))
	assert.Empty(t, a.Header.Get("X-Sandbox-Explain"), "it would lead nowhere")
	for _, path := range []string{"", "?wait=1s", "/stream", ".har", ".sh", "/" + idOf(a)} {
		refused := s.call(t, "GET", "/workspaces/default/requests"+path, "")
		assert.Equal(t, 409, refused.Status, path)
		assert.Contains(t, reason(t, refused), "The journal is off")
	}
	assert.Equal(t, 409, s.call(t, "POST", "/workspaces/default/requests/"+idOf(a)+"/replay", "").Status)
}
