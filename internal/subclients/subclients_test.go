package subclients_test

import (
	"cmp"
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
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/subclients"
)

const (
	clients = "/subclients/clients"
	login   = "/subclients/auth/login"
	token   = "Authorization: Bearer sandbox-subclients-token"
	other   = "Authorization: Bearer sandbox-subclients-other-token"
	poor    = "Authorization: Bearer sandbox-subclients-poor-token"
	capsule = "6d2f2f6e-6c5d-4b57-9a5c-3f0b8f1f7c01"
	mayab   = "4052a14e-9f43-4e97-8142-5d6ed0bfa205" // a seeded subclient
	local   = "Host: localhost"
)

func TestLedger(t *testing.T) {
	t.Parallel()
	fidelitytest.Check(t, subclients.Rules, ".", "../app")
}

func api(t *testing.T, s *apptest.Sandbox) *gate.API {
	t.Helper()
	at := slices.IndexFunc(s.APIs, func(a *gate.API) bool { return a.Name == "subclients" })
	require.GreaterOrEqual(t, at, 0)
	return s.APIs[at]
}

// The routes are the ones that openapi.yaml describes, and no others.
func TestRoutesAreDescribed(t *testing.T) {
	t.Parallel()
	a := api(t, apptest.New(t, app.Options{}))
	document, err := openapi3.NewLoader().LoadFromData(a.OpenAPI)
	require.NoError(t, err)
	var described, routed []string
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			described = append(described, fmt.Sprint(operation.OperationID, " ", method, " ", path))
		}
	}
	for _, r := range a.Routes {
		routed = append(routed, fmt.Sprint(r.Operation, " ", r.Method, " ", r.Path))
		assert.Equal(t, "/v1"+r.Path, r.Also)
	}
	assert.ElementsMatch(t, described, routed)
}

// documented is a file of the partner's page; its hidden e-mail addresses read a@example.com.
func documented(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "documented", name))
	require.NoError(t, err)
	return string(text)
}

// compact is the page's JSON without its white space, members in their order.
func compact(text string) string {
	return strings.NewReplacer("\n", "", `": `, `":`).Replace(text)
}

// member is a member of a body and its JSON.
type member struct{ name, value string }

// with is the documented creation with some members set to other JSON; "-" leaves a member out.
func with(t testing.TB, changes ...string) string {
	t.Helper()
	var body []string
	for _, m := range membersOf(t) {
		for i := 0; i < len(changes); i += 2 {
			if changes[i] == m.name {
				m.value = changes[i+1]
			}
		}
		if m.value != "-" {
			body = append(body, fmt.Sprintf("%q:%s", m.name, m.value))
		}
	}
	for i := 0; i < len(changes); i += 2 {
		if !slices.ContainsFunc(membersOf(t), func(m member) bool { return m.name == changes[i] }) {
			body = append(body, fmt.Sprintf("%q:%s", changes[i], changes[i+1]))
		}
	}
	return "{" + strings.Join(body, ",") + "}"
}

// membersOf are those of the documented creation, in their order.
func membersOf(t testing.TB) (all []member) {
	t.Helper()
	for line := range strings.SplitSeq(documented(t, "request.json"), "\n") {
		if name, value, found := strings.Cut(line, ": "); found {
			all = append(all, member{strings.Trim(name, `"`), strings.TrimSuffix(value, ",")})
		}
	}
	require.Len(t, all, 36)
	return all
}

// fund is the body of a funding.
func fund(id, amount string) string { return fmt.Sprintf(`{"client_id":%q,"amount":%s}`, id, amount) }

// refusal is an error's body.
func refusal(code int, message string) string {
	return fmt.Sprintf(`{"success":false,"code":%d,"message":%q,"data":null}`, code, message)
}

// invalid is the refusal of a body, for "name: is required" and the like.
func invalid(sentences ...string) string {
	errs := make([]string, len(sentences))
	for i, s := range sentences {
		name, sentence, _ := strings.Cut(s, ": ")
		errs[i] = fmt.Sprintf("%q:[%q]", name, sentence)
	}
	return `{"success":false,"code":422,"message":"Validation failed","data":{"errors":{` + strings.Join(errs, ",") + `}}}`
}

// subclient is a new subclient as a test reads it.
type subclient struct {
	ID, Code, Name string
	Available      json.Number
	RFC            string
	APIClient      struct {
		ID, Name, Alias string
		Description     *string
	} `json:"api_client"`
}

// apiKey is the UUID in api_client, wherever it stands.
func (s subclient) apiKey() string { return cmp.Or(s.APIClient.ID, s.APIClient.Name) }

func readSubclient(t testing.TB, a apptest.Answer) subclient {
	t.Helper()
	require.Equal(t, 200, a.Status, a.Body)
	var body struct{ Data struct{ Subclient subclient } }
	require.NoError(t, json.Unmarshal([]byte(a.Body), &body))
	return body.Data.Subclient
}

// create makes a subclient from the documented request with changes.
func create(t testing.TB, s *apptest.Sandbox, auth string, changes ...string) subclient {
	t.Helper()
	return readSubclient(t, s.Do(t, "POST", clients, with(t, changes...), auth))
}

// own is the caller's own client as a test reads it.
type own struct {
	ID, Name, Alias, Code, Email string
	Available, Balance           json.Number
}

func read(t testing.TB, s *apptest.Sandbox, auth string) own {
	t.Helper()
	a := s.Do(t, "GET", clients, "", auth)
	require.Equal(t, 200, a.Status, a.Body)
	var body struct{ Data struct{ Client own } }
	require.NoError(t, json.Unmarshal([]byte(a.Body), &body))
	return body.Data.Client
}

// logIn is the header with a login's token.
func logIn(t testing.TB, s *apptest.Sandbox, apiKey, password string) string {
	t.Helper()
	a := s.Do(t, "POST", login, credentials(apiKey, password), "")
	require.Equal(t, 200, a.Status, a.Body)
	require.Regexp(t, `^Bearer [A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$`, a.Header.Get("Authorization"))
	return "Authorization: " + a.Header.Get("Authorization")
}

// credentials is the body of a login.
func credentials(apiKey, password string) string {
	return fmt.Sprintf(`{"api_client":{"api_key":%q,"password":%q}}`, apiKey, password)
}

// export is a workspace's records of this API, as a fixture.
func export(t testing.TB, s *apptest.Sandbox, workspace string) string {
	t.Helper()
	a := s.Do(t, "GET", "/_sandbox/workspaces/"+workspace+"/fixture?format=json", "", local)
	require.Equal(t, 200, a.Status, a.Body)
	var fixture struct{ Subclients json.RawMessage }
	require.NoError(t, json.Unmarshal([]byte(a.Body), &fixture))
	return string(fixture.Subclients)
}
