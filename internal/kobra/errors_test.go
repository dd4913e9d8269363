package kobra_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
	"github.com/seed-0f456478/sandbox/internal/kobra"
)

// Every kind of broken body gets the envelope, and leaves no trace.
func TestBrokenBodies(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	good := body(1, fresh("a"))
	notJSON := func(rest string) string { return "The body is not valid JSON" + rest }
	const (
		neither  = "The body must be a JSON object with accounts or a JSON array of payment promises."
		notSent  = "The request must be sent as application/json."
		tooLarge = "The body must have at most 32 MiB."
	)
	padded := func(size int) string {
		return body(1, fresh("a", `"x":"`+strings.Repeat("x", size-len(body(1, fresh("a", `"x":""`))))+`"`))
	}
	nested := func(levels int) string {
		return body(1, fresh("a", `"x":`+strings.Repeat("[", levels-3)+strings.Repeat("]", levels-3)))
	}
	for _, test := range []struct {
		id, name, body, contentType, message string
	}{
		{"COM-22", "empty", "", "application/json", notJSON(": the body is empty.")},
		{"COM-22", "white space", " \n", "application/json", notJSON(": the body is empty.")},
		{"KOB-42", "no comma", "{\n  \"importTypeID\": 1\n  \"accounts\": []\n}", "application/json", notJSON(" at line 3, column 3: expected a comma")},
		{"KOB-42", "no comma between promises", "[\n{\"visitID\":1}\n{\"visitID\":1}]", "application/json", notJSON(" at line 3, column 1: expected a comma or ]")},
		{"KOB-42", "columns are bytes", "{\"ñ\":1 \"a\":2}", "application/json", notJSON(" at line 1, column 9: expected a comma")},
		{"KOB-42", "not closed", `{"importTypeID":1`, "application/json", notJSON(" at line 1, column 18: expected a comma or }")},
		{"KOB-42", "no colon", `{"importTypeID" 1}`, "application/json", notJSON(" at line 1, column 17: expected a colon")},
		{"KOB-42", "no value", `{"importTypeID":}`, "application/json", notJSON(" at line 1, column 17: expected a value")},
		{"KOB-42", "a comma too many", `[{"visitID":1},]`, "application/json", notJSON(" at line 1, column 15: expected ]")},
		{"COM-22", "trailing garbage", good + "x", "application/json", notJSON(fmt.Sprintf(" at line 1, column %d: expected the end of the body", len(good)+1))},
		{"COM-22", "a second value", "[]\n[]", "application/json", notJSON(" at line 2, column 2: there is more behind the value")},
		{"COM-22", "a member twice", body(1, fresh("a", `"rfc":"x","rfc":"x"`)), "application/json", notJSON(" at line 1, column 42: duplicate object member name")},
		{"COM-22", "a member twice, escaped", `{"importTypeID":1,"importType\u0049D":1,"accounts":[]}`, "application/json", notJSON(" at line 1, column 19: duplicate object member name")},
		{"COM-22", "an unread member twice, deep", body(2, `{"externalID":"ana-munoz","name":{"a":1,"a":2}}`), "application/json", notJSON(" at line 1, column 71: duplicate object member name")},
		{"COM-22", "invalid UTF-8", "[\"\xff\"]", "application/json", notJSON(" at line 1, column 3: invalid UTF-8")},
		{"COM-22", "NUL", `["\u0000"]`, "application/json", notJSON(" at line 1, column 10: a string holds a NUL character")},
		{"COM-22", "NUL in a name", `{"\u0000":1}`, "application/json", notJSON(" at line 1, column 10: a string holds a NUL character")},
		{"COM-22", "a lone surrogate", `["\ud800"]`, "application/json", notJSON(" at line 1, column 3: invalid surrogate pair `\\ud800\"]` in string")},
		{"COM-22", "33 levels", nested(33), "application/json", notJSON(" at line 1, column 66: values nest deeper than 32 levels")},
		{"COM-22", "32 levels", nested(32), "application/json", ""},
		{"KOB-42", "null", `null`, "application/json", neither},
		{"KOB-42", "a string", `"x"`, "application/json", neither},
		{"KOB-42", "a number", ` 1 `, "application/json", neither},
		{"KOB-42", "true", `true`, "application/json", neither},
		{"KOB-42", "a form", "a=b", "application/x-www-form-urlencoded", notSent},
		{"KOB-42", "no content type", good, "", notSent},
		{"COM-21", "with a parameter", good, "application/json; charset=utf-8", ""},
		{"COM-22", "32 MiB", padded(32 << 20), "application/json", ""},
		{"COM-22", "more", padded(32<<20 + 1), "application/json", tooLarge},
	} {
		t.Run(test.id+" "+test.name, func(t *testing.T) {
			t.Parallel()
			a := s.Send(t, "POST", imports, test.body, token+"@"+workspaceOf(t), "Content-Type: "+test.contentType)
			switch test.message {
			case "":
				assert.Equal(t, imported, a.Body)
			case tooLarge:
				assert.Equal(t, 413, a.Status)
				assert.Equal(t, refused("PayloadTooLarge", test.message), a.Body)
			default:
				assert.Equal(t, 400, a.Status)
				assert.Equal(t, refused("ValidationError", test.message), a.Body)
			}
		})
	}
}

func TestRoutesAndMethods(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	for _, test := range []struct {
		id, method, path string
		status           int
		allow, body      string
	}{
		{"KOB-41", "GET", "/kobra/nope", 404, "", refused("NotFound", "The path /nope does not exist.")},
		{"KOB-41", "POST", "/kobra", 404, "", refused("NotFound", "The path / does not exist.")},
		{"KOB-41", "POST", "/kobra/api/imports", 404, "", refused("NotFound", "The path /api/imports does not exist.")},
		{"KOB-41", "GET", imports, 405, "POST", refused("MethodNotAllowed", "The method GET is not allowed here; allowed: POST.")},
		{"COM-6", "BREW", "/kobra/auth", 405, "POST", refused("MethodNotAllowed", "The method BREW is not allowed here; allowed: POST.")},
	} {
		for _, header := range []string{token, "Authorization:"} {
			a := s.Do(t, test.method, test.path, "", header)
			assert.Equal(t, test.status, a.Status, test.path)
			assert.Equal(t, test.body, a.Body)
			assert.Equal(t, test.allow, a.Header.Get("Allow"))
		}
	}
}

// What is wrong first is answered: each row adds a mistake to the row below it.
func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-20")
	s := apptest.New(t, app.Options{Settings: map[string]string{"kobra.unknown_reference": "reject"}})
	for _, test := range []struct {
		status                   int
		method, body, header, ct string
	}{
		{405, "PUT", `{`, "Authorization:", "text/plain"},
		{401, "POST", `{`, "Authorization:", "text/plain"},
		{400, "POST", `{`, token, "text/plain"},
		{400, "POST", body(2, `{"externalID":"no","iva":"x"}`) + "x", token, "application/json"},
		{400, "POST", body(2, `{"externalID":"no","iva":"x"}`), token, "application/json"},
		{404, "POST", body(2, `{"externalID":"no","iva":1}`), token, "application/json"},
	} {
		a := s.Do(t, test.method, imports, test.body, test.header, "Content-Type: "+test.ct)
		assert.Equal(t, test.status, a.Status, a.Body)
	}
}

func TestNoRateLimit(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "KOB-45")
	s := apptest.New(t, app.Options{Clock: "2027-03-01T00:00:00Z!"})
	for range 200 {
		require.Equal(t, 200, s.Send(t, "POST", imports, documented(t, "import_promises.json"), token).Status)
	}
}

// A bug in the sandbox is answered in the partner's envelope, and told only to the log. Here the database has gone.
func TestInternalError(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "KOB-46", "KOB-41")
	s := apptest.New(t, app.Options{})
	require.Equal(t, 200, s.Do(t, "POST", imports, documented(t, "import_promises.json"), token).Status)
	require.NoError(t, s.Close(t.Context()))
	a := s.Do(t, "POST", imports, documented(t, "import_promises.json"), token)
	assert.Equal(t, 500, a.Status)
	assert.Equal(t, refused("InternalError", "Something went wrong."), a.Body)
	assert.Contains(t, s.Log.String(), "the store is closed")
}

// The catalogue that faults will name, and no name twice.
func TestErrorCatalogue(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{
		"unauthorized", "wrong_login", "invalid", "not_json", "wrong_top_level", "content_type", "not_found", "route_not_found",
		"method_not_allowed", "too_large", "too_many_requests", "internal_error",
	}, kobra.New().Errors)
}

// Each of them can be asked for by its name, and then says what it can without a reason.
func TestFaultsByName(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "KOB-41")
	s := apptest.New(t, app.Options{})
	want := map[string]string{
		"unauthorized": "401 Unauthorized", "wrong_login": "401 Unauthorized", "invalid": "400 ValidationError", "not_json": "400 ValidationError",
		"wrong_top_level": "400 ValidationError", "content_type": "400 ValidationError", "not_found": "404 NotFound", "route_not_found": "404 NotFound",
		"method_not_allowed": "405 MethodNotAllowed", "too_large": "413 PayloadTooLarge", "too_many_requests": "429 TooManyRequests", "internal_error": "500 InternalError",
	}
	for _, name := range kobra.New().Errors {
		a := s.Send(t, "POST", imports, "[]", token, "X-Sandbox-Fault: "+name)
		var answer struct {
			Error struct{ Type, Message string }
		}
		require.NoError(t, json.Unmarshal([]byte(a.Body), &answer), a.Body)
		assert.Equal(t, want[name], fmt.Sprint(a.Status, " ", answer.Error.Type), name)
		assert.Regexp(t, `^[A-Z][^%]+\.$`, answer.Error.Message, name)
	}
}
