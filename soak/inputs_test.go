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

// probe tries the input in the i-th workspace.
func (in input) probe(t testing.TB, s *apptest.Sandbox, i int, tried *figures) probe {
	t.Helper()
	draws, check := in.described(t, s)
	return probe{in, s, "/w/input-" + strconv.Itoa(i), tried, draws, check}
}

// described is the schema of an input's body, to draw from and to check against.
func (in input) described(t testing.TB, s *apptest.Sandbox) (*openapi3.Schema, *jsonschema.Schema) {
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
	s := apptest.New(t, app.Options{Settings: map[string]string{"limits": "off"}})
	all := inputs(publicKey(t))
	assert.Subset(t, namesOf(all), withBody(t, s), "an operation that reads a body is not tried")

	tried := &figures{}
	begun := standing()
	t.Run("inputs", func(t *testing.T) {
		for i, in := range all {
			t.Run(in.name, func(t *testing.T) {
				t.Parallel()
				rapid.Check(t, in.probe(t, s, i, tried).round)
			})
		}
	})
	tried.report(t, s, begun)
}

// FuzzInputs is TestInputs, led by what of the code an input reaches.
func FuzzInputs(f *testing.F) {
	s := apptest.New(f, app.Options{Settings: map[string]string{"limits": "off"}})
	var probes []probe
	for i, in := range inputs(publicKey(f)) {
		probes = append(probes, in.probe(f, s, i, &figures{}))
	}
	f.Fuzz(rapid.MakeFuzz(func(r *rapid.T) { rapid.SampledFrom(probes).Draw(r, "input").round(r) }))
}

// publicKey is one in PEM, of the only kind that is taken.
func publicKey(t testing.TB) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
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
	most := min(len(all), pick(30, 300))
	from := rapid.IntRange(0, len(all)-most).Draw(r, "from")
	for _, other := range all[from : from+most] {
		if text := encode(other); p.describes(r, text) == nil {
			odd = append(odd, text)
		} else {
			wrong = append(wrong, text)
		}
	}
	return wrong, odd[:min(len(odd), pick(3, 15))] // whose answers take long to check
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
