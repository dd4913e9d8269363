package subclients_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

const (
	key          = "sandbox-subclients-key"
	unauthorized = `{"success":false,"code":401,"message":"Unauthorized","data":null}`
	wrongLogin   = `{"status":{"code":401,"message":"Invalid api key or password."}}`
)

func TestLogin(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-2", "SUB-3", "SUB-21")
	s := apptest.New(t, app.Options{Clock: "2026-01-31T12:00:00.987Z!"})
	a := s.Do(t, "POST", login, credentials(key, "sandbox"), "")
	assert.Equal(t, 200, a.Status)
	assert.Equal(t, `{"status":{"code":200,"message":"Logged in successfully."},"data":{"client":{"id":"`+capsule+`","name":"Capsule Corp.","alias":"CAPCORP","code":"CAPSU",`+
		`"entity_code":"CAPSU","email":"contacto@capsule.example.com","available":1000000.51,"balance":160.49,"timezone":"America/Mexico_City","status":"active",`+
		`"created_at":"2024-06-03T09:00:00.000-06:00","updated_at":"2024-06-03T09:00:00.000-06:00"}}}`, a.Body)
	header := logIn(t, s, key, "sandbox")
	assert.Equal(t, read(t, s, token), read(t, s, header))

	// Whoever gives money has changed, and whoever gets it.
	create(t, s, token)
	assert.Contains(t, s.Do(t, "POST", login, credentials(key, "sandbox"), "").Body, `"updated_at":"2026-01-31T06:00:00.987-06:00"`)
}

func TestATokenLives24Hours(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-3", "SUB-4", "COM-15")
	s := apptest.New(t, app.Options{Clock: "2026-01-31T12:00:00Z!"})
	header := logIn(t, s, key, "sandbox")
	advance := func(by string) {
		require.Equal(t, 200, s.Do(t, "POST", "/_sandbox/workspaces/default/clock/advance", `{"by":"`+by+`"}`, local).Status)
	}
	advance("23h59m59s")
	assert.Equal(t, 200, s.Do(t, "GET", clients, "", header).Status)
	advance("1s")
	assert.Equal(t, unauthorized, s.Do(t, "GET", clients, "", header).Body)
}

func TestUnauthorized(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	jwt := strings.TrimPrefix(logIn(t, s, key, "sandbox"), "Authorization: Bearer ")
	foreign := "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI2ZDJmMmY2ZSJ9.4aZ2o6Ck1u2Zr5uD3uQb3wJ0s7s7Vv9yQwEoT2n1k0A"
	for _, test := range []struct{ id, header string }{
		{"SUB-1", "Authorization:"},
		{"SUB-4", "Authorization: Bearer"},
		{"SUB-4", "Authorization: sandbox-subclients-token"},
		{"SUB-4", "Authorization: Basic sandbox-subclients-token"},
		{"SUB-4", "Authorization: Bearer nobody"},
		{"SUB-4", "Authorization: Bearer sandbox"},
		{"SUB-4", "Authorization: Bearer sandbox-subclients-key"},
		{"SUB-4", "Authorization: Bearer sandbox-subclients-expired-token"},
		{"SUB-4", "Authorization: Bearer sandbox-cobrofacil-token"},
		{"SUB-4", "Authorization: Bearer " + jwt[:len(jwt)-2]},
		{"SUB-4", "Authorization: Bearer " + foreign},
	} {
		for _, r := range api(t, s).Routes {
			if r.Operation == "login" {
				continue
			}
			a := s.Do(t, r.Method, "/subclients"+r.Path, "", test.header)
			assert.Equal(t, 401, a.Status, test.header)
			assert.Equal(t, unauthorized, a.Body, test.header)
		}
	}
	// An open door takes any token, but none that may be the partner's.
	open := apptest.New(t, app.Options{Open: true})
	assert.Equal(t, capsule, read(t, open, "Authorization: Bearer whatever").ID)
	a := open.Do(t, "GET", clients, "", "Authorization: Bearer "+foreign)
	assert.Equal(t, unauthorized, a.Body)
	explained := open.Do(t, "GET", a.Header.Get("X-Sandbox-Explain"), "", local).Body
	assert.Contains(t, explained, "never send one to a sandbox")
	assert.NotContains(t, explained, foreign)
}

func TestWrongLogins(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	for _, test := range []struct{ id, body string }{
		{"SUB-4", credentials(key, "Sandbox")},
		{"SUB-4", credentials(key, "sandbox ")},
		{"SUB-4", credentials("nobody", "sandbox")},
		{"SUB-4", credentials("SANDBOX-subclients-key", "sandbox")},
		{"SUB-4", credentials("6d2f2f6e-6c5d-4b57-9a5c-3f0b8f1f7c12", "")},        // nobody logs in as it
		{"SUB-4", credentials("6d2f2f6e-6c5d-4b57-9a5c-3f0b8f1f7c12", "sandbox")}, // with any password
		{"SUB-4", credentials(key, "sandbox-subclients-token")},
		{"SUB-4", credentials(key, "wrong@run-1")},
		{"SUB-7", `{}`},
		{"SUB-7", `{"api_client":null}`},
		{"SUB-7", `{"api_client":"x"}`},
		{"SUB-7", `{"api_client":{}}`},
		{"SUB-7", `{"api_client":{"api_key":"` + key + `"}}`},
		{"SUB-7", `{"api_client":{"password":"sandbox"}}`},
		{"SUB-7", `{"api_client":{"api_key":"` + key + `","password":null}}`},
		{"SUB-7", `{"api_client":{"api_key":"` + key + `","password":["sandbox"]}}`},
		{"SUB-7", `{"api_client":{"api_key":1,"password":2}}`},
		{"SUB-7", `{"api_key":"` + key + `","password":"sandbox"}`},
	} {
		a := s.Do(t, "POST", login, test.body, token)
		assert.Equal(t, 401, a.Status, test.body)
		assert.Equal(t, wrongLogin, a.Body, test.body)
		assert.Empty(t, a.Header.Get("Authorization"), test.body)
	}
	for _, body := range []string{`{"api_client":{"password":"sandbox"}}`, `{"api_client":{"api_key":1,"password":"sandbox"}}`} {
		assert.Equal(t, []explained{{"api_client.api_key", "", "SUB-7", "is missing or no string", "a client's api key, like " + key}}, explain(t, s, s.Do(t, "POST", login, body, "")))
	}
	assert.Equal(t, 404, s.Do(t, "GET", "/_sandbox/workspaces/run-1/clock", "", local).Status, "a wrong login makes no workspace")
	assert.Equal(t, refusal(400, "The body is not valid JSON"), s.Do(t, "POST", login, "{", "").Body)
}

// What a login sends and nobody reads is listed, in api_client too.
func TestUnreadMembersOfALogin(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-24")
	s := apptest.New(t, app.Options{})
	a := s.Do(t, "POST", login, `{"x":1,"api_client":{"api_key":"`+key+`","password":"sandbox","Alias":2}}`, "")
	require.Equal(t, 200, a.Status)
	entry := s.Do(t, "GET", "/_sandbox/workspaces/default/requests/"+a.Header.Get("X-Sandbox-Request-Id"), "", local).Body
	assert.Contains(t, entry, `"unread":["x","api_client.Alias"]`)
}

// A login names its workspace behind the password or in the URL, and its token names it from then on.
func TestLoginsNameWorkspaces(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-11", "SUB-3")
	s := apptest.New(t, app.Options{})
	for _, test := range []struct{ path, password, workspace string }{
		{login, "sandbox", "default"},
		{login, "sandbox@run-1", "run-1"},
		{"/w/run-2" + login, "sandbox", "run-2"},
		{"/w/run-3" + login, "sandbox@run-3", "run-3"},
	} {
		a := s.Do(t, "POST", test.path, credentials(key, test.password), "")
		require.Equal(t, 200, a.Status, test.password)
		assert.Equal(t, test.workspace, a.Header.Get("X-Sandbox-Workspace"))
		header := "Authorization: " + a.Header.Get("Authorization")
		create(t, s, header)
		assert.Equal(t, "999000.51", read(t, s, token+"@"+test.workspace).Available.String())
		assert.Equal(t, unauthorized, s.Do(t, "GET", "/w/run-9"+clients, "", header).Body, "two names that differ")
	}
	assert.Equal(t, wrongLogin, s.Do(t, "POST", "/w/run-4"+login, credentials(key, "sandbox@run-5"), "").Body)

	// A new client logs in where it was created, and nowhere else.
	made := create(t, s, token+"@mine", "api_key_password", `"a@b"`)
	logIn(t, s, made.apiKey(), "a@b@mine")
	assert.Equal(t, wrongLogin, s.Do(t, "POST", login, credentials(made.apiKey(), "a@b"), "").Body)
	assert.Equal(t, 200, s.Do(t, "POST", "/w/mine"+login, credentials(made.apiKey(), "a@b"), "").Status, "the whole password first")
}

// A created subclient is a client like any other.
func TestASubclientIsAClient(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-18", "SUB-21", "COM-12")
	for _, reading := range []string{"documented", "corrected"} {
		s := apptest.New(t, app.Options{Settings: map[string]string{"subclients.api_client": reading}})
		child := create(t, s, token)
		asChild := logIn(t, s, child.apiKey(), "12345")
		assert.Equal(t, own{child.ID, "Noentiendo", "NOENT", "NOENT", "a@example.com", "1000", "0"}, read(t, s, asChild))

		// From its own balance it makes subclients of its own, under an alias that its parent uses too.
		grandchild := create(t, s, asChild, "available", "400", "api_key_password", `"x"`)
		assert.Equal(t, "600", read(t, s, asChild).Available.String())
		assert.Equal(t, "999000.51", read(t, s, token).Available.String())
		assert.Equal(t, refusal(422, "Insufficient balance"), s.Do(t, "POST", clients, with(t, "alias", `"MORE"`, "available", "600.01"), asChild).Body)
		assert.Equal(t, 200, s.Do(t, "POST", clients+"/fund", fund(grandchild.ID, "600"), asChild).Status)
		assert.Equal(t, "1000", read(t, s, logIn(t, s, grandchild.apiKey(), "x")).Available.String())
		for _, header := range []string{token, other} {
			assert.Equal(t, refusal(404, "Client not found"), s.Do(t, "POST", clients+"/fund", fund(grandchild.ID, "1"), header).Body, "it is its parent's alone")
		}

		// A reset ends it, and its token.
		require.Equal(t, 204, s.Do(t, "POST", "/_sandbox/workspaces/default/reset", "", local).Status)
		for _, path := range []string{clients, "/subclients/catalogs/states"} {
			assert.Equal(t, unauthorized, s.Do(t, "GET", path, "", asChild).Body)
		}
		assert.Equal(t, wrongLogin, s.Do(t, "POST", login, credentials(child.apiKey(), "12345"), "").Body)
	}
}

// All of a password counts, however many bytes its characters have.
func TestLongPasswords(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-19")
	s := apptest.New(t, app.Options{})
	start := strings.Repeat("😀", 29)
	made := create(t, s, token, "api_key_password", `"`+start+`a"`)
	logIn(t, s, made.apiKey(), start+"a")
	for _, wrong := range []string{start, start + "b", start + "aa"} {
		assert.Equal(t, wrongLogin, s.Do(t, "POST", login, credentials(made.apiKey(), wrong), "").Body)
	}
}

// Neither journal nor log nor answers have a password or a token, and an export has only the hash.
func TestPasswordsAreShownNowhere(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-19")
	s := apptest.New(t, app.Options{})
	const secret = "Tr0mpeta"
	password := `"` + secret + `"`
	var answers strings.Builder
	do := func(path, body string, header string) apptest.Answer {
		a := s.Do(t, "POST", path, body, header)
		answers.WriteString(a.Body)
		return a
	}
	made := readSubclient(t, do(clients, with(t, "api_key_password", password), token))
	do(clients, with(t, "api_key_password", password), token)                               // its alias is taken
	do(clients, with(t, "api_key_password", password, "name", "1"), token)                  // it is not valid
	do(clients, with(t, "api_key_password", "["+password+"]"), token)                       // of another type
	do(clients, with(t, "api_key_password", `"`+secret+strings.Repeat("x", 40)+`"`), token) // too long
	do(clients, with(t, "api_key_password", password), "Authorization:")                    // not let in
	do(clients, with(t, "api_key_password", password)[:1125], token)                        // not JSON
	do(clients+"/nope", with(t, "api_key_password", password), token)
	do(login, credentials(made.apiKey(), secret+"x"), "")
	do(login, credentials("nobody", secret), "")
	do(login, `{"api_client":{"api_key":"x","password":["`+secret+`"]}}`, "")
	do(login, `{"api_client":{"api_key":"x","password":"`+secret, "")
	jwt := strings.TrimPrefix(do(login, credentials(made.apiKey(), secret), "").Header.Get("Authorization"), "Bearer ")
	require.NotEmpty(t, jwt)
	s.Do(t, "GET", clients, "", "Authorization: Bearer "+jwt)

	journal := s.Do(t, "GET", "/_sandbox/workspaces/default/requests", "", local).Body
	assert.Equal(t, 14, strings.Count(journal, `"operation":`)+1, "one of them fits no route")
	exported := export(t, s, "default")
	for where, text := range map[string]string{"journal": journal, "log": s.Log.String(), "answers": answers.String(), "export": exported} {
		assert.NotContains(t, text, secret, where)
		assert.NotContains(t, text, jwt, where)
		assert.NotContains(t, text, "argon2id$v=19$m=256"+map[string]string{"export": "x"}[where], where)
	}
	assert.Contains(t, journal, `\"api_key_password\":\"[redacted]\"`)
	assert.Contains(t, journal, `\"password\":\"[redacted]\"`)
	assert.Contains(t, exported, `"_password_hash": "$argon2id$v=19$m=256,t=1,p=1$`)
	assert.NotContains(t, exported, `"api_key_password"`)
}

// An unknown api key costs a hash too, which shows in the memory that it takes. Not parallel: others take memory as well.
func TestUnknownKeysCostTheSame(t *testing.T) {
	fidelitytest.Covers(t, "SUB-4", "SUB-19")
	s := apptest.New(t, app.Options{})
	for _, apiKey := range []string{key, "nobody", "6d2f2f6e-6c5d-4b57-9a5c-3f0b8f1f7c12"} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 20 {
			require.Equal(t, 401, s.Send(t, "POST", login, credentials(apiKey, "wrong"), "").Status)
		}
		runtime.ReadMemStats(&after)
		assert.Greater(t, after.TotalAlloc-before.TotalAlloc, uint64(20*256<<10), apiKey)
	}
}

// Many logins at once are all answered, and others beside them.
func TestLoginsAtOnce(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-19")
	s := apptest.New(t, app.Options{})
	count := parallel(200, func(i int) string {
		switch i % 4 {
		case 0:
			return fmt.Sprint("login ", s.Send(t, "POST", login, credentials(key, "sandbox"), "").Status)
		case 1:
			return fmt.Sprint("wrong ", s.Send(t, "POST", login, credentials(key, "no"), "").Status)
		case 2:
			return fmt.Sprint("create ", s.Send(t, "POST", clients, with(t, "alias", fmt.Sprintf(`"P-%d"`, i)), token).Status)
		default:
			return fmt.Sprint("read ", s.Send(t, "GET", clients, "", token).Status)
		}
	})
	assert.Equal(t, map[string]int{"login 200": 50, "wrong 401": 50, "create 200": 50, "read 200": 50}, count)
}
