package apidev_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

const (
	badToken = "Invalid or expired token."
	badKey   = "Invalid API key."
)

func TestCredentials(t *testing.T) {
	t.Parallel()
	s := newQuiet(t)
	for _, test := range []struct {
		id, name, token, key, tenant string
		status                       int
		message, rule                string
	}{
		{"API-1", "all three", "Bearer sandbox-apidev-token", "gtk_sandbox", "x", 200, "", ""},
		{"API-1", "the scheme in small letters", "bearer sandbox-apidev-token", "gtk_sandbox", "x", 200, "", ""},
		{"API-6", "any tenant", "Bearer sandbox-apidev-token", "gtk_sandbox", "127.0.0.1:8080", 200, "", ""},
		{"API-2", "no tenant", "Bearer sandbox-apidev-token", "gtk_sandbox", "", 400, "The tenant header is required.", "API-2"},
		{"API-2", "no key", "Bearer sandbox-apidev-token", "", "x", 400, "The X-API-Key header is required.", "API-2"},
		{"API-2", "no token", "", "gtk_sandbox", "x", 400, "The Authorization header is required.", "API-2"},
		{"API-2", "neither key nor token", "", "", "x", 400, "The X-API-Key header is required.", "API-2"},
		{"API-2", "none of them", "", "", "", 400, "The tenant header is required.", "API-2"},
		{"API-3", "another scheme", "Basic sandbox-apidev-token", "gtk_sandbox", "x", 401, badToken, "COM-13"},
		{"API-3", "the bare token", "sandbox-apidev-token", "gtk_sandbox", "x", 401, badToken, "COM-13"},
		{"API-3", "an empty token", "Bearer", "gtk_sandbox", "x", 401, badToken, "COM-13"},
		{"API-3", "an unknown token", "Bearer nobody", "gtk_sandbox", "x", 401, badToken, "COM-13"},
		{"API-3", "a key in the place of the token", "Bearer gtk_sandbox", "gtk_sandbox", "x", 401, badToken, "COM-13"},
		{"API-3", "an unknown key", "Bearer sandbox-apidev-token", "gtk_nobody", "x", 401, badKey, "COM-13"},
		{"API-3", "the token in the place of the key", "Bearer sandbox-apidev-token", "sandbox-apidev-token", "x", 401, badKey, "COM-13"},
		{"API-3", "the token before the key", "Bearer nobody", "gtk_nobody", "x", 401, badToken, "COM-13"},
		{"COM-15", "an expired token", "Bearer sandbox-apidev-expired-token", "gtk_sandbox", "x", 401, badToken, "COM-15"},
		{"COM-15", "an expired key", "Bearer sandbox-apidev-token", "gtk_expired", "x", 401, badKey, "COM-15"},
		{"API-7", "another company's key", "Bearer sandbox-apidev-token", "gtk_other", "x", 401, badKey, "API-7"},
		{"API-7", "another company's token", "Bearer sandbox-apidev-other-token", "gtk_sandbox", "x", 401, badKey, "API-7"},
		{"COM-15", "the other company", "Bearer sandbox-apidev-other-token", "gtk_other", "x", 200, "", ""},
		{"COM-11", "a workspace behind the token", "Bearer sandbox-apidev-token@run-1", "gtk_sandbox", "x", 200, "", ""},
		{"COM-11", "a workspace behind the key", "Bearer sandbox-apidev-token", "gtk_sandbox@run-1", "x", 200, "", ""},
		{"COM-11", "one workspace behind both", "Bearer sandbox-apidev-token@run-1", "gtk_sandbox@run-1", "x", 200, "", ""},
		{"COM-11", "two workspaces", "Bearer sandbox-apidev-token@run-1", "gtk_sandbox@run-2", "x", 401, badKey, "COM-11"},
		{"API-8", "a key of production", "Bearer sandbox-apidev-token", "gtk_live_4f8a2b", "x", 401, badKey, "COM-13"},
		{"API-8", "a token of production", "Bearer " + foreign, "gtk_sandbox", "x", 401, badToken, "COM-13"},
		{"API-4", "a user without permissions", "Bearer sandbox-apidev-noperm-token", "gtk_sandbox", "x", 403, "You do not have permission to access this resource.", "API-4"},
	} {
		t.Run(test.id+" "+test.name, func(t *testing.T) {
			t.Parallel()
			a := s.Do(t, "GET", clients, "", "Authorization: "+test.token, "X-API-Key: "+test.key, "tenant: "+test.tenant)
			assert.Equal(t, test.status, a.Status, a.Body)
			if test.status == 200 {
				return
			}
			code := map[int]string{400: "BAD_REQUEST", 401: "UNAUTHORIZED", 403: "FORBIDDEN"}[test.status]
			assert.Equal(t, failure(code, test.message), a.Body)
			e := explain(t, s, a)
			assert.Equal(t, test.rule, e.Violations[0].Rule)
			if test.name == "a key of production" || test.name == "a token of production" {
				assert.Contains(t, e.Violations[0].Message, "production")
			}
		})
	}
	// The journal has all that is wrong with the headers.
	a := s.Do(t, "GET", clients, "")
	assert.Len(t, explain(t, s, a).Violations, 3)
	a = s.Do(t, "GET", clients, "", "Authorization: Bearer nobody", "X-API-Key: gtk_nobody", tenant)
	assert.Len(t, explain(t, s, a).Violations, 2)
}

// foreign is a JWT as the partner's production may give it out.
var foreign = segment(`{"alg":"HS256","typ":"JWT"}`) + "." + segment(`{"sub":"42","exp":1999999999}`) + "." + strings.Repeat("k", 43)

func segment(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func TestOpenAuth(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{Open: true})
	for _, test := range []struct {
		id, token, key string
		status         int
	}{
		{"COM-13", "anything", "gtk_anything", 200},
		{"COM-13", "anything@run-1", "gtk_anything", 200},
		{"COM-13", "anything", "gtk_anything@run-1", 200},
		{"COM-13", "anything@run-1", "gtk_anything@run-2", 401},
		{"COM-13", "", "gtk_anything", 401},
		{"COM-13", "anything", "anything", 401},
		{"COM-13", "anything", "gtk_expired", 401},
		{"API-8", "anything", "gtk_live_1", 401},
		{"API-8", "anything", "gtk_live_1@run-1", 401},
		{"API-8", foreign, "gtk_anything", 401},
		{"API-8", foreign + "@run-1", "gtk_anything", 401},
		{"API-4", "sandbox-apidev-noperm-token", "gtk_anything", 403}, // a published token keeps its user
	} {
		a := s.Do(t, "GET", clients, "", "Authorization: Bearer "+test.token, "X-API-Key: "+test.key, tenant)
		assert.Equal(t, test.status, a.Status, "%s %s", test.token, test.key)
	}
	assert.Equal(t, 201, s.Do(t, "POST", clients, `{"name":"A"}`, "Authorization: Bearer anything", "X-API-Key: gtk_x", tenant).Status, "with every permission")
}

// logIn logs the published user in, and returns its Authorization header.
func logIn(t *testing.T, s *apptest.Sandbox, path, password string) string {
	t.Helper()
	a := s.Do(t, "POST", path, `{"email":"dev@sandbox.test","password":"`+password+`"}`, tenant)
	jwt, _ := detail(t, a)["authorization"].(string)
	require.NotEmpty(t, jwt)
	return "Authorization: Bearer " + jwt
}

func TestTokensOfALogin(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-5", "COM-11")
	s := apptest.New(t, app.Options{Clock: still, Settings: map[string]string{"limits": "off"}})
	get := func(path, authorization, key string) apptest.Answer {
		return s.Do(t, "GET", path, "", authorization, key, tenant)
	}
	main := logIn(t, s, login, "sandbox")
	run := logIn(t, s, login, "sandbox@run-1")
	also := logIn(t, s, "/w/run-1"+login, "sandbox")
	assert.Equal(t, run, also, "the base URL names the workspace as well")
	for _, test := range []struct {
		name, path, authorization, key string
		status                         int
		workspace                      string
	}{
		{"names its workspace", clients, main, key, 200, "default"},
		{"which may be another", clients, run, key, 200, "run-1"},
		{"with the base URL's", "/w/run-1" + clients, run, key, 200, "run-1"},
		{"with the key's", clients, run, "X-API-Key: gtk_sandbox@run-1", 200, "run-1"},
		{"default is a name too", "/w/run-1" + clients, main, key, 401, "run-1"},
		{"default is a name too, and the key has another", clients, main, "X-API-Key: gtk_sandbox@run-1", 401, "default"},
		{"is refused in another workspace", "/w/default" + clients, run, key, 401, "default"},
		{"is refused with another company's key", clients, main, "X-API-Key: gtk_other", 401, "default"},
		{"is no key", clients, main, "X-API-Key: " + strings.TrimPrefix(main, "Authorization: Bearer "), 401, "default"},
	} {
		a := get(test.path, test.authorization, test.key)
		assert.Equal(t, test.status, a.Status, test.name)
		assert.Equal(t, test.workspace, a.Header.Get("X-Sandbox-Workspace"), test.name)
	}
	// It lives an hour on its workspace's clock, whatever another's says.
	advance(t, s, "default", "59m59s")
	assert.Equal(t, 200, get(clients, main, key).Status)
	advance(t, s, "default", "1s")
	a := get(clients, main, key)
	assert.Equal(t, 401, a.Status)
	assert.Equal(t, failure("UNAUTHORIZED", badToken), a.Body)
	assert.Contains(t, explain(t, s, a).Violations[0].Message, "expired")
	assert.Equal(t, 200, get(clients, run, key).Status)
	// A user without permissions can log in.
	a = s.Do(t, "POST", login, `{"email":"noperm@sandbox.test","password":"sandbox"}`, tenant)
	assert.Equal(t, 403, get(clients, "Authorization: Bearer "+detail(t, a)["authorization"].(string), key).Status)
}

// Only what a login has issued is taken: signed by this sandbox with HS256, by this API, for a user that there is. With a
// random seed the key can be known, so that good signatures can be tried.
func TestForgedTokens(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-5", "API-3", "COM-13")
	s := apptest.New(t, app.Options{Clock: still, RandomSeed: "known", Settings: map[string]string{"limits": "off"}})
	mac := hmac.New(sha256.New, []byte("known"))
	mac.Write([]byte("secret"))
	secret := mac.Sum(nil)
	hour := time.Date(2026, 3, 1, 1, 0, 0, 0, time.UTC).Unix()
	claims := func(change ...any) jwt.MapClaims {
		c := jwt.MapClaims{"iss": "apidev", "sub": "dev@sandbox.test", "exp": hour, "workspace": "default"}
		for i := 0; i < len(change); i += 2 {
			c[change[i].(string)] = change[i+1]
		}
		return c
	}
	sign := func(method jwt.SigningMethod, key any, c jwt.MapClaims) string {
		text, err := jwt.NewWithClaims(method, c).SignedString(key)
		require.NoError(t, err)
		return text
	}
	good := sign(jwt.SigningMethodHS256, secret, claims())
	parts := strings.Split(good, ".")
	for name, test := range map[string]struct {
		token  string
		status int
	}{
		"as a login makes it":       {good, 200},
		"signed by somebody":        {sign(jwt.SigningMethodHS256, []byte("mine"), claims()), 401},
		"by another algorithm":      {sign(jwt.SigningMethodHS512, secret, claims()), 401},
		"unsigned":                  {sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims()), 401},
		"without its signature":     {parts[0] + "." + parts[1] + ".", 401},
		"altered":                   {parts[0] + "." + segment(`{"iss":"apidev","sub":"dev@sandbox.test","exp":1999999999,"workspace":"default"}`) + "." + parts[2], 401},
		"with another's signature":  {parts[0] + "." + parts[1] + "." + strings.Split(sign(jwt.SigningMethodHS256, secret, claims("sub", "noperm@sandbox.test")), ".")[2], 401},
		"of another API":            {sign(jwt.SigningMethodHS256, secret, claims("iss", "kobra")), 401},
		"of no API":                 {sign(jwt.SigningMethodHS256, secret, claims("iss", nil)), 401},
		"of nobody":                 {sign(jwt.SigningMethodHS256, secret, claims("sub", "gone@sandbox.test")), 401},
		"of a workspace that is no": {sign(jwt.SigningMethodHS256, secret, claims("workspace", "#template")), 401},
		"of a new workspace":        {sign(jwt.SigningMethodHS256, secret, claims("workspace", "new")), 200},
		"without an end":            {sign(jwt.SigningMethodHS256, secret, claims("exp", nil)), 401},
		"at its end":                {sign(jwt.SigningMethodHS256, secret, claims("exp", hour-3600)), 401},
		"with a name behind it":     {good + "@default", 401},
	} {
		a := s.Do(t, "GET", clients, "", "Authorization: Bearer "+test.token, key, tenant)
		assert.Equal(t, test.status, a.Status, name)
		if test.status == 401 {
			assert.Equal(t, failure("UNAUTHORIZED", badToken), a.Body, name)
		}
	}
	// Open doors do not let a forged token in.
	open := apptest.New(t, app.Options{Open: true, Clock: still, RandomSeed: "known"})
	for _, token := range []string{sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims()), sign(jwt.SigningMethodHS256, secret, claims("iss", "kobra"))} {
		assert.Equal(t, 401, open.Do(t, "GET", clients, "", "Authorization: Bearer "+token, key, tenant).Status)
	}
}

// Credentials that a test makes for itself: a token and a key of a company of its own.
func TestMintedCredentials(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-4", "API-7", "API-13", "COM-12")
	s := apptest.New(t, app.Options{Clock: still})
	mint := func(body string) {
		t.Helper()
		a := s.Do(t, "POST", "/_sandbox/workspaces/default/credentials", `{"api":"apidev",`+body+`}`, local)
		require.Less(t, a.Status, 300, a.Body)
	}
	mint(`"owner":"acme","secret":"token-of-acme"`)
	mint(`"owner":"acme","secret":"gtk_acme1","in":"X-API-Key"`)
	mint(`"owner":"acme","secret":"reader-of-acme","permissions":["APICLI_CLIENTS_READ"]`)
	mint(`"owner":"acme","secret":"brief-of-acme","expires_at":"2026-03-01T00:01:00Z"`)
	as := func(token, key string) []string {
		return []string{"Authorization: Bearer " + token, "X-API-Key: " + key, tenant}
	}
	idOf(t, s.Do(t, "POST", clients, `{"name":"Of Acme"}`, as("token-of-acme", "gtk_acme1")...))
	assert.Equal(t, []string{"Of Acme"}, list(t, s.Do(t, "GET", clients, "", as("reader-of-acme", "gtk_acme1")...)).names())
	assert.Equal(t, 403, s.Do(t, "POST", clients, `{"name":"X"}`, as("reader-of-acme", "gtk_acme1")...).Status)
	assert.Equal(t, failure("UNAUTHORIZED", badKey), s.Do(t, "GET", clients, "", as("token-of-acme", "gtk_sandbox")...).Body)
	assert.Equal(t, 200, s.Do(t, "GET", clients, "", as("brief-of-acme", "gtk_acme1")...).Status)
	advance(t, s, "default", "60s")
	assert.Equal(t, failure("UNAUTHORIZED", badToken), s.Do(t, "GET", clients, "", as("brief-of-acme", "gtk_acme1")...).Body)
}

// What is minted in one workspace lets nobody into the one that the other header names.
func TestMintedCredentialsStayInTheirWorkspace(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-10", "COM-11", "COM-14")
	s := apptest.New(t, app.Options{})
	for _, minted := range []string{`"secret":"token-of-default"`, `"secret":"gtk_default1","in":"X-API-Key"`} {
		require.Equal(t, 201, s.Do(t, "POST", "/_sandbox/workspaces/default/credentials", `{"api":"apidev",`+minted+`}`, local).Status)
	}
	for _, test := range []struct {
		token, key string
		status     int
		message    string
	}{
		{"token-of-default", "gtk_sandbox@run-1", 401, badToken},
		{"sandbox-apidev-token@run-1", "gtk_default1", 401, badKey},
		{"token-of-default", "gtk_sandbox@default", 200, ""},
		{"token-of-default", "gtk_default1", 200, ""},
	} {
		a := s.Do(t, "GET", clients, "", "Authorization: Bearer "+test.token, "X-API-Key: "+test.key, tenant)
		assert.Equal(t, test.status, a.Status, "%s %s", test.token, test.key)
		if test.status == 401 {
			assert.Equal(t, failure("UNAUTHORIZED", test.message), a.Body)
		}
	}
	assert.Equal(t, 404, s.Do(t, "GET", "/_sandbox/workspaces/run-1/clock", "", local).Status, "no workspace is made for a refusal")
}

// Neither the token nor the password stands in the journal, nor in the log.
func TestSecretsAreRedacted(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-13")
	s := apptest.New(t, app.Options{})
	jwt := strings.TrimPrefix(logIn(t, s, login, "sandbox"), "Authorization: Bearer ")
	s.Do(t, "POST", login, `{"email":"dev@sandbox.test","password":"my-own-secret"}`, tenant)
	s.Do(t, "POST", login, `{"email":"dev@sandbox.test","password":["my-own-secret"]}`, tenant)
	s.Do(t, "GET", clients+"?search="+jwt[:100], "", "Authorization: Bearer "+jwt, "X-API-Key: gtk_live_secret", tenant)
	shown := s.Do(t, "GET", "/_sandbox/workspaces/default/requests", "", local).Body + s.Log.String()
	for _, secret := range []string{jwt, "my-own-secret", "gtk_live_secret"} {
		assert.NotContains(t, shown, secret)
	}
	assert.Contains(t, shown, `"authorization\":\"[redacted]`)
}
