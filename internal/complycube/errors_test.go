package complycube_test

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

const unauthorized = `{"type":"unauthorized","message":"The 'Authorization' header is invalid"}`

func TestUnauthorized(t *testing.T) {
	t.Parallel()
	s := unlimited(t)
	for _, test := range []struct{ id, name, header, rule string }{
		{"CC-3", "no header", "Authorization:", "COM-13"},
		{"CC-3", "unknown", "Authorization: test_nobody", "COM-13"},
		{"CC-1", "with a scheme", "Authorization: Bearer test_sandbox", "COM-13"},
		{"CC-3", "letter case counts", "Authorization: TEST_sandbox", "COM-13"},
		{"COM-15", "expired", "Authorization: test_expired", "COM-15"},
		{"COM-13", "a live key of somebody's", "Authorization: live_c2VjcmV0", "COM-13"},
		{"COM-11", "two workspaces", "Authorization: test_sandbox@other", "COM-11"},
	} {
		t.Run(test.id+" "+test.name, func(t *testing.T) {
			t.Parallel()
			for method, path := range map[string]string{"POST": "", "GET": "/" + jane, "DELETE": "/" + jane} {
				a := s.Do(t, method, "/w/run"+clients+path, "", test.header)
				assert.Equal(t, 401, a.Status)
				assert.Equal(t, unauthorized, a.Body)
				assert.Equal(t, test.rule, explained(t, s, a).Violations[0].Rule)
			}
		})
	}
	for _, header := range []string{key, key + "@default", live} {
		assert.Equal(t, 200, s.Do(t, "GET", clients, "", header).Status, header)
	}
}

// A live key that is not the published one is taken for the partner's production, and shown nowhere.
func TestLiveKeysAreRefused(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-13", "COM-15")
	s := apptest.New(t, app.Options{Open: true, Settings: map[string]string{"limits": "off"}})
	for _, secret := range []string{"live_c2VjcmV0", "live_", "live_sandboxx", "live_c2VjcmV0@run"} {
		a := s.Do(t, "GET", clients, "", "Authorization: "+secret)
		assert.Equal(t, 401, a.Status)
		assert.Contains(t, explained(t, s, a).Violations[0].Message, "production")
	}
	journal := s.Do(t, "GET", "/_sandbox/workspaces/default/requests", "", local).Body
	assert.NotContains(t, journal+s.Log.String(), "c2VjcmV0")

	// Any test key is the demo owner's, but nothing else is, and the one that has expired stays so.
	for header, status := range map[string]int{"test_x": 200, "test_mine@run": 200, "live_sandbox": 200, "test_": 401, "prod_x": 401, "Bearer test_x": 401, "test_expired": 401} {
		assert.Equal(t, status, s.Do(t, "GET", clients, "", "Authorization: "+header).Status, header)
	}
	assert.Equal(t, 200, s.Do(t, "GET", clients+"/"+jane, "", "Authorization: test_x").Status)
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "CC-4")
	const limited = `{"type":"rate_limit_exceeded","message":"You have exceeded the rate limit prescribed to your plan"}`
	s := apptest.New(t, app.Options{Clock: "2027-03-01T00:00:00Z!", Open: true})
	advance := func(by string) {
		t.Helper()
		require.Equal(t, 200, s.Do(t, "POST", "/_sandbox/workspaces/default/clock/advance", `{"by":"`+by+`"}`, local).Status)
	}
	for header, most := range map[string]int{key: 5, live: 10, "Authorization: test_a": 5, "Authorization: test_b": 5} {
		for i := range most {
			assert.Equal(t, 200, s.Do(t, "GET", clients, "", header).Status, "%s, request %d", header, i+1)
		}
		a := s.Do(t, "GET", clients, "", header)
		assert.Equal(t, 429, a.Status, header)
		assert.Equal(t, limited, a.Body)
		for name := range a.Header {
			assert.Contains(t, []string{"Content-Type", "Content-Length", "X-Sandbox-Request-Id", "X-Sandbox-Workspace", "X-Sandbox-Explain"}, name)
		}
		assert.Equal(t, "CC-4", explained(t, s, a).Violations[0].Rule)
		assert.Equal(t, 200, s.Do(t, "GET", clients, "", header+"@elsewhere").Status, "a workspace counts for itself")
	}
	for owner, most := range map[string]int{"test": 5, "live": 10, "somebody": 5} { // minted keys
		secret := "test_minted_" + owner
		require.Equal(t, 201, s.Do(t, "POST", "/_sandbox/workspaces/default/credentials", `{"api":"complycube","owner":"`+owner+`","secret":"`+secret+`"}`, local).Status)
		for i := range most + 1 {
			want := map[bool]int{true: 200, false: 429}[i < most]
			assert.Equal(t, want, s.Do(t, "GET", clients, "", "Authorization: "+secret).Status, "%s, request %d", secret, i+1)
		}
	}
	advance("999999999ns")
	assert.Equal(t, 429, s.Do(t, "GET", clients, "", key).Status)
	advance("1ns")
	for i := range 5 { // every operation counts, refused ones too; those beyond the limit did not
		a := s.Do(t, []string{"GET", "POST", "DELETE"}[i%3], clients+"/nobody", `{`, key)
		assert.Contains(t, []int{400, 404}, a.Status)
	}
	assert.Equal(t, 429, s.Do(t, "POST", clients, `{`, key, "Content-Type: text/plain").Status, "before the body is looked at")
}

func TestUnknownClients(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "CC-42", "CC-31", "COM-33")
	s := unlimited(t)
	for path, shown := range map[string]string{
		"123456789":                      "123456789",
		"5eb04fcd0f3e360008035eb2":       "5eb04fcd0f3e360008035eb2",
		strings.ToUpper(jane):            strings.ToUpper(jane),
		jane + "0":                       jane + "0",
		"a%2Fb%20c":                      "a/b c",
		"%22%3Cb%3E":                     `\"<b>`,
		"x%00y":                          `x\u0000y`,
		"%FF":                            "\uFFFD",
		"%27%20OR--":                     "' OR--",
		"%25s%25d":                       "%s%d",
		strings.Repeat("%C3%B1", 12_000): strings.Repeat("ñ", 12_000),
	} {
		for _, method := range []string{"GET", "POST", "DELETE"} {
			a := s.Do(t, method, clients+"/"+path, map[string]string{"POST": `{"type":"person"}`}[method], key)
			assert.Equal(t, 404, a.Status, path)
			assert.Equal(t, fmt.Sprintf(`{"type":"resource_not_found","message":"Invalid client id '%s'"}`, shown), a.Body)
		}
	}
}

func TestRoutesAndMethods(t *testing.T) {
	t.Parallel()
	s := unlimited(t)
	const (
		noRoute  = `{"type":"resource_not_found","message":"The requested resource does not exist"}`
		noMethod = `{"type":"method_not_allowed","message":"The requested resource does not support this method"}`
	)
	for _, test := range []struct {
		id, method, path string
		status           int
		allow, body      string
	}{
		{"CC-44", "GET", "/complycube", 404, "", noRoute},
		{"CC-44", "GET", "/complycube/v1/nope?x=1", 404, "", noRoute},
		{"CC-44", "GET", "/complycube/v2/clients", 404, "", noRoute},
		{"CC-44", "GET", clients + "//", 404, "", noRoute},
		{"CC-44", "PUT", clients, 405, "GET, HEAD, POST", noMethod},
		{"CC-44", "PATCH", clients + "/" + jane, 405, "GET, HEAD, POST, DELETE", noMethod},
		{"COM-6", "BREW", clients, 405, "GET, HEAD, POST", noMethod},
	} {
		t.Run(test.id+" "+test.method+" "+test.path, func(t *testing.T) {
			t.Parallel()
			for _, header := range []string{key, "Authorization:"} { // which is looked at later (COM-20)
				a := s.Do(t, test.method, test.path, "", header)
				assert.Equal(t, test.status, a.Status)
				assert.Equal(t, test.body, a.Body)
				assert.Equal(t, test.allow, a.Header.Get("Allow"))
			}
		})
	}
}

// Every kind of broken body gets the partner's envelope, for a creation and an update alike.
func TestBrokenBodies(t *testing.T) {
	t.Parallel()
	s := unlimited(t)
	notJSON := refused("", "The request body is not valid JSON")
	notObject := refused("", "The request body must be a JSON object")
	notSent := refused("", "The 'Content-Type' header must be application/json")
	const tooLarge = `{"type":"request_too_large","message":"The request body is too large"}`
	padded := func(size int) string {
		return with(eva, `"x":"`+strings.Repeat("x", size-len(with(eva, `"x":""`)))+`"`)
	}
	nested := func(levels int) string {
		return with(eva, `"x":`+strings.Repeat("[", levels-1)+strings.Repeat("]", levels-1))
	}
	for _, test := range []struct {
		id, name, body, contentType string
		status                      int
		answer                      string
	}{
		{"COM-22", "empty", "", "application/json", 400, notJSON},
		{"CC-44", "syntax", `{"type":"person"`, "application/json", 400, notJSON},
		{"COM-22", "something behind", eva + "x", "application/json", 400, notJSON},
		{"COM-22", "a member twice", with(eva, `"email":"a@example.com"`), "application/json", 400, notJSON},
		{"COM-22", "a nested member twice", with(acme, `"personDetails":{"firstName":"a","firstName":"b"}`), "application/json", 400, notJSON},
		{"COM-22", "a key of metadata twice", with(eva, `"metadata":{"a":"1","\u0061":"2"}`), "application/json", 400, notJSON},
		{"COM-22", "NUL in metadata", with(eva, `"metadata":{"a":"\u0000"}`), "application/json", 400, notJSON},
		{"COM-22", "a lone surrogate", with(eva, `"mobile":"\ud800"`), "application/json", 400, notJSON},
		{"COM-22", "invalid UTF-8", with(eva, "\"mobile\":\"\xff\""), "application/json", 400, notJSON},
		{"COM-22", "33 levels", nested(33), "application/json", 400, notJSON},
		{"COM-22", "32 levels", nested(32), "application/json", 0, ""},
		{"CC-44", "an array", `[]`, "application/json", 400, notObject},
		{"CC-44", "null", `null`, "application/json", 400, notObject},
		{"CC-5", "a form", "type=person", "application/x-www-form-urlencoded", 400, notSent},
		{"CC-5", "no content type", eva, "", 400, notSent},
		{"CC-5", "with a parameter", eva, "application/json; charset=utf-8", 0, ""},
		{"COM-22", "1 MiB", padded(1 << 20), "application/json", 0, ""},
		{"CC-44", "more", padded(1<<20 + 1), "application/json", 413, tooLarge},
	} {
		t.Run(test.id+" "+test.name, func(t *testing.T) {
			t.Parallel()
			for path, passed := range map[string]int{clients: 200, clients + "/nobody": 404} {
				a := s.Do(t, "POST", path, test.body, key, "Content-Type: "+test.contentType)
				if test.answer == "" {
					assert.Equal(t, passed, a.Status, a.Body)
					continue
				}
				assert.Equal(t, test.status, a.Status)
				assert.Equal(t, test.answer, a.Body)
			}
		})
	}
}

// What is wrong first is answered, in the order of COM-20: each row mends what the one above was refused for.
func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-20")
	s := apptest.New(t, app.Options{Clock: "2027-03-01T00:00:00Z!"})
	for range 5 {
		s.Do(t, "GET", clients, "", key)
	}
	for _, test := range []struct {
		status                      int
		method, body, key, mimeType string
	}{
		{405, "PUT", `{`, "test_nobody", "text/plain"},
		{401, "POST", `{`, "test_nobody", "text/plain"},
		{429, "POST", `{`, "test_sandbox", "text/plain"},
		{400, "POST", `{`, "test_sandbox@idle", "text/plain"},
		{400, "POST", `{`, "test_sandbox@idle", "application/json"},
		{400, "POST", `{"email":1}`, "test_sandbox@idle", "application/json"},
		{404, "POST", `{"email":"a@example.com"}`, "test_sandbox@idle", "application/json"},
	} {
		a := s.Do(t, test.method, clients+"/nobody", test.body, "Authorization: "+test.key, "Content-Type: "+test.mimeType)
		assert.Equal(t, test.status, a.Status, a.Body)
	}
}

// A bug in the sandbox is answered in the partner's words, and told only to the log. Here the database has gone.
func TestServerError(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "CC-43")
	s := unlimited(t)
	require.Equal(t, 200, s.Do(t, "GET", clients, "", key).Status)
	require.NoError(t, s.Close(t.Context()))
	for method, path := range map[string]string{"GET": clients, "POST": clients + "/" + jane, "DELETE": clients + "/" + jane} {
		a := s.Do(t, method, path, map[string]string{"POST": `{}`}[method], key)
		assert.Equal(t, http.StatusInternalServerError, a.Status)
		assert.Equal(t, `{"type":"internal_server_error","message":"An error has occurred, try your request again. If you still keep getting this error, please get in touch with Support."}`, a.Body)
		assert.Contains(t, s.Log.String(), a.Header.Get("X-Sandbox-Request-Id"))
	}
	assert.Contains(t, s.Log.String(), "the store is closed")
}

// Every error of the catalogue, asked for by its name.
func TestErrorCatalogue(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "CC-43")
	s := unlimited(t)
	bodies := map[string]string{
		"unauthorized":          unauthorized,
		"no_access":             `{"type":"unauthorized","message":"Your current plan does not include access to this service"}`,
		"rate_limit_exceeded":   `{"type":"rate_limit_exceeded","message":"You have exceeded the rate limit prescribed to your plan"}`,
		"invalid_request":       refused("", "The request is invalid"),
		"not_json":              refused("", "The request body is not valid JSON"),
		"not_an_object":         refused("", "The request body must be a JSON object"),
		"content_type":          refused("", "The 'Content-Type' header must be application/json"),
		"request_too_large":     `{"type":"request_too_large","message":"The request body is too large"}`,
		"client_not_found":      `{"type":"resource_not_found","message":"Invalid client id '` + jane + `'"}`,
		"route_not_found":       `{"type":"resource_not_found","message":"The requested resource does not exist"}`,
		"method_not_allowed":    `{"type":"method_not_allowed","message":"The requested resource does not support this method"}`,
		"internal_server_error": `{"type":"internal_server_error","message":"An error has occurred, try your request again. If you still keep getting this error, please get in touch with Support."}`,
	}
	statuses := map[string]int{
		"unauthorized": 401, "no_access": 403, "rate_limit_exceeded": 429, "request_too_large": 413, "client_not_found": 404,
		"route_not_found": 404, "method_not_allowed": 405, "internal_server_error": 500,
	}
	names := api(t, s).Errors
	assert.ElementsMatch(t, slices.Collect(maps.Keys(bodies)), names)
	for _, name := range names {
		armed := s.Do(t, "POST", "/_sandbox/workspaces/default/faults", `{"on":"complycube.getClient","kind":"error","error":"`+name+`","times":1}`, local)
		require.Equal(t, 201, armed.Status, armed.Body)
		a := s.Send(t, "GET", clients+"/"+jane, "", key) // also with what this operation cannot answer
		assert.Equal(t, cmp.Or(statuses[name], 400), a.Status, name)
		assert.Equal(t, bodies[name], a.Body, name)
	}
	assert.Equal(t, 200, s.Do(t, "GET", clients+"/"+jane, "", key).Status)
}
