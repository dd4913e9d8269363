package console_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
)

// markup would break out of text and of an attribute, and is short enough for most members.
const markup = `'"><img src=x onerror=x()>`

// send posts a form of the console without scripts, as the page would.
func send(t *testing.T, s *apptest.Sandbox, path string, fields url.Values) apptest.Answer {
	t.Helper()
	return s.Do(t, "POST", "/_sandbox/console/"+path, fields.Encode(), "Host: localhost", "Content-Type: application/x-www-form-urlencoded", "Origin: http://localhost")
}

// safe checks that a page shows the markup as text, if it shows it at all.
func safe(t *testing.T, page apptest.Answer, what string) {
	t.Helper()
	assert.NotContains(t, page.Body, "<img src=x", what)
	assert.Less(t, page.Status, 500, what)
}

func shows(t *testing.T, page apptest.Answer, what string) {
	t.Helper()
	safe(t, page, what)
	assert.Contains(t, page.Body, "&lt;img src=x", what)
}

// Markup in what the APIs and fixtures store is text on every page about data.
func TestMarkupInRecords(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	quoted, err := json.Marshal(markup)
	require.NoError(t, err)
	for _, r := range []struct{ path, body, headers string }{
		{"/cobrofacil/api/v1/clients", `{"first_name":%s,"last_name":"a","phone_number":"+526641234567","external_reference":%[1]s}`, "Authorization: Bearer sandbox-cobrofacil-token"},
		{"/complycube/v1/clients", `{"type":"person","email":"a@example.com","externalId":%s,"personDetails":{"firstName":%[1]s,"lastName":"a"}}`, "Authorization: test_sandbox"},
		{"/apidev/v1/clients", `{"name":%s}`, "Authorization: Bearer sandbox-apidev-token\nX-API-Key: gtk_sandbox\ntenant: demo.geotareas.com"},
	} {
		a := s.Do(t, "POST", r.path, fmt.Sprintf(r.body, quoted), strings.Split(r.headers, "\n")...)
		assert.Less(t, a.Status, 300, "%s: %s", r.path, a.Body)
	}
	fixture := fmt.Sprintf(`{"cobrofacil":{"clients":[{"first_name":%[1]s,"external_reference":"x","_owner":%[1]s}]},`+
		`"kobra":{"visits":[{"visitID":99,"_owner":%[1]s}]},"apidev":{"accounts":[{"id":"1","name":%[1]s,"notes":%[1]s,"_owner":%[1]s}]}}`, quoted)
	a := s.Do(t, "PATCH", "/_sandbox/workspaces/default/fixture", fixture, "Host: localhost")
	require.Equal(t, 200, a.Status, a.Body)

	// What the other APIs would refuse, a fixture may hold.
	export := get(t, s, "/workspaces/default/fixture?format=json").Body
	for _, name := range []string{`"Integración TECNOFRON"`, `"Ibáñez"`, `"Capsule Corp."`} {
		require.Contains(t, export, name)
		export = strings.ReplaceAll(export, name, string(quoted))
	}
	a = s.Do(t, "PUT", "/_sandbox/workspaces/default/fixture", export, "Host: localhost")
	require.Equal(t, 200, a.Status, a.Body)

	link := regexp.MustCompile(`<a class="mono" href="([^"]+)"`)
	for _, name := range []string{"cobrofacil/clients", "subclients/clients", "subclients/subclients", "complycube/clients", "kobra/accounts", "kobra/visits", "apidev/clients", "apidev/accounts"} {
		path := "/console/default/data/" + name
		shows(t, get(t, s, path+"?q="+url.QueryEscape(markup)), "the search "+name)
		page := get(t, s, path+"?q=onerror")
		safe(t, page, name)
		found := link.FindStringSubmatch(page.Body)
		require.NotNil(t, found, name)
		shows(t, get(t, s, strings.TrimPrefix(html.UnescapeString(found[1]), "/_sandbox")), "a record of "+name)
	}
	for _, name := range []string{"cobrofacil/clients", "kobra/visits", "apidev/accounts"} {
		shows(t, get(t, s, "/console/default/data/"+name+"?q=onerror"), "the rows of "+name)
	}
	owned := "/console/default/data/kobra/visits/99?owner=" + url.QueryEscape(markup)
	shows(t, get(t, s, owned), "a record's owner")
	shows(t, get(t, s, "/console/default/data/kobra/"+url.PathEscape(markup)), "a collection's name")
	safe(t, get(t, s, "/console/default/data/kobra/visits/"+url.PathEscape(markup)), "a key")
	shows(t, send(t, s, "default/data/kobra/visits", url.Values{"do": {"add"}, "record": {markup}}), "a record that is refused")
	shows(t, send(t, s, strings.TrimPrefix(owned, "/console/"), url.Values{"do": {"save"}, "record": {`{"visitID":"` + markup}}), "a change that is refused")
	shows(t, send(t, s, "default/data", url.Values{"do": {"import"}, "text": {"a: " + markup}}), "a fixture that is refused")
}

// Markup in names, faults and credentials is text on every page, whether they are taken or refused.
func TestMarkupInForms(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	for what, form := range map[string]struct {
		path  string
		known url.Values
	}{
		"a snapshot":   {"default/data", url.Values{"do": {"take"}, "name": {markup}}},
		"a workspace":  {"default/workspaces", url.Values{"do": {"make"}, "name": {markup}, "idle": {markup}, "clock": {markup}}},
		"an advance":   {"default/time", url.Values{"do": {"advance"}, "by": {markup}}},
		"a time":       {"default/time", url.Values{"do": {"set"}, "now": {markup}}},
		"a limit":      {"default/time", url.Values{"do": {"limit"}, "limit": {markup}, "requests": {"1"}, "window": {markup}}},
		"a number":     {"default/time", url.Values{"do": {"limit"}, "limit": {"complycube"}, "requests": {markup}}},
		"a counter":    {"default/time", url.Values{"do": {"count"}, "limit": {markup}, "subject": {markup}}},
		"a fault":      {"default/time", url.Values{"do": {"arm"}, "on": {markup}, "kind": {"close"}}},
		"its id":       {"default/time", url.Values{"do": {"arm"}, "on": {"kobra"}, "kind": {"close"}, "fault": {markup}, "headers": {markup}}},
		"a switch":     {"default/settings", url.Values{"do": {"set"}, "name": {markup}, "value": {markup}}},
		"its value":    {"default/settings", url.Values{"do": {"set"}, "name": {"limits.complycube"}, "value": {markup}}},
		"a credential": {"default/settings", url.Values{"do": {"mint"}, "api": {"cobrofacil"}, "permissions": {markup}}},
		"its API":      {"default/settings", url.Values{"do": {"mint"}, "api": {markup}}},
	} {
		page := send(t, s, form.path, form.known)
		shows(t, page, what)
		assert.GreaterOrEqual(t, page.Status, 400, what)
	}
	for what, form := range map[string]struct {
		path  string
		known url.Values
	}{
		"a counter":    {"default/time", url.Values{"do": {"count"}, "limit": {"complycube"}, "subject": {markup}, "used": {"3"}}},
		"a fault":      {"default/time", url.Values{"do": {"arm"}, "on": {"kobra"}, "kind": {"close"}, "owner": {markup}, "headers": {"x: " + markup}}},
		"a credential": {"default/settings", url.Values{"do": {"mint"}, "api": {"cobrofacil"}, "credential": {"a"}, "owner": {markup}}},
	} {
		page := send(t, s, form.path, form.known)
		assert.Less(t, page.Status, 400, what)
		shows(t, get(t, s, "/console/"+form.path), what)
	}
}

// What is not there is told in the control API's words, with its status.
func TestUnknownData(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	for path, words := range map[string]string{
		"nobody/data":                          "No workspace is called nobody",
		"nobody/time":                          "No workspace is called nobody",
		"nobody/settings":                      "No workspace is called nobody",
		"default/data/nope/clients":            "no collection is called nope.clients",
		"default/data/cobrofacil/clients/":     "",
		"default/data/cobrofacil/clients/nope": "No record of cobrofacil.clients has this key and owner",
	} {
		page := get(t, s, "/console/"+path)
		assert.Equal(t, 404, page.Status, path)
		assert.Contains(t, page.Body, words, path)
	}
	assert.Equal(t, 200, get(t, s, "/console/nobody/workspaces").Status, "it lists those that there are")
	assert.Contains(t, get(t, s, "/console/default/data/cobrofacil/clients?page=99").Body, "This page is empty")
	for _, query := range []string{"?page=-1", "?page=x", "?page=99999999999999999999"} {
		assert.Equal(t, 200, get(t, s, "/console/default/data/cobrofacil/clients"+query).Status, query)
		assert.Equal(t, 200, get(t, s, "/console/default/workspaces"+query).Status, query)
	}
}
