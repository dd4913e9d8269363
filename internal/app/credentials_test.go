package app_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

func TestSecretsNameWorkspaces(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	for _, test := range []struct {
		id, path, secret string
		status           int
		workspace        string // of the answer
		rule             string // of the refusal
	}{
		{"COM-11", clients, "sandbox-cobrofacil-token", 200, "default", ""},
		{"COM-11", clients, "sandbox-cobrofacil-token@run-1", 200, "run-1", ""},
		{"COM-11", clients, "sandbox-cobrofacil-token@default", 200, "default", ""},
		{"COM-11", "/w/run-2" + clients, "sandbox-cobrofacil-token", 200, "run-2", ""},
		{"COM-11", "/w/run-2" + clients, "sandbox-cobrofacil-token@run-2", 200, "run-2", ""},
		{"COM-11", "/w/run-2" + clients, "sandbox-cobrofacil-token@run-3", 401, "run-2", "COM-11"},
		{"COM-11", "/w/run-4" + clients, "sandbox-cobrofacil-token@default", 401, "default", "COM-11"},
		{"COM-10", clients, "sandbox-cobrofacil-token@Run", 401, "default", "COM-13"},
		{"COM-10", clients, "sandbox-cobrofacil-token@", 401, "default", "COM-13"},
		{"COM-10", clients, "sandbox-cobrofacil-token@" + strings.Repeat("a", 63), 200, strings.Repeat("a", 63), ""},
		{"COM-10", clients, "sandbox-cobrofacil-token@" + strings.Repeat("a", 64), 401, "default", "COM-13"},
		{"COM-10", clients, "nobody@never", 401, "default", "COM-13"},
		{"COM-10", clients, "nobody@run-1", 401, "run-1", "COM-13"}, // it exists by now
		{"COM-15", clients, "sandbox-cobrofacil-expired-token@run-1", 401, "run-1", "COM-15"},
		{"COM-13", clients, "12|" + strings.Repeat("k", 40), 401, "default", "COM-13"},
	} {
		a := s.Do(t, "GET", test.path+"/client-200", "", "Authorization: Bearer "+test.secret)
		assert.Equal(t, test.status, a.Status, test.secret)
		assert.Equal(t, test.workspace, a.Header.Get("X-Sandbox-Workspace"), test.secret)
		if test.rule != "" {
			e := explain(t, s, a)
			assert.Equal(t, test.rule, e.Violations[0].Rule, test.secret)
			assert.Equal(t, []string{"getClient", "", ""}, []string{e.Operation, e.Owner, e.Credential}, "not let in")
		}
	}
	// What fits no route stands in the journal of the workspace that its credential names, if that exists.
	for name, journalled := range map[string]string{"run-1": "run-1", "never": "default"} {
		for method, path := range map[string]string{"GET": "/cobrofacil/nope", "PUT": clients} {
			a := s.Do(t, method, path, "", token+"@"+name)
			assert.Equal(t, journalled, a.Header.Get("X-Sandbox-Workspace"), path)
			assert.Len(t, explain(t, s, a).Violations, 1)
		}
	}
	for _, name := range []string{"run-3", "run-4", "never"} {
		assert.Equal(t, 404, s.Do(t, "GET", "/_sandbox/workspaces/"+name+"/clock", "", local).Status, "a refused request creates nothing: %s", name)
	}
}

func TestOpenAuth(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-13")
	s := apptest.New(t, app.Options{Open: true})
	for _, test := range []struct {
		secret    string
		status    int
		workspace string
	}{
		{"anything", 200, "default"},
		{"anything@run-1", 200, "run-1"},
		{"me@example.com", 200, "default"}, // no workspace's name
		{"", 401, "default"},
		{"sandbox-cobrofacil-expired-token", 401, "default"},
		{"12|" + strings.Repeat("k", 40), 401, "default"},
		{"12|" + strings.Repeat("k", 40) + "@run-1", 401, "run-1"},
	} {
		a := s.Do(t, "GET", clients+"/client-200", "", "Authorization: Bearer "+test.secret)
		assert.Equal(t, test.status, a.Status, test.secret)
		assert.Equal(t, test.workspace, a.Header.Get("X-Sandbox-Workspace"), test.secret)
	}
	// A published secret keeps its owner.
	assert.Contains(t, s.Do(t, "GET", clients+"/client-200", "", "Authorization: Bearer sandbox-cobrofacil-other-token").Body, "Carolina")
}

// No secret that was presented stands in the log or in the journal, wherever the client put it.
func TestSecretsAreRedacted(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-13")
	for _, open := range []bool{false, true} {
		s := apptest.New(t, app.Options{Open: open})
		for _, secret := range []string{"sandbox-cobrofacil-token", "a-secret-of-mine", "12|" + strings.Repeat("k", 40), "bits=of,it=all=short=="} {
			body := strings.Replace(eva, "Eva", secret, 1)
			s.Do(t, "POST", clients+"?token="+secret, body, "Authorization: Bearer "+secret+"@default", "Cookie: session="+secret+"; theme=dark")
			shown := s.Do(t, "GET", "/_sandbox/workspaces/default/requests", "", local).Body
			assert.Contains(t, shown, "[redacted]")
			assert.NotContains(t, shown, secret)
			assert.NotContains(t, s.Log.String(), secret)
		}
	}
}

// Wherever the client puts its secret, and whoever refuses it.
func TestSecretsAreRedactedEverywhere(t *testing.T) {
	t.Parallel()
	const secret = "sandbox-cobrofacil-token"
	for name, send := range map[string]func(s *apptest.Sandbox){
		"unknown route":     func(s *apptest.Sandbox) { s.Do(t, "GET", "/cobrofacil/nope?token="+secret, "", token) },
		"outside all APIs":  func(s *apptest.Sandbox) { s.Do(t, "GET", "/nope?token="+secret, "", token) },
		"wrong method":      func(s *apptest.Sandbox) { s.Do(t, "PUT", clients+"?token="+secret, "", token) },
		"percent-encoded":   func(s *apptest.Sandbox) { s.Do(t, "GET", clients+"/a?t=sandbox%2Dcobrofacil%2Dtoken", "", token) },
		"another header":    func(s *apptest.Sandbox) { s.Do(t, "GET", clients+"/a", "", token, "Referer: http://x/?t="+secret) },
		"a value":           func(s *apptest.Sandbox) { s.Do(t, "POST", clients, `{"phone_number":"`+secret+`"}`, token) },
		"of the wrong type": func(s *apptest.Sandbox) { s.Do(t, "POST", clients, `{"email":["`+secret+`"]}`, token) },
		"across a cut": func(s *apptest.Sandbox) {
			s.Do(t, "POST", clients, `{"email":"`+strings.Repeat("x", 190)+secret+`"}`, token)
		},
		"an unread member": func(s *apptest.Sandbox) { s.Do(t, "POST", clients, `{"`+secret+`":1}`, token) },
		"another scheme":   func(s *apptest.Sandbox) { s.Do(t, "GET", clients+"/"+secret, "", "Authorization: Basic "+secret) },
		"with a workspace": func(s *apptest.Sandbox) { s.Do(t, "GET", clients+"/"+secret, "", token+"@default") },
		"a second credential": func(s *apptest.Sandbox) {
			s.Do(t, "GET", clients+"/"+secret, "", "Authorization:", "Cookie: a="+secret+"; theme=dark")
		},
	} {
		s := apptest.New(t, app.Options{})
		send(s)
		shown := s.Do(t, "GET", "/_sandbox/workspaces/default/requests", "", local).Body
		assert.Contains(t, shown, "[redacted]", name)
		assert.NotContains(t, shown, "sandbox-cobro", name)
		assert.NotContains(t, shown, "sandbox%2Dcobro", name)
	}
}
