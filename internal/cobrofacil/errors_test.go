package cobrofacil_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

func TestUnauthenticated(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	for _, test := range []struct{ id, name, header, environment string }{
		{"COB-1", "no header", "Authorization:", ""},
		{"COB-2", "another scheme", "Authorization: Basic sandbox-cobrofacil-token", ""},
		{"COB-2", "the bare token", "Authorization: sandbox-cobrofacil-token", ""},
		{"COB-2", "no token", "Authorization: Bearer", ""},
		{"COB-2", "unknown", "Authorization: Bearer nobody", ""},
		{"COB-2", "letter case counts", "Authorization: Bearer SANDBOX-cobrofacil-token", ""},
		{"COM-15", "expired", "Authorization: Bearer sandbox-cobrofacil-expired-token", ""},
		{"COB-4", "the other environment", token, "default"},
		{"COB-4", "no environment", token, "production"},
		{"COB-4", "the other environment of the other token", "Authorization: Bearer sandbox-cobrofacil-default-token", "sandbox"},
	} {
		t.Run(test.id+" "+test.name, func(t *testing.T) {
			t.Parallel()
			for method, path := range map[string]string{"POST": clients, "GET": clients + "/" + juan, "PATCH": clients + "/nobody"} {
				a := s.Do(t, method, path, "", test.header, "X-Environment: "+test.environment)
				assert.Equal(t, 401, a.Status)
				assert.Equal(t, `{"message":"Unauthenticated.","exception_code":0}`, a.Body)
			}
		})
	}
	for _, environments := range [][]string{{""}, {"sandbox", "default"}, {"default", "sandbox"}} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", clients+"/"+juan, nil)
		r.Header = http.Header{"Authorization": {"Bearer sandbox-cobrofacil-token"}, "X-Environment": environments}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		assert.Equal(t, 401, w.Code, environments)
	}
	for _, header := range []string{token, "Authorization: bearer sandbox-cobrofacil-token", token + "@default"} {
		assert.Equal(t, 200, s.Do(t, "GET", clients+"/"+juan, "", header, "X-Environment: sandbox").Status, header)
	}
}

func TestInvalidBodies(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	long := strings.Repeat("ñ", 256)
	for _, test := range []struct {
		id, name, body string
		errors         []string
	}{
		{"COB-20", "an empty object", `{}`, []string{"first_name: The first name field is required.", "last_name: The last name field is required.", "phone_number: The phone number field is required."}},
		{"COB-20", "null", with("first_name", "null"), []string{"first_name: The first name field is required."}},
		{"COB-20", "blank", with("last_name", `" \t "`), []string{"last_name: The last name field is required."}},
		{"COM-24", "other letter case", with("phone_number", "-", "Phone_Number", `"+526640000000"`), []string{"phone_number: The phone number field is required."}},
		{"COB-41", "a number", with("first_name", "5"), []string{"first_name: The first name field must be a string."}},
		{"COB-41", "wrong types, each told only that", with("phone_number", `[]`, "email", `{}`, "middle_name", `true`, "mm_name", `1e999`, "external_reference", `[{"a":1}]`), []string{
			"phone_number: The phone number field must be a string.", "email: The email field must be a string.", "middle_name: The middle name field must be a string.",
			"mm_name: The mm name field must be a string.", "external_reference: The external reference field must be a string.",
		}},
		{"COB-41", "an e-mail address", with("email", `"juan@"`), []string{"email: The email field must be a valid email address."}},
		{"COB-25", "too long, in characters", with("first_name", `"`+long+`"`, "middle_name", `"`+long+`"`), []string{
			"first_name: The first name field must not be greater than 255 characters.", "middle_name: The middle name field must not be greater than 255 characters.",
		}},
		{"COB-25", "every member", with("last_name", `"`+long+`"`, "phone_number", `"+`+strings.Repeat("1", 255)+`"`, "email", `"`+long+`"`, "mm_name", `"`+long+`"`, "external_reference", `"`+long+`"`), []string{
			"last_name: The last name field must not be greater than 255 characters.",
			"phone_number: The phone number field must not be greater than 255 characters.", "phone_number: The phone number field must be a valid phone number.",
			"email: The email field must not be greater than 255 characters.", "email: The email field must be a valid email address.", "mm_name: The mm name field must not be greater than 255 characters.",
			"external_reference: The external reference field must not be greater than 255 characters.",
		}},
		{"COB-40", "all at once, in their order", `{"external_reference":1,"mm_name":1,"middle_name":1,"email":1,"phone_number":"1","last_name":1}`, []string{
			"first_name: The first name field is required.", "last_name: The last name field must be a string.", "phone_number: The phone number field must be a valid phone number.",
			"email: The email field must be a string.", "middle_name: The middle name field must be a string.", "mm_name: The mm name field must be a string.",
			"external_reference: The external reference field must be a string.",
		}},
	} {
		t.Run(test.id+" "+test.name, func(t *testing.T) {
			t.Parallel()
			a := s.Do(t, "POST", clients, test.body, token)
			assert.Equal(t, 422, a.Status)
			assert.Equal(t, onlyErrors(test.errors...), a.Body)
		})
	}
	t.Run("lengths that fit", func(t *testing.T) {
		t.Parallel()
		fidelitytest.Covers(t, "COB-25", "COM-23")
		fits := `"` + strings.Repeat("😀", 255) + `"`
		a := s.Do(t, "POST", clients, with("first_name", fits, "last_name", fits, "middle_name", fits, "mm_name", fits, "external_reference", fits), token)
		assert.Equal(t, 201, a.Status, a.Body)
	})
	t.Run("optional members", func(t *testing.T) {
		t.Parallel()
		for _, value := range []string{"-", "null", `""`, `"  "`} {
			a := s.Do(t, "POST", clients, with("email", value, "middle_name", value, "mm_name", value, "external_reference", value), token)
			require.Equal(t, 201, a.Status, a.Body)
			c := read(t, a)
			assert.Equal(t, []*string{nil, nil, nil, nil}, []*string{c.Email, c.MiddleName, c.MMName, c.ExternalReference})
		}
	})
}

func TestInvalidUpdates(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	for _, test := range []struct {
		id, body string
		errors   []string
	}{
		{"COB-31", `{"first_name":null,"last_name":null,"phone_number":null}`, []string{"first_name: The first name field is required.", "last_name: The last name field is required.", "phone_number: The phone number field is required."}},
		{"COB-31", `{"first_name":" "}`, []string{"first_name: The first name field is required."}},
		{"COB-40", `{"mm_name":1,"email":"x","phone_number":"+598","first_name":[]}`, []string{
			"first_name: The first name field must be a string.", "phone_number: The phone number field must be a valid phone number.",
			"email: The email field must be a valid email address.", "mm_name: The mm name field must be a string.",
		}},
	} {
		t.Run(test.id+" "+test.body, func(t *testing.T) {
			t.Parallel()
			before := s.Do(t, "GET", clients+"/"+juan, "", token).Body
			a := s.Do(t, "PATCH", clients+"/"+juan, test.body, token)
			assert.Equal(t, 422, a.Status)
			assert.Equal(t, onlyErrors(test.errors...), a.Body)
			assert.Equal(t, before, s.Do(t, "GET", clients+"/"+juan, "", token).Body, "a refused update changes nothing")
		})
	}
}

func TestPhoneNumbers(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COB-22", "COB-32")
	s := apptest.New(t, app.Options{})
	for number, valid := range map[string]struct{ create, update bool }{
		"+526640000000":     {true, true},
		"+16195550100":      {true, true},
		"+14165550100":      {true, true}, // Canada
		"+59899123456":      {true, false},
		"+12345678":         {false, false}, // eight digits, but +1 takes ten behind it
		"+3112345":          {false, false},
		"+31123456":         {true, false}, // eight digits
		"+441234567890123":  {true, false}, // fifteen
		"+4412345678901234": {false, false},
		"+52664000000":      {false, false},
		"+5266400000000":    {false, false},
		"+0526640000000":    {false, false},
		"526640000000":      {false, false},
		"00526640000000":    {false, false},
		"+52 664 000 0000":  {false, false},
		"+52-6640000000":    {false, false},
		"+52６６４０００００００":     {false, false},
		"+":                 {false, false},
	} {
		status := s.Do(t, "POST", clients, with("phone_number", `"`+number+`"`), token).Status
		assert.Equal(t, valid.create, status == 201, "create with %s: %d", number, status)
		status = s.Do(t, "PATCH", clients+"/client-200", `{"phone_number":"`+number+`"}`, token).Status
		assert.Equal(t, valid.update, status == 200, "update to %s: %d", number, status)
	}
}

func TestUnknownClients(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COB-42", "COM-33")
	s := apptest.New(t, app.Options{})
	for path, shown := range map[string]string{
		"client-404":  "client-404",
		"CLIENT-200":  "CLIENT-200",
		"a%2Fb%20c":   "a/b c",
		"a%252Fb":     "a%2Fb",
		"%22%3Cb%3E":  `\"<b>`,
		"x%00y":       `x\u0000y`,
		"%FF":         "\uFFFD",
		"%27%20OR--":  "' OR--",
		"client-200,": "client-200,",
	} {
		for _, method := range []string{"GET", "PATCH"} {
			a := s.Do(t, method, clients+"/"+path, map[string]string{"PATCH": `{"first_name":"X"}`}[method], token)
			assert.Equal(t, 404, a.Status, path)
			assert.Equal(t, fmt.Sprintf(`{"message":"No query results for model [Client] %s","model":"Client","ids":["%s"],"exception_code":0}`, shown, shown), a.Body)
		}
	}
}

func TestRoutesAndMethods(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	noRoute := `{"message":"The route %s could not be found.","exception_code":0}`
	noMethod := `{"message":"The %s method is not supported for route %s. Supported methods: %s.","exception_code":0}`
	for _, test := range []struct {
		id, method, path string
		status           int
		allow, body      string
	}{
		{"COB-43", "GET", "/cobrofacil/api/v1/nope", 404, "", fmt.Sprintf(noRoute, "api/v1/nope")},
		{"COB-43", "GET", "/cobrofacil/api/v1/nope?x=1", 404, "", fmt.Sprintf(noRoute, "api/v1/nope")},
		{"COB-43", "GET", "/cobrofacil", 404, "", fmt.Sprintf(noRoute, "/")},
		{"COB-43", "GET", "/cobrofacil/", 404, "", fmt.Sprintf(noRoute, "/")},
		{"COB-43", "POST", "/cobrofacil/API/v1/clients", 404, "", fmt.Sprintf(noRoute, "API/v1/clients")},
		{"COB-43", "GET", "/cobrofacil/api/v1/clients/a/b", 404, "", fmt.Sprintf(noRoute, "api/v1/clients/a/b")},
		{"COB-43", "PUT", clients, 405, "POST", fmt.Sprintf(noMethod, "PUT", "api/v1/clients", "POST")},
		{"COB-43", "GET", clients + "/", 405, "POST", fmt.Sprintf(noMethod, "GET", "api/v1/clients", "POST")},
		{"COB-43", "DELETE", clients + "/a", 405, "GET, HEAD, POST, PATCH", fmt.Sprintf(noMethod, "DELETE", "api/v1/clients/a", "GET, HEAD, POST, PATCH")},
		{"COB-43", "GET", clients + "//", 404, "", fmt.Sprintf(noRoute, "api/v1/clients")},
		{"COB-43", "POST", clients + "//", 404, "", fmt.Sprintf(noRoute, "api/v1/clients")},
		{"COM-6", "BREW", clients, 405, "POST", fmt.Sprintf(noMethod, "BREW", "api/v1/clients", "POST")},
		{"COM-6", "BREW", "/cobrofacil/nope", 404, "", fmt.Sprintf(noRoute, "nope")},
		{"COM-6", "OPTIONS", clients, 405, "POST", fmt.Sprintf(noMethod, "OPTIONS", "api/v1/clients", "POST")},
	} {
		t.Run(test.id+" "+test.method+" "+test.path, func(t *testing.T) {
			t.Parallel()
			// Route and method come before the credential (COM-20).
			for _, header := range []string{token, "Authorization:"} {
				a := s.Do(t, test.method, test.path, "", header)
				assert.Equal(t, test.status, a.Status)
				assert.Equal(t, test.body, a.Body)
				assert.Equal(t, test.allow, a.Header.Get("Allow"))
				assert.Equal(t, "application/json", a.Header.Get("Content-Type"))
			}
		})
	}
}

// Every kind of broken body gets the documented envelope, for a creation and an update alike.
func TestBrokenBodies(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	const (
		notJSON   = `{"message":"The request body is not valid JSON.","exception_code":0}`
		notObject = `{"message":"The request body must be a JSON object.","exception_code":0}`
		notSent   = `{"message":"The request must be sent as application/json.","exception_code":0}`
		tooLarge  = `{"message":"Payload Too Large","exception_code":0}`
	)
	padded := func(size int) string { return with("x", `"`+strings.Repeat("x", size-len(with("x", `""`)))+`"`) }
	nested := func(levels int) string {
		return with("x", strings.Repeat("[", levels-1)+strings.Repeat("]", levels-1))
	}
	for _, test := range []struct {
		id, name, body, contentType string
		status                      int
		answer                      string
	}{
		{"COM-22", "empty", "", "application/json", 400, notJSON},
		{"COM-22", "white space", " \n", "application/json", 400, notJSON},
		{"COB-44", "syntax", `{"first_name":"Eva"`, "application/json", 400, notJSON},
		{"COB-44", "syntax of an array", `[1,`, "application/json", 400, notJSON},
		{"COB-44", "single quotes", `{'a':1}`, "application/json", 400, notJSON},
		{"COM-22", "trailing garbage", with() + "x", "application/json", 400, notJSON},
		{"COM-22", "a second value", with() + with(), "application/json", 400, notJSON},
		{"COM-22", "a member twice", `{"first_name":"a","first_name":"b"}`, "application/json", 400, notJSON},
		{"COM-22", "a member twice, escaped", `{"first_name":"a","first_n\u0061me":"b"}`, "application/json", 400, notJSON},
		{"COM-22", "an unknown member twice, deep", with("x", `{"y":{"z":1,"z":2}}`), "application/json", 400, notJSON},
		{"COM-22", "invalid UTF-8", with("first_name", "\"\xff\""), "application/json", 400, notJSON},
		{"COM-22", "an overlong NUL", with("first_name", "\"\xc0\x80\""), "application/json", 400, notJSON},
		{"COM-22", "NUL", with("first_name", `"a\u0000b"`), "application/json", 400, notJSON},
		{"COM-22", "NUL in a name", with(`x\u0000`, `1`), "application/json", 400, notJSON},
		{"COM-22", "a lone surrogate", with("first_name", `"\ud800"`), "application/json", 400, notJSON},
		{"COM-22", "a byte order mark", "\uFEFF" + with(), "application/json", 400, notJSON},
		{"COM-22", "33 levels", nested(33), "application/json", 400, notJSON},
		{"COM-22", "32 levels", nested(32), "application/json", 0, ""},
		{"COM-22", "a backslash before u0000", with("first_name", `"\\u0000"`), "application/json", 0, ""},
		{"COB-44", "an array", `[]`, "application/json", 400, notObject},
		{"COB-44", "null", `null`, "application/json", 400, notObject},
		{"COB-44", "a string", `"x"`, "application/json", 400, notObject},
		{"COB-44", "a number", `1`, "application/json", 400, notObject},
		{"COB-44", "a form", "first_name=Eva", "application/x-www-form-urlencoded", 400, notSent},
		{"COB-44", "no content type", with(), "", 400, notSent},
		{"COB-44", "a malformed content type", with(), "application/json; =", 400, notSent},
		{"COM-21", "with a parameter", with(), "application/json; charset=utf-8", 0, ""},
		{"COM-21", "in capitals", with(), "Application/JSON", 0, ""},
		{"COM-22", "1 MiB", padded(1 << 20), "application/json", 0, ""},
		{"COB-44", "more", padded(1<<20 + 1), "application/json", 413, tooLarge},
		{"COM-22", "more, and not JSON", strings.Repeat("x", 1<<20+1), "text/plain", 413, tooLarge},
	} {
		t.Run(test.id+" "+test.name, func(t *testing.T) {
			t.Parallel()
			auth := token + "@" + workspaceOf(t)
			for method, path := range map[string]string{"POST": clients, "PATCH": clients + "/nobody"} {
				a := s.Do(t, method, path, test.body, auth, "Content-Type: "+test.contentType)
				if test.answer == "" {
					assert.Contains(t, []int{201, 404, 422}, a.Status, a.Body) // past the syntax
					continue
				}
				assert.Equal(t, test.status, a.Status)
				assert.Equal(t, test.answer, a.Body)
			}
		})
	}
}

// What is wrong first is answered, in the order of COM-20: each row adds a mistake to the row below it.
func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-20")
	s := apptest.New(t, app.Options{})
	for _, test := range []struct {
		status                   int
		method, body, header, ct string
	}{
		{405, "PUT", `{`, "Authorization:", "text/plain"},
		{401, "PATCH", `{`, "Authorization:", "text/plain"},
		{400, "PATCH", `{`, token, "text/plain"},
		{400, "PATCH", `{`, token, "application/json"},
		{422, "PATCH", `{"first_name":1}`, token, "application/json"},
		{404, "PATCH", `{"first_name":"a"}`, token, "application/json"},
	} {
		a := s.Do(t, test.method, clients+"/nobody", test.body, test.header, "Content-Type: "+test.ct)
		assert.Equal(t, test.status, a.Status, a.Body)
	}
}

// A bug in the sandbox is answered in the partner's words, and told only to the log. Here the database has gone.
func TestServerError(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COB-45")
	s := apptest.New(t, app.Options{})
	require.Equal(t, 200, s.Do(t, "GET", clients+"/client-200", "", token).Status)
	require.NoError(t, s.Close(t.Context()))
	a := s.Do(t, "GET", clients+"/client-200", "", token)
	assert.Equal(t, 500, a.Status)
	assert.Equal(t, `{"message":"Server Error","exception_code":0}`, a.Body)
	assert.Contains(t, s.Log.String(), "the store is closed")
	assert.Contains(t, s.Log.String(), a.Header.Get("X-Sandbox-Request-Id"))
}

// The catalogue that faults will name, and no name twice.
func TestErrorCatalogue(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	assert.Equal(t, []string{
		"unauthenticated", "invalid", "client_not_found", "route_not_found", "method_not_allowed", "not_json", "not_an_object",
		"content_type", "too_large", "too_many_requests", "server_error",
	}, s.APIs[0].Errors)
}
