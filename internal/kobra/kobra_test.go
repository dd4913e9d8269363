package kobra_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
	"github.com/seed-0f456478/sandbox/internal/kobra"
)

const (
	imports  = "/kobra/api/import"
	auth     = "/kobra/api/auth"
	token    = "Authorization: sandbox-kobra-token"
	other    = "Authorization: sandbox-kobra-other-token"
	local    = "Host: localhost:8080" // the control API takes no other name
	imported = `{"data":null,"error":null}`
)

func TestLedger(t *testing.T) {
	t.Parallel()
	fidelitytest.Check(t, kobra.Rules, ".", "../app")
}

// The routes are the ones that openapi.yaml describes, and no others.
func TestRoutesAreDescribed(t *testing.T) {
	t.Parallel()
	api := kobra.New()
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

func documented(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "documented", name))
	require.NoError(t, err)
	return strings.TrimSuffix(string(text), "\n")
}

// body is an import of accounts of a type.
func body(importType int, accounts ...string) string {
	return fmt.Sprintf(`{"importTypeID":%d,"accounts":[%s]}`, importType, strings.Join(accounts, ","))
}

// fresh is a new account with what is required; further members stand in front of them.
func fresh(id string, members ...string) string {
	return `{` + strings.Join(append(members, `"externalID":"`+id+`"`, `"productID":1`, `"currencyCode":"MX"`, `"name":"Eva"`, `"firstSurname":"Sosa"`), ",") + `}`
}

// workspaceOf is a workspace of the test's own.
func workspaceOf(t *testing.T) string {
	t.Helper()
	name := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(t.Name()))
	return name[max(0, len(name)-50):] // a table's rows differ at their end
}

// exported is the fixture of a workspace: by collection the records, in their order.
func exported(t testing.TB, s *apptest.Sandbox, workspace string) map[string][]json.RawMessage {
	t.Helper()
	a := s.Do(t, "GET", "/_sandbox/workspaces/"+workspace+"/fixture?format=json", "", local)
	require.Equal(t, 200, a.Status, a.Body)
	var fixture struct {
		Kobra map[string][]json.RawMessage
	}
	require.NoError(t, json.Unmarshal([]byte(a.Body), &fixture))
	return fixture.Kobra
}

// account is the account of an ID, as compact JSON, or "" if the owner has none.
func account(t testing.TB, s *apptest.Sandbox, workspace, id string) string {
	t.Helper()
	for _, record := range exported(t, s, workspace)["accounts"] {
		var key struct {
			ExternalID string
			Owner      string `json:"_owner"`
		}
		require.NoError(t, json.Unmarshal(record, &key))
		if key.ExternalID == id && key.Owner == "" {
			return compact(string(record))
		}
	}
	return ""
}

// compact is indented JSON on one line, its members in their order and its numbers as they are.
func compact(text string) string {
	var b strings.Builder
	for _, line := range strings.Split(text, "\n") {
		b.WriteString(strings.Replace(strings.TrimSpace(line), `": `, `":`, 1))
	}
	return b.String()
}

// entry is the part of a journal entry that these tests look at.
type entry struct {
	Operation, Owner string
	Dropped          bool
	Unread           []string
	Effects          []struct{ Record, Effect string }
	Violations       []violation
	Request          struct{ Body string }
	Response         struct{ Body string }
}

type violation struct {
	Member, Rule, Message, Passes string
	Value                         json.RawMessage // 1e400 is no number to Go
}

// journalled is the entry of an answer.
func journalled(t testing.TB, s *apptest.Sandbox, a apptest.Answer) (e entry) {
	t.Helper()
	path := "/_sandbox/workspaces/" + a.Header.Get("X-Sandbox-Workspace") + "/requests/" + a.Header.Get("X-Sandbox-Request-Id")
	shown := s.Do(t, "GET", path, "", local)
	require.Equal(t, 200, shown.Status, shown.Body)
	require.NoError(t, json.Unmarshal([]byte(shown.Body), &e), shown.Body)
	return e
}

// refused is the envelope of a refusal.
func refused(class, message string) string {
	return fmt.Sprintf(`{"data":null,"error":{"type":%q,"message":%s}}`, class, quoted(message))
}

func quoted(text string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text)
	return strings.TrimSpace(b.String())
}

// entire is the documented example with the commas that it lacks.
func entire(t testing.TB) string {
	t.Helper()
	text := documented(t, "import_accounts.txt")
	for _, name := range []string{"inactive", "lenderIDcdc", "contractType", "accountType", "productoType", "periodicity", "overduePeriods"} {
		require.Equal(t, 1, strings.Count(text, ` "`+name+`"`), name)
		text = strings.Replace(text, ` "`+name+`"`, `, "`+name+`"`, 1)
	}
	return text
}
