package apidev_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/apidev"
	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
	"github.com/seed-0f456478/sandbox/internal/gate"
)

const (
	clients  = "/apidev/v1/clients"
	accounts = "/apidev/v1/accounts"
	login    = "/apidev/v1/login"
	token    = "Authorization: Bearer sandbox-apidev-token"
	key      = "X-API-Key: gtk_sandbox"
	tenant   = "tenant: demo.geotareas.com"
	local    = "Host: localhost:8080" // the control API takes no other name
	regional = "982710394857200005"   // the documented client
	still    = "2026-03-01T00:00:00Z!"
)

// dev are the headers of the published user.
var dev = []string{token, key, tenant}

// in are the headers of the published user in a workspace.
func in(workspace string) []string { return []string{token + "@" + workspace, key, tenant} }

// other are the headers of the other company's user.
var other = []string{"Authorization: Bearer sandbox-apidev-other-token", "X-API-Key: gtk_other", tenant}

// newQuiet is a sandbox without limits and cache, for tests of what stands behind them.
func newQuiet(t *testing.T) *apptest.Sandbox {
	t.Helper()
	return apptest.New(t, app.Options{Clock: still, Settings: map[string]string{"limits": "off", "apidev.cache": "off"}})
}

func TestLedger(t *testing.T) {
	t.Parallel()
	fidelitytest.Check(t, apidev.Rules, ".", "../app")
}

func api(t *testing.T) *gate.API {
	t.Helper()
	all := apptest.New(t, app.Options{}).APIs
	return all[slices.IndexFunc(all, func(a *gate.API) bool { return a.Name == "apidev" })]
}

// The routes are the ones that openapi.yaml describes, and no others.
func TestRoutesAreDescribed(t *testing.T) {
	t.Parallel()
	api := api(t)
	document, err := openapi3.NewLoader().LoadFromData(api.OpenAPI)
	require.NoError(t, err)
	var described, routed []string
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			described = append(described, fmt.Sprint(operation.OperationID, " ", method, " ", path))
		}
	}
	for _, r := range api.Routes {
		routed = append(routed, fmt.Sprint(r.Operation, " ", r.Method, " ", r.Path))
	}
	assert.ElementsMatch(t, described, routed)
}

// Ten a minute for every operation but the login, and a permission too.
func TestEveryOperationIsLimited(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-30", "API-50", "API-51", "API-52", "API-4")
	api := api(t)
	var limited, routed []string
	for _, l := range api.Limits {
		limited = append(limited, l.Operation)
		assert.Equal(t, "10 1m0s", fmt.Sprint(l.Requests, " ", l.Window), l.Operation)
	}
	s := newQuiet(t)
	for _, r := range api.Routes {
		if r.Operation == "login" {
			continue
		}
		routed = append(routed, r.Operation)
		a := s.Do(t, r.Method, strings.Replace(r.Path, "{id}", regional, 1), "", "Authorization: Bearer sandbox-apidev-noperm-token", key, tenant)
		assert.Equal(t, 403, a.Status, r.Operation)
		assert.Equal(t, failure("FORBIDDEN", "You do not have permission to access this resource."), a.Body)
		resource, right := "CLIENTS", "WRITE"
		if strings.Contains(r.Path, "accounts") {
			resource = "ACCOUNTS"
		}
		if r.Method == "GET" {
			right = "READ"
		}
		assert.Contains(t, explain(t, s, a).Violations[0].Message, "APICLI_"+resource+"_"+right)
	}
	assert.ElementsMatch(t, routed, limited)
}

// The catalogue that faults will name.
func TestErrorCatalogue(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{
		"header_missing", "invalid", "not_json", "not_an_object", "content_type", "unauthorized", "forbidden", "not_found",
		"route_not_found", "method_not_allowed", "too_large", "rate_limited", "login_locked", "internal_error",
	}, api(t).Errors)
}

// failure is the body of a refusal.
func failure(code, message string) string {
	quoted, _ := json.Marshal(message)
	return `{"success":false,"data":null,"error":{"code":"` + code + `","message":` + string(quoted) + `}}`
}

// entry is the part of a journal entry that these tests look at.
type entry struct {
	Operation, Owner, Credential string
	Unread                       []string
	Violations                   []struct {
		Member, Rule, Message, Passes string
		Value                         any
	}
	Limit *struct {
		Limit, Subject, Window, Opens string
		Used, Requests                int
	}
	Cache *struct {
		Hit bool
		Age string
	}
	Request, Response struct{ Body string }
}

// explain follows the X-Sandbox-Explain of a refusal.
func explain(t *testing.T, s *apptest.Sandbox, a apptest.Answer) entry {
	t.Helper()
	require.NotEmpty(t, a.Header.Get("X-Sandbox-Explain"), a.Body)
	return journalled(t, s, a)
}

// journalled is an answer's journal entry.
func journalled(t *testing.T, s *apptest.Sandbox, a apptest.Answer) (e entry) {
	t.Helper()
	shown := s.Do(t, "GET", "/_sandbox/workspaces/"+a.Header.Get("X-Sandbox-Workspace")+"/requests/"+a.Header.Get("X-Sandbox-Request-Id"), "", local)
	require.Equal(t, 200, shown.Status, shown.Body)
	require.NoError(t, json.Unmarshal([]byte(shown.Body), &e), shown.Body)
	return e
}

func advance(t *testing.T, s *apptest.Sandbox, workspace, by string) {
	t.Helper()
	a := s.Do(t, "POST", "/_sandbox/workspaces/"+workspace+"/clock/advance", `{"by":"`+by+`"}`, local)
	require.Equal(t, 200, a.Status, a.Body)
}

// record is a client or an account as a test reads it.
type record map[string]any

func detail(t testing.TB, a apptest.Answer) record {
	t.Helper()
	require.Equal(t, 200, a.Status, a.Body)
	var body struct{ Data record }
	require.NoError(t, json.Unmarshal([]byte(a.Body), &body), a.Body)
	return body.Data
}

// listed is a page as a test reads it.
type listed struct {
	Data []record
	Meta struct{ Total, Limit, Offset int }
}

func (l listed) names() []string {
	all := []string{}
	for _, r := range l.Data {
		name, _ := r["name"].(string)
		all = append(all, name)
	}
	return all
}

func list(t testing.TB, a apptest.Answer) (l listed) {
	t.Helper()
	require.Equal(t, 200, a.Status, a.Body)
	require.NoError(t, json.Unmarshal([]byte(a.Body), &l), a.Body)
	return l
}

// idOf is the id that a creation answers.
func idOf(t testing.TB, a apptest.Answer) string {
	t.Helper()
	require.Equal(t, 201, a.Status, a.Body)
	var body struct{ Data struct{ ID string } }
	require.NoError(t, json.Unmarshal([]byte(a.Body), &body), a.Body)
	return body.Data.ID
}
