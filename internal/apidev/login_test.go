package apidev_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

const (
	wrongLogin = "Invalid email or password."
	tooOften   = "Too many failed login attempts. Try again later."
)

func TestLogin(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{Clock: still})
	for _, test := range []struct {
		id, name, body, tenant string
		status                 int
		code, message          string
	}{
		{"API-5", "the published user", `{"email":"dev@sandbox.test","password":"sandbox"}`, "x", 200, "", ""},
		{"API-6", "the one without permissions", `{"email":"noperm@sandbox.test","password":"sandbox"}`, "x", 200, "", ""},
		{"API-5", "with more members", `{"email":"dev@sandbox.test","password":"sandbox","remember":true}`, "x", 200, "", ""},
		{"API-5", "no tenant", `{"email":"dev@sandbox.test","password":"sandbox"}`, "", 400, "BAD_REQUEST", "The tenant header is required."},
		{"API-2", "no tenant comes before a bad body", `{`, "", 400, "BAD_REQUEST", "The tenant header is required."},
		{"API-5", "no body", "", "x", 400, "VALIDATION_ERROR", "The request body is not valid JSON."},
		{"API-5", "no object", "[]", "x", 400, "VALIDATION_ERROR", "The request body must be a JSON object."},
		{"API-5", "nothing", "{}", "x", 400, "VALIDATION_ERROR", `"email" is required`},
		{"API-5", "no e-mail", `{"password":"sandbox"}`, "x", 400, "VALIDATION_ERROR", `"email" is required`},
		{"API-5", "no text", `{"email":5,"password":"sandbox"}`, "x", 400, "VALIDATION_ERROR", `"email" must be a string`},
		{"API-5", "a bad e-mail", `{"email":"dev","password":"sandbox"}`, "x", 400, "VALIDATION_ERROR", `"email" must be a valid email`},
		{"API-5", "no password", `{"email":"dev@sandbox.test"}`, "x", 400, "VALIDATION_ERROR", `"password" is required`},
		{"API-5", "an empty password", `{"email":"dev@sandbox.test","password":""}`, "x", 400, "VALIDATION_ERROR", `"password" is required`},
		{"API-5", "a number as password", `{"email":"dev@sandbox.test","password":1}`, "x", 400, "VALIDATION_ERROR", `"password" must be a string`},
		{"API-5", "a wrong password", `{"email":"dev@sandbox.test","password":"Sandbox"}`, "x", 401, "UNAUTHORIZED", wrongLogin},
		{"API-5", "a user who is none", `{"email":"nobody@sandbox.test","password":"sandbox"}`, "x", 401, "UNAUTHORIZED", wrongLogin},
		{"COM-11", "a workspace's name behind the e-mail", `{"email":"dev@sandbox.test@run-1","password":"sandbox"}`, "x", 400, "VALIDATION_ERROR", `"email" must be a valid email`},
		{"COM-10", "no workspace's name behind the password", `{"email":"dev@sandbox.test","password":"sandbox@Run"}`, "x", 401, "UNAUTHORIZED", wrongLogin},
	} {
		t.Run(test.id+" "+test.name, func(t *testing.T) {
			t.Parallel()
			a := s.Do(t, "POST", login, test.body, "tenant: "+test.tenant)
			assert.Equal(t, test.status, a.Status, a.Body)
			if test.status == 200 {
				assert.Len(t, journalled(t, s, a).Unread, strings.Count(test.body, "remember"))
				assert.Regexp(t, `^\{"success":true,"data":\{"authorization":"eyJ[\w.-]+"\},"meta":\{\}\}$`, a.Body)
				return
			}
			assert.Equal(t, failure(test.code, test.message), a.Body)
		})
	}
}

// Five failures within 30 seconds close the logins of an e-mail for 60, on the workspace's clock.
func TestFailedLoginsLock(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-5", "COM-29")
	s := apptest.New(t, app.Options{Clock: still})
	try := func(password string) apptest.Answer {
		return s.Do(t, "POST", login, `{"email":"dev@sandbox.test","password":"`+password+`"}`, tenant)
	}
	fail := func(times int) {
		t.Helper()
		for range times {
			a := try("wrong")
			require.Equal(t, 401, a.Status)
			require.Equal(t, failure("UNAUTHORIZED", wrongLogin), a.Body)
		}
	}
	fail(4)
	require.Equal(t, 200, try("sandbox").Status, "a success forgets the failures")
	fail(4)
	advance(t, s, "default", "30s")
	fail(4) // the first four are too long ago
	advance(t, s, "default", "29s")
	fail(1)
	for _, password := range []string{"wrong", "sandbox", "sandbox@default"} {
		a := try(password)
		assert.Equal(t, 429, a.Status)
		assert.Equal(t, failure("RATE_LIMITED", tooOften), a.Body)
		v := explain(t, s, a).Violations[0]
		assert.Equal(t, "API-5", v.Rule)
		assert.Contains(t, v.Passes, "2026-03-01T00:01:59Z")
	}
	other := `{"email":"noperm@sandbox.test","password":"sandbox"}`
	assert.Equal(t, 200, s.Do(t, "POST", login, other, tenant).Status, "another e-mail")
	advance(t, s, "default", "59s")
	assert.Equal(t, 429, try("sandbox").Status, "a refused login does not prolong it")
	advance(t, s, "default", "1s")
	fail(4) // and counts anew
	assert.Equal(t, 200, try("sandbox").Status)

	fail(5)
	require.Equal(t, 429, try("sandbox").Status)
	require.Equal(t, 204, s.Do(t, "POST", "/_sandbox/workspaces/default/reset", "", local).Status)
	assert.Equal(t, 200, try("sandbox").Status, "a reset ends it")
}

// A lock is a workspace's own, also while the workspace does not exist: then the failed logins do not make it.
func TestLocksAreApart(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-5", "COM-10")
	s := apptest.New(t, app.Options{Clock: still})
	try := func(path, password string) int {
		return s.Do(t, "POST", path, `{"email":"dev@sandbox.test","password":"`+password+`"}`, tenant).Status
	}
	for range 5 {
		require.Equal(t, 401, try(login, "wrong@run-1"))
	}
	assert.Equal(t, 429, try(login, "sandbox@run-1"))
	assert.Equal(t, 429, try("/w/run-1"+login, "sandbox"))
	assert.Equal(t, 404, s.Do(t, "GET", "/_sandbox/workspaces/run-1/clock", "", local).Status)
	for _, free := range []string{"sandbox", "sandbox@run-2"} {
		assert.Equal(t, 200, try(login, free), free)
	}
	advance(t, s, "run-1", "61s")
	assert.Equal(t, 200, try(login, "sandbox@run-1"))
	// No more than so many e-mails are watched.
	for i := range 5 {
		require.Equal(t, 401, try(login, "wrong"), i)
	}
	require.Equal(t, 429, try(login, "sandbox"))
	for i := range 1000 {
		a := s.Send(t, "POST", login, `{"email":"`+strings.Repeat("a", 1+i%50)+strings.Repeat("b", 1+i/50)+`@example.com","password":"x"}`, tenant)
		require.Equal(t, 401, a.Status)
	}
	assert.Equal(t, 200, try(login, "sandbox"))
}

func TestFailedLoginsRace(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-5")
	s := apptest.New(t, app.Options{Clock: still})
	var wait sync.WaitGroup
	statuses := make([]int, 20)
	for i := range statuses {
		wait.Go(func() {
			statuses[i] = s.Do(t, "POST", login, `{"email":"dev@sandbox.test","password":"wrong"}`, tenant).Status
		})
	}
	wait.Wait()
	count := map[int]int{}
	for _, status := range statuses {
		count[status]++
	}
	assert.Equal(t, map[int]int{401: 5, 429: 15}, count)
}
