package cobrofacil_test

import (
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
	"github.com/seed-0f456478/sandbox/internal/cobrofacil"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

const (
	clients = "/cobrofacil/api/v1/clients"
	token   = "Authorization: Bearer sandbox-cobrofacil-token"
	other   = "Authorization: Bearer sandbox-cobrofacil-other-token"
	juan    = "019734bb-1f46-73bb-95d0-62e98a2f6247" // the documented client
)

func TestLedger(t *testing.T) {
	t.Parallel()
	fidelitytest.Check(t, cobrofacil.Rules, ".", "../app")
}

// The routes are the ones that openapi.yaml describes, and no others.
func TestRoutesAreDescribed(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	api := s.APIs[0]
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

func documented(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "documented", name))
	require.NoError(t, err)
	return string(text)
}

// compact is the JSON without its white space, members in their order.
func compact(t *testing.T, text string) string {
	t.Helper()
	var b strings.Builder
	d := json.NewDecoder(strings.NewReader(text))
	var raw json.RawMessage
	require.NoError(t, d.Decode(&raw))
	for _, line := range strings.Split(string(raw), "\n") {
		b.WriteString(strings.Replace(strings.TrimSpace(line), `": `, `":`, 1))
	}
	return b.String()
}

// client is a client as a test reads it.
type client struct {
	ID                string
	Display           string
	ExternalReference *string `json:"external_reference"`
	FirstName         string  `json:"first_name"`
	MiddleName        *string `json:"middle_name"`
	LastName          *string `json:"last_name"`
	MMName            *string `json:"mm_name"`
	Email             *string
	PhoneNumber       *string `json:"phone_number"`
	SPEICLABE         *string `json:"spei_clabe"`
}

func read(t testing.TB, a apptest.Answer) client {
	t.Helper()
	var body struct{ Data client }
	require.NoError(t, json.Unmarshal([]byte(a.Body), &body), a.Body)
	return body.Data
}

// with is a valid creation with some members set to other JSON; "-" leaves a member out.
func with(members ...string) string {
	body := []string{`"first_name":"Eva"`, `"last_name":"Sosa"`, `"phone_number":"+59899123456"`}
	for i := 0; i < len(members); i += 2 {
		name := `"` + members[i] + `":`
		body = slices.DeleteFunc(body, func(m string) bool { return strings.HasPrefix(m, name) })
		if members[i+1] != "-" {
			body = append(body, name+members[i+1])
		}
	}
	return "{" + strings.Join(body, ",") + "}"
}

// onlyErrors is the body of a refusal with sentences like "first_name: The …", those of a member one after the other.
func onlyErrors(sentences ...string) string {
	var members []string
	for _, s := range sentences {
		member, sentence, _ := strings.Cut(s, ": ")
		if last := len(members) - 1; last >= 0 && strings.HasPrefix(members[last], `"`+member+`"`) {
			members[last] = strings.TrimSuffix(members[last], "]") + fmt.Sprintf(`,"%s"]`, sentence)
		} else {
			members = append(members, fmt.Sprintf(`"%s":["%s"]`, member, sentence))
		}
	}
	return `{"message":"The given data was invalid.","errors":{` + strings.Join(members, ",") + `},"exception_code":0}`
}
