package kobra_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

const (
	login      = `{"user":"lender@sandbox.test","password":"sandbox"}`
	wrongToken = `{"data":null,"error":{"type":"Unauthorized","message":"The token is missing or not valid."}}`
	wrongLogin = `{"data":null,"error":{"type":"Unauthorized","message":"The user or the password is not valid."}}`
)

// tokenOf is the token of a login's answer.
func tokenOf(t *testing.T, a apptest.Answer) string {
	t.Helper()
	require.Equal(t, 200, a.Status, a.Body)
	var answer struct{ Data struct{ Token string } }
	require.NoError(t, json.Unmarshal([]byte(a.Body), &answer))
	assert.Equal(t, `{"data":{"token":"`+answer.Data.Token+`"},"error":null}`, a.Body)
	return answer.Data.Token
}

func TestTokens(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	for _, test := range []struct {
		id, header string
		status     int
	}{
		{"KOB-1", "sandbox-kobra-token", 200},
		{"KOB-2", "Bearer sandbox-kobra-token", 200},
		{"KOB-2", "bearer  sandbox-kobra-token", 200},
		{"COM-11", "sandbox-kobra-token@run", 200},
		{"COM-11", "Bearer sandbox-kobra-token@run", 200},
		{"KOB-2", "", 401},
		{"KOB-2", "Bearer", 401},
		{"KOB-2", "nobody", 401},
		{"KOB-2", "Basic sandbox-kobra-token", 401},
		{"KOB-2", "SANDBOX-kobra-token", 401},
		{"COM-15", "sandbox-kobra-expired-token", 401},
		{"COM-13", "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyIjoxfQ.c2lnbmF0dXJl", 401},
		{"KOB-2", "sandbox", 401}, // the password is no token
	} {
		for _, path := range []string{imports, "/kobra/import"} {
			a := s.Do(t, "POST", path, body(2, `{"externalID":"ana-munoz"}`), "Authorization: "+test.header)
			assert.Equal(t, test.status, a.Status, test.header)
			if test.status == 401 {
				assert.Equal(t, wrongToken, a.Body)
			}
		}
	}
}

// A login's token lasts 24 hours on the workspace's clock, and names its workspace.
func TestLogin(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "KOB-1", "KOB-2", "COM-11", "COM-29")
	s := apptest.New(t, app.Options{Clock: "2027-03-01T06:00:00Z!"})
	use := func(header string) apptest.Answer {
		return s.Do(t, "POST", imports, body(2, `{"externalID":"ana-munoz"}`), "Authorization: "+header)
	}
	for _, path := range []string{auth, "/kobra/auth", auth + "/"} {
		for _, test := range []struct{ path, password, workspace string }{
			{path, "sandbox", "default"}, {path, "sandbox@run-42", "run-42"}, {"/w/run-43" + path, "sandbox", "run-43"},
		} {
			got := tokenOf(t, s.Do(t, "POST", test.path, strings.Replace(login, `"sandbox"`, `"`+test.password+`"`, 1)))
			for _, header := range []string{got, "Bearer " + got} {
				a := use(header)
				assert.Equal(t, imported, a.Body)
				assert.Equal(t, test.workspace, a.Header.Get("X-Sandbox-Workspace"))
				assert.Equal(t, "lender", journalled(t, s, a).Owner)
			}
			assert.Equal(t, 401, s.Do(t, "POST", "/w/other"+imports, "[]", "Authorization: "+got).Status, "it names another workspace")
		}
	}
	got := tokenOf(t, s.Do(t, "POST", auth, login))
	claims, err := base64.RawURLEncoding.DecodeString(strings.Split(got, ".")[1])
	require.NoError(t, err)
	assert.Contains(t, string(claims), `"exp":1803967200`) // 2027-03-02T06:00:00Z
	advance := func(by string) {
		require.Equal(t, 200, s.Do(t, "POST", "/_sandbox/workspaces/default/clock/advance", `{"by":"`+by+`"}`, local).Status)
	}
	advance("23h59m59s")
	assert.Equal(t, 200, use(got).Status)
	advance("1s")
	a := use(got)
	assert.Equal(t, wrongToken, a.Body)
	assert.Contains(t, journalled(t, s, a).Violations[0].Message, "expired at 2027-03-02T06:00:00Z")
	assert.Equal(t, wrongToken, use(got[:len(got)-4]+"AAAA").Body, "another signature")
}

func TestWrongLogins(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	padded := func(size int) string {
		const start, end = `{"user":"nobody","password":"sandbox","x":"`, `"}`
		return start + strings.Repeat("x", size-len(start+end)) + end
	}
	for _, test := range []struct {
		id, body string
		status   int
		answer   string
	}{
		{"KOB-2", `{"user":"lender@sandbox.test","password":"Sandbox"}`, 401, wrongLogin},
		{"KOB-2", `{"user":"nobody","password":"sandbox"}`, 401, wrongLogin},
		{"KOB-2", `{"user":"lender@sandbox.test@run","password":"sandbox"}`, 401, wrongLogin},
		{"KOB-2", `{"user":"sandbox-kobra-token","password":"sandbox-kobra-token"}`, 401, wrongLogin},
		{"KOB-44", `{}`, 400, refused("ValidationError", "user is required")},
		{"KOB-44", `{"user":"","password":"x"}`, 400, refused("ValidationError", "user is required")},
		{"KOB-44", `{"user":"lender@sandbox.test","password":null}`, 400, refused("ValidationError", "password is required")},
		{"KOB-44", `{"user":7,"password":"x"}`, 400, refused("ValidationError", "user must be a string")},
		{"KOB-44", `{"user":"lender@sandbox.test","password":["sandbox"]}`, 400, refused("ValidationError", "password must be a string")},
		{"KOB-42", `[]`, 400, refused("ValidationError", "The body must be a JSON object.")},
		{"KOB-42", `{"user" "x"}`, 400, refused("ValidationError", "The body is not valid JSON at line 1, column 9: expected a colon")},
		{"KOB-42", ``, 400, refused("ValidationError", "The body is not valid JSON: the body is empty.")},
		{"COM-22", padded(1 << 20), 401, wrongLogin},
		{"COM-22", padded(1<<20 + 1), 413, refused("PayloadTooLarge", "The body must have at most 1 MiB.")},
	} {
		a := s.Do(t, "POST", auth, test.body)
		assert.Equal(t, test.status, a.Status, "%.80s", test.body)
		assert.Equal(t, test.answer, a.Body)
	}
	a := s.Do(t, "POST", auth, `{"user":"lender@sandbox.test","password":"sandbox","remember":true}`)
	assert.Equal(t, []string{"remember"}, journalled(t, s, a).Unread)
}

// Neither a password nor the token that it gets stands in the journal or the log.
func TestSecretsOfLoginsAreRedacted(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-13")
	s := apptest.New(t, app.Options{Open: true})
	const secret = "a-password-of-mine"
	got := tokenOf(t, s.Do(t, "POST", auth, login))
	s.Do(t, "POST", imports, body(1, fresh(got[:20], fmt.Sprintf(`"street":%q`, got))), "Authorization: Bearer "+got)
	for _, sent := range []string{
		`{"user":"lender@sandbox.test","password":"` + secret + `"}`, `{"user":"` + secret + `","password":"` + secret + `"}`,
		`{"password":["` + secret + `"]}`, `{"password":"` + secret, `{"user":"x","pass\u0077ord":"` + secret + `@run"}`,
	} {
		s.Do(t, "POST", auth, sent)
	}
	shown := s.Do(t, "GET", "/_sandbox/workspaces/default/requests", "", local).Body
	assert.Contains(t, shown, "[redacted]")
	assert.NotContains(t, shown, secret)
	assert.NotContains(t, shown, got)
	assert.NotContains(t, shown, strings.Split(got, ".")[2], "the signature")
	assert.NotContains(t, s.Log.String(), secret)
	assert.NotContains(t, s.Log.String(), got)
}

func TestOpenDoor(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-13")
	s := apptest.New(t, app.Options{Open: true})
	const foreign = "eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyIjoxfQ.c2lnbmF0dXJl"
	for header, status := range map[string]int{"anything": 200, "Bearer anything@run": 200, "": 401, "Bearer": 401, "Basic bm9ib2R5": 401, "@run": 401, "sandbox-kobra-expired-token": 401, foreign: 401, "Bearer " + foreign + "@run": 401} {
		a := s.Do(t, "POST", imports, body(2, `{"externalID":"ana-munoz"}`), "Authorization: "+header)
		assert.Equal(t, status, a.Status, header)
	}
	assert.Equal(t, wrongLogin, s.Do(t, "POST", auth, `{"user":"a","password":"b"}`).Body)
}

// The partner's own host names, and the paths without their /api.
func TestAddresses(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-1", "COM-2", "COM-4")
	s := apptest.New(t, app.Options{})
	for host, paths := range map[string][]string{
		"localhost":           {imports, imports + "/", "/kobra/import", "/kobra/import/", "/w/run" + imports},
		"lservices.kobra.red": {"/api/import", "/import", "/api/import/", "/w/run/import"},
		"servicios.kobra.red": {"/api/import"},
		"kobra.localhost":     {"/api/import"},
	} {
		for _, path := range paths {
			a := s.Do(t, "POST", path, documented(t, "import_promises.json"), token, "Host: "+host)
			assert.Equal(t, imported, a.Body, host+path)
		}
	}
}
