package complycube_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/complycube"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
	"github.com/seed-0f456478/sandbox/internal/gate"
)

const (
	clients = "/complycube/v1/clients"
	key     = "Authorization: test_sandbox"
	live    = "Authorization: live_sandbox"
	jane    = "5eb04fcd0f3e360008035eb1" // the documented client
	local   = "Host: localhost"
)

func TestLedger(t *testing.T) {
	t.Parallel()
	fidelitytest.Check(t, complycube.Rules, ".", "../app")
}

// unlimited makes a sandbox without rate limits, for tests that have other things to ask.
func unlimited(t testing.TB, settings ...string) *apptest.Sandbox {
	t.Helper()
	o := app.Options{Settings: map[string]string{"limits": "off"}}
	for i := 0; i < len(settings); i += 2 {
		o.Settings[settings[i]] = settings[i+1]
	}
	return apptest.New(t, o)
}

func api(t testing.TB, s *apptest.Sandbox) *gate.API {
	t.Helper()
	at := slices.IndexFunc(s.APIs, func(a *gate.API) bool { return a.Name == "complycube" })
	require.GreaterOrEqual(t, at, 0)
	return s.APIs[at]
}

// The routes are the ones that openapi.yaml describes, and no others.
func TestRoutesAreDescribed(t *testing.T) {
	t.Parallel()
	api := api(t, unlimited(t))
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

func TestAddresses(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-1", "COM-2", "COM-4", "COM-5")
	s := unlimited(t)
	for path, host := range map[string]string{
		clients + "/" + jane:                    "localhost:8080",
		clients + "/" + jane + "/":              "127.0.0.1",
		"/w/run" + clients + "/" + jane:         "localhost",
		"/v1/clients/" + jane:                   "api.complycube.com",
		"/w/run/v1/clients/" + jane:             "API.complycube.com:443",
		"/v1/clients/" + jane + "?x=" + clients: "complycube.localhost:8080",
	} {
		assert.Equal(t, jane, read(t, s.Do(t, "GET", path, "", key, "Host: "+host)).ID, path)
	}
	a := s.Do(t, "GET", "/v1/clients", "", key, local)
	assert.Equal(t, 404, a.Status)
	assert.Contains(t, a.Body, `"http://localhost/complycube/v1/clients"]`)
}

func documented(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "documented", name))
	require.NoError(t, err)
	return string(text)
}

// compact is JSON without white space.
func compact(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, json.Compact(&b, []byte(text)))
	return b.String()
}

// client is a client as a test reads it.
type client struct {
	ID             string            `json:"id"`
	Type           string            `json:"type"`
	EntityName     string            `json:"entityName"`
	Email          string            `json:"email"`
	Mobile         string            `json:"mobile"`
	Telephone      string            `json:"telephone"`
	ExternalID     string            `json:"externalId"`
	JoinedDate     string            `json:"joinedDate"`
	PersonDetails  map[string]string `json:"personDetails"`
	CompanyDetails map[string]string `json:"companyDetails"`
	Metadata       map[string]string `json:"metadata"`
	CreatedAt      string            `json:"createdAt"`
	UpdatedAt      string            `json:"updatedAt"`
}

func read(t testing.TB, a apptest.Answer) (c client) {
	t.Helper()
	require.Equal(t, 200, a.Status, a.Body)
	require.NoError(t, json.Unmarshal([]byte(a.Body), &c), a.Body)
	return c
}

type list struct {
	Page, PageSize, TotalItems, Pages int
	Items                             []client
}

func readList(t testing.TB, a apptest.Answer) (l list) {
	t.Helper()
	require.Equal(t, 200, a.Status, a.Body)
	require.NoError(t, json.Unmarshal([]byte(a.Body), &l), a.Body)
	return l
}

// The required members of a person and of a company.
const (
	eva  = `{"type":"person","email":"eva@example.com","personDetails":{"firstName":"Eva","lastName":"Sosa"}}`
	acme = `{"type":"company","email":"acme@example.com","companyDetails":{"name":"Acme"}}`
)

// with is a creation with further members, as JSON.
func with(creation, members string) string {
	return strings.TrimSuffix(creation, "}") + "," + members + "}"
}

// without is JSON without a part of its text.
func without(t testing.TB, body, part string) string {
	t.Helper()
	require.Contains(t, body, part)
	return strings.Replace(body, part, "", 1)
}

// refused is the body of a refusal for what a member holds.
func refused(param, message string) string {
	quoted := strings.ReplaceAll(message, `"`, `\"`)
	if param == "" {
		return fmt.Sprintf(`{"type":"invalid_request","message":"%s"}`, quoted)
	}
	return fmt.Sprintf(`{"type":"invalid_request","message":"%s","param":"%s"}`, quoted, param)
}

type journalled struct {
	Violations []struct{ Member, Rule, Message, Passes string }
	Unread     []string
}

// explained is the journal's entry of an answer.
func explained(t testing.TB, s *apptest.Sandbox, a apptest.Answer) (e journalled) {
	t.Helper()
	path := "/_sandbox/workspaces/" + a.Header.Get("X-Sandbox-Workspace") + "/requests/" + a.Header.Get("X-Sandbox-Request-Id")
	entry := s.Send(t, "GET", path, "", local)
	require.Equal(t, 200, entry.Status, entry.Body)
	require.NoError(t, json.Unmarshal([]byte(entry.Body), &e))
	return e
}
