package soak

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"flag"
	"maps"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/gate"
)

// input is an operation that reads a body, and what its partner says to one that is not described.
type input struct {
	name, method, path string
	headers            []string
	schema             string // in the API's description
	good               []int
	invalid            []int // what a body is answered that is JSON
	// narrow says in the description what it leaves to its words: which values there are, and which stand together.
	narrow func(schemas openapi3.Schemas)
}

const (
	cobrofacilToken = "Authorization: Bearer sandbox-cobrofacil-token"
	subclientsToken = "Authorization: Bearer sandbox-subclients-token"
	complycubeToken = "Authorization: test_sandbox"
	kobraToken      = "Authorization: Bearer sandbox-kobra-token"
)

var apidevHeaders = []string{"Authorization: Bearer sandbox-apidev-token", "X-API-Key: gtk_sandbox", "tenant: demo.geotareas.com"}

// inputs are all operations of all APIs that read a body; TestInputs holds them against the descriptions.
func inputs(publicKey string) []input {
	clearable := []any{nil, "", "2024-02-29", "1999-12-31"}
	cobrofacil := func(s openapi3.Schemas) {
		for _, of := range []string{"CreateClient", "UpdateClient"} {
			only(s, of+".email", nil, "", "juan@example.com", "a+b@sub.example.org")
		}
	}
	subclients := func(s openapi3.Schemas) {
		only(s, "CreateClient.email", "juan@example.com", "a+b@sub.example.org")
		only(s, "CreateClient.contact_email", "juan@example.com", "a+b@sub.example.org")
		only(s, "CreateClient.legal_representative_email", nil, "", "juan@example.com")
		only(s, "CreateClient.available", 100.0, 100.5, 1200.51, 90_000.0)
		only(s, "Fund.amount", 0.01, 100.5, 90_000.0)
		only(s, "Login.api_client.api_key", "sandbox-subclients-key")
		only(s, "Login.api_client.password", "sandbox")
		only(s, "Fund.client_id", "0c1e6d0a-5b0f-4a53-8d0e-1f2a9c7b6e01", "4052a14e-9f43-4e97-8142-5d6ed0bfa205")
		only(s, "PublicKey.public_key", publicKey)
	}
	complycube := func(kind, details, other string, creating bool) func(openapi3.Schemas) {
		return func(s openapi3.Schemas) {
			only(s, "Date", clearable...)
			only(s, "Country", nil, "", "US", "MX", "UY")
			for _, of := range []string{"CreateClient", "UpdateClient"} {
				only(s, of+".email", "juan@example.com")
				only(s, of+".type", kind)
				delete(s[of].Value.Properties, other)
			}
			s["CreateClient"].Value.Required = []string{"type", "email", details}
			if creating {
				s["SendPersonDetails"].Value.Required = []string{"firstName", "lastName"}
				s["SendCompanyDetails"].Value.Required = []string{"name"}
			}
			s["SendMetadata"].Value.MaxProps = openapi3.Ptr[uint64](20)
		}
	}
	kobra := func(s openapi3.Schemas) {
		only(s, "Login.user", "lender@sandbox.test")
		only(s, "Login.password", "sandbox")
		only(s, "Accounts.importTypeID", 1.0)
		for _, name := range []string{"birthdate", "addressDate", "lastPaymentDate", "loanDate", "requiredPaymentMaxDate"} {
			only(s, "Account."+name, clearable...)
		}
		account, promise := s["Account"].Value, s["Promises"].Value.Items.Value
		s["Accounts"].Value.Properties["accounts"].Value.MaxItems = openapi3.Ptr[uint64](1)
		account.Properties["productID"].Value.Enum = []any{1.0, 2.0, 3.0}
		account.Properties["currencyCode"].Value.Enum = []any{"MX", "US"}
		account.Required = []string{"externalID", "productID", "currencyCode", "name", "firstSurname"}
		for _, name := range []string{"name", "firstSurname"} {
			account.Properties[name].Value.Type, account.Properties[name].Value.MinLength = &openapi3.Types{"string"}, 1
		}
		promise.Properties["visitID"] = openapi3.NewSchemaRef("", &openapi3.Schema{Type: &openapi3.Types{"integer"}})
		promise.Required, promise.AnyOf = []string{"visitID", "paymentPromiseStatus"}, nil
		delete(promise.Properties, "visitlID")
	}
	apidev := func(s openapi3.Schemas) {
		only(s, "Login.email", "dev@sandbox.test")
		only(s, "Login.password", "sandbox")
		for _, of := range []string{"CreateAccount", "UpdateAccount"} {
			only(s, of+".client_id", nil, "", "982710394857200005")
			for _, name := range []string{"start_date", "end_date", "birth_date"} {
				only(s, of+"."+name, nil, "", "2024-02-29", "2024-02-29T12:00:00Z", "2024-02-29T12:00:00.000-03:00")
			}
		}
	}
	const client, account = "982710394857200005", "982710394857201664"
	bearer := func(token string) []string { return []string{token} }
	return []input{
		{"cobrofacil.createClient", "POST", "/cobrofacil/api/v1/clients", bearer(cobrofacilToken), "CreateClient", []int{201}, []int{422}, cobrofacil},
		{"cobrofacil.updateClient", "PATCH", "/cobrofacil/api/v1/clients/019734bb-1f46-73bb-95d0-62e98a2f6247", bearer(cobrofacilToken), "UpdateClient", []int{200}, []int{422}, cobrofacil},
		{"cobrofacil.updateClientByPost", "POST", "/cobrofacil/api/v1/clients/019734bb-1f46-73bb-95d0-62e98a2f6247", bearer(cobrofacilToken), "UpdateClient", []int{200}, []int{422}, cobrofacil},
		{"subclients.login", "POST", "/subclients/auth/login", nil, "Login", []int{200}, []int{401}, subclients},
		{"subclients.createClient", "POST", "/subclients/clients", bearer(subclientsToken), "CreateClient", []int{200}, []int{422}, subclients},
		{"subclients.fundClient", "POST", "/subclients/clients/fund", bearer(subclientsToken), "Fund", []int{200}, []int{404, 422}, subclients},
		{"subclients.setPublicKey", "POST", "/subclients/clients/api_key/public_key", bearer(subclientsToken), "PublicKey", []int{200}, []int{422}, subclients},
		{"complycube.createClient", "POST", "/complycube/v1/clients", bearer(complycubeToken), "CreateClient", []int{200}, []int{400}, complycube("person", "personDetails", "companyDetails", true)},
		{"complycube.createClient of a company", "POST", "/complycube/v1/clients", bearer(complycubeToken), "CreateClient", []int{200}, []int{400}, complycube("company", "companyDetails", "personDetails", true)},
		{"complycube.updateClient", "POST", "/complycube/v1/clients/5eb04fcd0f3e360008035eb1", bearer(complycubeToken), "UpdateClient", []int{200}, []int{400}, complycube("person", "personDetails", "companyDetails", false)},
		{"kobra.login", "POST", "/kobra/api/auth", nil, "Login", []int{200}, []int{400, 401}, kobra},
		{"kobra.import", "POST", "/kobra/api/import", bearer(kobraToken), "Accounts", []int{200}, []int{400}, kobra},
		{"kobra.import of promises", "POST", "/kobra/api/import", bearer(kobraToken), "Promises", []int{200}, []int{400}, kobra},
		{"apidev.login", "POST", "/apidev/v1/login", apidevHeaders[2:], "Login", []int{200}, []int{400, 401, 429}, apidev},
		{"apidev.createClient", "POST", "/apidev/v1/clients", apidevHeaders, "CreateClient", []int{201}, []int{400}, apidev},
		{"apidev.updateClient", "PUT", "/apidev/v1/clients/" + client, apidevHeaders, "UpdateClient", []int{200}, []int{400}, apidev},
		{"apidev.createAccount", "POST", "/apidev/v1/accounts", apidevHeaders, "CreateAccount", []int{201}, []int{400}, apidev},
		{"apidev.updateAccount", "PUT", "/apidev/v1/accounts/" + account, apidevHeaders, "UpdateAccount", []int{200}, []int{400}, apidev},
	}
}

// drawn holds, in a schema, the values that are drawn where its own words do not say it all.
const drawn = "x-drawn"

// only has some values drawn for a member. It is named by its schema, and the way into that.
func only(schemas openapi3.Schemas, place string, values ...any) {
	name, way, _ := strings.Cut(place, ".")
	in := schemas[name].Value
	for name := range strings.SplitSeq(way, ".") {
		if name != "" {
			own := *in.Properties[name].Value // which others may share
			in.Properties[name] = openapi3.NewSchemaRef("", &own)
			in = &own
		}
	}
	in.Extensions = map[string]any{drawn: values}
}

// described is the schema of an input's body, to draw from and to check against.
func (in input) described(t *testing.T, s *apptest.Sandbox) (*openapi3.Schema, *jsonschema.Schema) {
	t.Helper()
	api, _, _ := strings.Cut(in.name, ".")
	at := slices.IndexFunc(s.APIs, func(a *gate.API) bool { return a.Name == api })
	document, err := openapi3.NewLoader().LoadFromData(s.APIs[at].OpenAPI)
	require.NoError(t, err)
	in.narrow(document.Components.Schemas)
	text, err := json.Marshal(map[string]any{"components": map[string]any{"schemas": document.Components.Schemas}})
	require.NoError(t, err)
	whole, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("api.json", whole))
	check, err := compiler.Compile("api.json#/components/schemas/" + in.schema)
	require.NoError(t, err)
	return document.Components.Schemas[in.schema].Value, check
}

// What is valid by its description is accepted, and what differs from that in one place is refused as the partner
// documents, and leaves no trace in the data.
func TestInputs(t *testing.T) {
	require.NoError(t, flag.Set("rapid.checks", strconv.Itoa(pick(1, 300))))
	require.NoError(t, flag.Set("rapid.seed", strconv.FormatUint(*seed, 10)))
	require.NoError(t, flag.Set("rapid.nofailfile", "true"))
	require.NoError(t, flag.Set("rapid.shrinktime", "3s"))
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	s := apptest.New(t, app.Options{Settings: map[string]string{"limits": "off"}})
	all := inputs(string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})))
	assert.Subset(t, namesOf(all), withBody(t, s), "an operation that reads a body is not tried")

	tried := &figures{}
	begun := standing()
	t.Run("inputs", func(t *testing.T) {
		for i, in := range all {
			t.Run(in.name, func(t *testing.T) {
				t.Parallel()
				draws, check := in.described(t, s)
				p := probe{in, s, "/w/input-" + strconv.Itoa(i), tried, draws, check}
				rapid.Check(t, p.round)
			})
		}
	})
	tried.report(t, s, begun)
}

// figures counts what was tried, and knows the answers that were found to conform: refusals repeat.
type figures struct {
	all, good, refused, failed atomic.Int64

	conform sync.Map
}

func (c *figures) count(status int) {
	c.all.Add(1)
	switch {
	case status >= 500:
		c.failed.Add(1)
	case status >= 400:
		c.refused.Add(1)
	default:
		c.good.Add(1)
	}
}

// report prints the figures. No request may have failed, or cost anything for good but what journal and figures keep.
func (c *figures) report(t *testing.T, s *apptest.Sandbox, begun resources) {
	t.Helper()
	ended := standing()
	t.Logf("seed %d: %d requests, %d accepted, %d refused, %d answered 5xx; goroutines %d, then %d; heap %d MiB, then %d MiB",
		*seed, c.all.Load(), c.good.Load(), c.refused.Load(), c.failed.Load(), begun.goroutines, ended.goroutines, begun.heap>>20, ended.heap>>20)
	assert.Zero(t, c.failed.Load())
	assert.NotContains(t, s.Log.String(), "level=ERROR", "a panic or a failure of the sandbox itself")
	assert.LessOrEqual(t, ended.goroutines, begun.goroutines)
	assert.Less(t, ended.heap, begun.heap+200<<20)
}

// probe tries an input in a workspace of its own.
type probe struct {
	input
	s     *apptest.Sandbox
	root  string
	tried *figures
	draws *openapi3.Schema
	check *jsonschema.Schema
}

func (p probe) round(r *rapid.T) {
	require.Less(r, p.control(r, "POST", "/reset").Status, 300)
	value := drawValue(r, p.draws)
	body := encode(value)
	require.NoError(r, p.describes(r, body), body)
	p.send(r, body, "application/json", p.good)

	before := p.control(r, "GET", "/fixture?format=json").Body
	bad := broken(body)
	for _, what := range slices.Sorted(maps.Keys(bad)) {
		if bad[what] != body { // {} has no quotes
			p.send(r, bad[what], "application/json", []int{400})
		}
	}
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/jsonx", ";", "application/json;charset"} {
		p.send(r, body, kind, []int{400})
	}
	wrong, odd := p.variants(r, value)
	for _, body := range wrong {
		expected := p.invalid
		if body[0] != encode(value)[0] {
			expected = []int{400} // not even of the right type
		}
		p.send(r, body, "application/json", expected)
	}
	require.Equal(r, before, p.control(r, "GET", "/fixture?format=json").Body, "a refused request left a trace")
	for _, body := range odd {
		p.send(r, body, "application/json", nil)
	}
	require.Equal(r, 200, p.control(r, "GET", "/fixture?format=json").Status)
}

// variants are some of those of a value that are not described, and some that are: partners may take them or not.
func (p probe) variants(r *rapid.T, value any) (wrong, odd []string) {
	all := variants(p.draws, value)
	most := min(len(all), pick(60, 300))
	from := rapid.IntRange(0, len(all)-most).Draw(r, "from")
	for _, other := range all[from : from+most] {
		if text := encode(other); p.describes(r, text) == nil {
			odd = append(odd, text)
		} else {
			wrong = append(wrong, text)
		}
	}
	return wrong, odd[:min(len(odd), 15)] // whose answers take long to check
}

// describes says why a body is not what the description says.
func (p probe) describes(r *rapid.T, body string) error {
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	require.NoError(r, err)
	return p.check.Validate(value)
}

// send holds the answer against the description, and its status against those that are expected; nil for any but 5xx.
func (p probe) send(r *rapid.T, body, kind string, expected []int) {
	a := p.exchange(r, p.method, p.path, body, kind)
	if expected != nil {
		require.Contains(r, expected, a.Status, "%s of %s\n%s", a.Body, kind, clip(body))
	}
}

func (p probe) exchange(r *rapid.T, method, path, body, kind string) apptest.Answer {
	request := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	for _, line := range p.headers {
		name, value, _ := strings.Cut(line, ": ")
		request.Header.Set(name, value)
	}
	request.Header.Set("Content-Type", kind)
	described := request.Clone(request.Context())
	request.URL.Path = p.root + path // the descriptions know no /w/
	w := httptest.NewRecorder()
	p.s.ServeHTTP(w, request)
	a := apptest.Answer{Status: w.Code, Header: w.Header(), Body: w.Body.String()}
	p.tried.count(a.Status)
	require.Less(r, a.Status, 500, "%s\n%s", a.Body, clip(body))
	known := [2]string{method + path + a.Header.Get("Content-Type"), strconv.Itoa(a.Status) + a.Body}
	if _, ok := p.tried.conform.Load(known); !ok {
		require.NoError(r, p.s.Conforms(described, a), "%d %s\n%s", a.Status, a.Body, clip(body))
		if a.Status >= 400 && len(a.Body) < 300 {
			p.tried.conform.Store(known, true)
		}
	}
	return a
}

func clip(text string) string { return text[:min(len(text), 4000)] }

func (p probe) control(r *rapid.T, method, path string) apptest.Answer {
	request := httptest.NewRequest(method, "http://localhost/_sandbox/workspaces/"+strings.TrimPrefix(p.root, "/w/")+path, nil)
	w := httptest.NewRecorder()
	p.s.ServeHTTP(w, request)
	return apptest.Answer{Status: w.Code, Header: w.Header(), Body: w.Body.String()}
}

func namesOf(all []input) []string {
	var names []string
	for _, in := range all {
		names = append(names, in.name)
	}
	return names
}

// withBody lists the operations that the APIs describe with a body.
func withBody(t *testing.T, s *apptest.Sandbox) []string {
	t.Helper()
	var all []string
	for _, api := range s.APIs {
		document, err := openapi3.NewLoader().LoadFromData(api.OpenAPI)
		require.NoError(t, err)
		for _, item := range document.Paths.Map() {
			for _, operation := range item.Operations() {
				if operation.RequestBody != nil {
					all = append(all, api.Name+"."+operation.OperationID)
				}
			}
		}
	}
	return all
}

// resources is what the process takes.
type resources struct {
	goroutines int
	heap       uint64
}

func standing() resources {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return resources{runtime.NumGoroutine(), m.HeapAlloc}
}

// some are, in the short version, every fourth of many: other ones with another seed.
func some[T any](all []T) []T {
	if *long {
		return all
	}
	var few []T
	for i := int(*seed % 4); i < len(all); i += 4 {
		few = append(few, all[i])
	}
	return few
}
