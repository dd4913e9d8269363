package console_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
)

const pages = "http://localhost/_sandbox/console/default"

// script would be an element, and end an attribute, where it is not escaped.
const script = `"'><script>alert(1)</script><b id=x onload=`

// Whatever a client sends is shown as text, wherever it stands.
func TestMarkupIsText(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	inJSON := strings.ReplaceAll(script, `"`, `\"`)
	inPath := "/" + url.PathEscape(script)
	var ids []string
	for _, api := range []struct {
		path, body string
		headers    []string
	}{
		{"/cobrofacil/api/v1/clients", `{"first_name":"%s","last_name":"%s","phone_number":"+526645559911","email":"%s","external_reference":"%[1]s","%[1]s":1}`, []string{"Authorization: Bearer sandbox-cobrofacil-token"}},
		{"/subclients/clients", `{"name":"%s","rfc":"%s","%[1]s":1}`, []string{"Authorization: Bearer sandbox-subclients-token"}},
		{"/complycube/v1/clients", `{"type":"person","email":"%s","externalId":"%s","personDetails":{"firstName":"%[1]s","lastName":"x"},"metadata":{"%[1]s":"%[1]s"}}`, []string{"Authorization: test_sandbox"}},
		{"/kobra/api/import", `{"importTypeID":1,"accounts":[{"externalID":"%s","rfc":"%s","name":"%[1]s","%[1]s":1}]}`, []string{"Authorization: sandbox-kobra-token"}},
		{"/apidev/v1/clients", `{"name":"%s","external_code":"%s","email":"%[1]s"}`, []string{"Authorization: Bearer sandbox-apidev-token", "X-API-Key: gtk_sandbox", "tenant: " + script}},
	} {
		body := strings.NewReplacer("%s", inJSON, "%[1]s", inJSON).Replace(api.body)
		headers := slices.Concat(api.headers, []string{"X-Note: " + script, "User-Agent: " + script, "X-Sandbox-Fault: " + script})
		for _, answer := range []apptest.Answer{
			s.Send(t, "POST", api.path+"?"+url.QueryEscape(script)+"="+url.QueryEscape(script), body, headers...),
			s.Send(t, "POST", api.path, body, headers[:len(headers)-1]...),
			s.Send(t, "POST", api.path, script, api.headers...),
			s.Send(t, "GET", api.path+inPath, "", api.headers...),
			s.Send(t, "GET", api.path, "", "Authorization: "+script),
			s.Send(t, "PUT", api.path+inPath, "", api.headers...),
		} {
			ids = append(ids, idOf(answer.Header))
		}
	}
	shown := []string{"/requests", "/requests?q=" + url.QueryEscape(script), "/requests?before=" + url.QueryEscape(script), "/requests" + inPath, "/journey", "/journey?of=" + url.QueryEscape(script), "/journey?of=" + url.QueryEscape("reference:"+script)}
	for _, id := range ids {
		shown = append(shown, "/requests/"+id+"?q="+url.QueryEscape(script))
	}
	seen := 0
	for _, path := range shown {
		page := s.Send(t, "GET", pages+path, "").Body
		assert.NotContains(t, page, "<script>alert", path)
		assert.NotContains(t, page, "<b id", path)
		assert.NotContains(t, page, `'><`, path)
		seen += strings.Count(html.UnescapeString(page), "<script>alert(1)")
	}
	assert.Greater(t, seen, 100, "and it is shown")
	for _, do := range []string{"arm", "replay", script} {
		form := url.Values{"do": {do}, "on": {script}, "kind": {script}, "error": {script}, "delay": {script}, "times": {script}}.Encode()
		page := s.Send(t, "POST", pages+"/requests/"+ids[0], form, "Content-Type: application/x-www-form-urlencoded", "Origin: http://localhost")
		assert.Contains(t, []int{303, 400, 409, 422}, page.Status)
		assert.NotContains(t, page.Body, "<script>alert")
		assert.NotContains(t, page.Body, "<b id")
	}
}

func TestRequestPages(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	var ids []string
	for i := range 60 {
		ids = append(ids, idOf(s.Do(t, "GET", clients+"/c-"+fmt.Sprint(i), "", token).Header))
	}
	newest := s.Do(t, "GET", pages+"/requests?q=status:404", "").Body
	assert.Equal(t, 50, strings.Count(newest, "data-request="))
	assert.NotContains(t, newest, ids[9]+`"`)
	older, _, _ := strings.Cut(newest, `">Older`)
	older = html.UnescapeString(older[strings.LastIndex(older, `href="`)+len(`href="`):])
	assert.Equal(t, "/_sandbox/console/default/requests?before=11&q=status%3A404", older)
	page := s.Do(t, "GET", "http://localhost"+older, "").Body
	assert.Equal(t, 10, strings.Count(page, "data-request="))
	assert.NotContains(t, page, "Older")
	assert.NotContains(t, page, "hx-sse:connect", "what is older does not change")
	assert.Contains(t, page, "Back to the newest")

	for kind, each := range map[string]string{"har": `"startedDateTime"`, "sh": "curl "} {
		link := "/_sandbox/workspaces/default/requests." + kind + "?q=status%3A404"
		assert.Contains(t, html.UnescapeString(newest), `href="`+link)
		assert.Equal(t, 60, strings.Count(s.Do(t, "GET", "http://localhost"+link, "").Body, each), kind)
	}
	for _, test := range []struct {
		path, words string
		status      int
	}{
		{"/requests/nope", "There was no request nope", 404},
		{"/journey?of=nobody", "is about nobody", 404},
		{"/../nope/requests", "No workspace is called nope", 404},
		{"/../nope/journey", "No workspace is called nope", 404},
	} {
		a := s.Do(t, "GET", strings.Replace(pages+test.path, "default/../", "", 1), "")
		assert.Equal(t, test.status, a.Status, test.path)
		assert.Contains(t, a.Body, test.words)
	}
}

func TestPagesWithoutJournal(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{Journal: -1})
	for _, path := range []string{"/requests", "/requests/x", "/journey"} {
		a := s.Do(t, "GET", pages+path, "")
		assert.Equal(t, http.StatusOK, a.Status)
		assert.Contains(t, a.Body, "start the sandbox without --journal 0")
		assert.NotContains(t, a.Body, "hx-sse:connect")
	}
}

// What a page takes is the same whatever the journal holds. It is not parallel, since all that is allocated counts.
func TestCostOfPages(t *testing.T) { //nolint:paralleltest // see above
	s := apptest.New(t, app.Options{Journal: 10_000})
	s.Do(t, "GET", clients+"/client-200", "", token)
	ask := func(n int) {
		for range n {
			s.Send(t, "GET", "/cobrofacil/nothing", "")
		}
	}
	cost := func(path string) uint64 {
		allocated := func() uint64 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return m.TotalAlloc
		}
		require.Equal(t, 200, s.Send(t, "GET", pages+path, "").Status)
		before := allocated()
		for range 5 {
			s.Send(t, "GET", pages+path, "")
		}
		return (allocated() - before) / 5
	}
	ask(100)
	few := map[string]uint64{"": cost(""), "/requests": cost("/requests")}
	ask(9_900)
	for path, before := range few {
		now := cost(path)
		t.Logf("%q: %d bytes with 100 entries, %d with 10,000", path, before, now)
		assert.Less(t, float64(now), 1.2*float64(before), path)
	}
}
