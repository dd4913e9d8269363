package soak

import (
	"encoding/json"
	"maps"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
)

// odd are values that stand in the place of ids, filters and names, as they are sent: some are no good encoding.
var odd = []string{
	"", "0", "-1", "1", "100", "101", "1e3", "99999999999999999999", "1.0", "+1", "%2B1", "0x1", "null", "true", "%00", "a%00b", "%ff", "%zz", "%", "%2e%2e",
	"..", ".", "%2f", "%2F..%2F..", "a%2fb", "%5c", "%252e%252e%252f", "%25", "_", "%25_%5c", "'", "%27%20OR%201=1--", "%22", "%3Cscript%3E", "%0d%0aX-Injected:%201",
	"%F0%9F%98%80", "%ed%a0%80", "%c0%af", "%E2%80%A8", "2026-02-30", "9999-12-31T23:59:59Z", "0000-01-01", "*", "[]", "[a]=b", "a;b", "a&a", "a=b", "%20", "+",
	strings.Repeat("a", 121), strings.Repeat("%C3%A9", 300), strings.Repeat("x", 5000),
}

// Whatever stands in a path or a query, there is an answer as it is described, that is no 500, and nothing is changed.
func TestQuestions(t *testing.T) {
	s := apptest.New(t, app.Options{Settings: map[string]string{"limits": "off"}})
	tried := &figures{}
	begun := standing()
	headers := map[string][]string{
		"cobrofacil": {cobrofacilToken}, "subclients": {subclientsToken}, "complycube": {complycubeToken}, "kobra": {kobraToken}, "apidev": apidevHeaders,
	}
	before := export(t, s)
	for _, api := range s.APIs {
		document, err := openapi3.NewLoader().LoadFromData(api.OpenAPI)
		require.NoError(t, err)
		for path, item := range document.Paths.Map() {
			get := item.Get
			if get == nil {
				get = &openapi3.Operation{} // another method, and so an answer too
			}
			p := probe{input: input{headers: headers[api.Name]}, s: s, tried: tried}
			for _, value := range some(odd) {
				target := api.Base + path
				for _, parameter := range slices.Concat(item.Parameters, get.Parameters) {
					if parameter.Value.In == "path" {
						target = strings.ReplaceAll(target, "{"+parameter.Value.Name+"}", value)
					}
				}
				p.ask(t, target)
				p.ask(t, target+"?"+value)
				p.ask(t, target+"/"+value)
				for _, parameter := range get.Parameters {
					if parameter.Value.In == "query" {
						p.ask(t, target+"?"+parameter.Value.Name+"="+value)
						p.ask(t, target+"?"+parameter.Value.Name+"="+value+"&"+parameter.Value.Name+"=1")
					}
				}
			}
		}
	}
	assert.Equal(t, before, export(t, s), "a question has left a trace")
	tried.report(t, s, begun)
}

func (p probe) ask(t *testing.T, target string) {
	t.Helper()
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return // net/http would refuse it before
	}
	r := httptest.NewRequestWithContext(t.Context(), "GET", "http://localhost/", nil)
	r.URL, r.RequestURI = u, target
	for _, line := range p.headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	p.s.ServeHTTP(w, r)
	p.tried.count(w.Code)
	assert.Less(t, w.Code, 500, "%s: %s", target, w.Body)
	assert.True(t, json.Valid(w.Body.Bytes()), "%s: %s", target, w.Body)
	for name, values := range w.Header() {
		assert.False(t, strings.ContainsAny(name+strings.Join(values, ""), "\r\n\x00"), "%s: %q: %q", target, name, values)
	}
}

// The control API takes what it describes, and answers the rest with 4xx: no member of a body, and no place in a record,
// has a value that breaks it.
func TestControlInputs(t *testing.T) {
	s := apptest.New(t, app.Options{MaxWorkspaces: 50})
	tried := &figures{}
	begun := standing()
	call := func(method, path, body string) int {
		r := httptest.NewRequestWithContext(t.Context(), method, "http://localhost"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		tried.count(w.Code)
		assert.Less(t, w.Code, 500, "%s %s: %s\n%s", method, path, w.Body, clip(body))
		return w.Code
	}
	a := s.Send(t, "GET", "/_sandbox/openapi.yaml", "", "Host: localhost")
	require.Equal(t, 200, a.Status)
	document, err := openapi3.NewLoader().LoadFromData([]byte(a.Body))
	require.NoError(t, err)
	filled := strings.NewReplacer("{workspace}", "odd", "{api}", "cobrofacil", "{collection}", "clients", "{key}", "client-200", "{id}", "x", "{name}", "x")
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			if operation.RequestBody == nil || operation.RequestBody.Value.Content["application/json"] == nil {
				continue
			}
			for _, variant := range some(variants(operation.RequestBody.Value.Content["application/json"].Schema.Value, map[string]any{})) {
				call(method, filled.Replace(path), encode(variant))
			}
			for what, body := range broken(`{"zzz":1}`) {
				if what == "nothing" || what == "blanks" {
					continue // an empty fixture is one
				}
				assert.GreaterOrEqual(t, call(method, filled.Replace(path), body), 400, "%s %s %s", method, path, clip(body))
			}
		}
	}
	// Every member of every kind of record.
	var whole map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(export(t, s)), &whole))
	for _, api := range s.APIs {
		var collections map[string][]map[string]any
		require.NoError(t, json.Unmarshal(whole[api.Name], &collections))
		for name, records := range collections {
			for _, record := range records[:min(len(records), pick(1, 5))] {
				for _, variant := range some(variants(shapeOf(record), record)) {
					call("PATCH", "/_sandbox/workspaces/odd/fixture", encode(map[string]any{api.Name: map[string]any{name: []any{variant}}}))
				}
			}
		}
	}
	assert.Equal(t, 200, call("GET", "/_sandbox/workspaces/odd/fixture", ""))
	tried.report(t, s, begun)
}

// shapeOf describes a record's members, each of any type.
func shapeOf(record map[string]any) *openapi3.Schema {
	s := &openapi3.Schema{Properties: openapi3.Schemas{}}
	for _, name := range slices.Sorted(maps.Keys(record)) {
		s.Properties[name] = openapi3.NewSchemaRef("", &openapi3.Schema{})
	}
	return s
}

func export(t *testing.T, s *apptest.Sandbox) string {
	t.Helper()
	a := s.Send(t, "GET", "/_sandbox/workspaces/default/fixture?format=json", "", "Host: localhost")
	require.Equal(t, 200, a.Status, a.Body)
	return a.Body
}
