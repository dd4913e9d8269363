package control_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
)

// why is a violation as its entry explains it.
type why struct {
	Member, Rule, Message, Passes                string
	Text, Provenance, Assumption, Switch, Source string
	Value                                        any
	Nearest                                      []string
}

func (s *sandbox) whys(t *testing.T, a apptest.Answer) []why {
	t.Helper()
	path, found := strings.CutPrefix(a.Header.Get("X-Sandbox-Explain"), "/_sandbox")
	require.True(t, found, a.Body)
	return read[struct{ Violations []why }](t, s.call(t, "GET", path, "")).Violations
}

// Each refusal is explained: the member, what it was, the rule and where it comes from, and what would pass.
func TestExplanations(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	for _, test := range []struct {
		name                 string
		a                    apptest.Answer
		status               int
		member, rule, passes string
		message              string
	}{
		{"a member", s.Do(t, "POST", clients, `{"first_name":"Eva","last_name":"Sosa","phone_number":"+521"}`, token), 422, "phone_number", "COB-22", "+526640000000", "valid phone number"},
		{"a missing member", s.Do(t, "POST", clients, `{"first_name":"Eva","phone_number":"+526640000000"}`, token), 422, "last_name", "COB-20", "a string that is not blank", "required"},
		{"no JSON", s.Do(t, "POST", clients, `{"a"`, token), 400, "", "COM-22", "one JSON value", "line 1, column 5"},
		{"no object", s.Do(t, "POST", clients, `[]`, token), 400, "", "COM-22", "a JSON object", "array"},
		{"another content type", s.Do(t, "POST", clients, eva, token, "Content-Type: text/plain"), 400, "Content-Type", "COM-21", "application/json", "is not application/json"},
		{"too large", s.Do(t, "POST", clients, strings.Repeat(" ", 1<<20+1), token), 413, "", "COM-22", "at most 1048576 bytes", "too large"},
		{"no route", s.Do(t, "GET", "/cobrofacil/api/v1/client", "", token), 404, "path", "COM-6", "/api/v1/clients, /api/v1/clients/{client_id}", "no route"},
		{"no method", s.Do(t, "PUT", juan, "", token), 405, "method", "COM-6", "GET, HEAD, POST, PATCH", "is not taken"},
		{"no API", s.Do(t, "GET", "/api/v1/clients", ""), 404, "path", "COM-5", "a path below one of the bases", "outside all APIs"},
		{"no workspace's name", s.Do(t, "GET", "/w/X/cobrofacil/api/v1/clients", ""), 404, "path", "COM-10", "/w/run-42/…", "no workspace's name"},
		{"no credential", s.Do(t, "GET", juan, ""), 401, "Authorization", "COM-13", "a credential from /_sandbox/apis", "holds no credential"},
		{"an unknown credential", s.Do(t, "GET", juan, "", "Authorization: Bearer nobody-at-all"), 401, "Authorization", "COM-13", "a credential from /_sandbox/apis", "holds an unknown credential"},
		{"a credential that expired", s.Do(t, "GET", juan, "", "Authorization: Bearer sandbox-cobrofacil-expired-token"), 401, "Authorization", "COM-15", "a credential from /_sandbox/apis", "has expired"},
		{"a production credential", s.Do(t, "GET", juan, "", "Authorization: Bearer 12|"+strings.Repeat("Ab3", 15)), 401, "Authorization", "COM-13", "a credential from /_sandbox/apis", "partner's production"},
		{"two workspaces", s.Do(t, "GET", "/w/run"+juan, "", token+"@other"), 401, "Authorization", "COM-11", "a credential from /_sandbox/apis", "names workspace other, and the request names run"},
		{"another environment", s.Do(t, "GET", juan, "", token, "X-Environment: default"), 401, "X-Environment", "COB-4", "sandbox", "is not the environment"},
	} {
		assert.Equal(t, test.status, test.a.Status, test.name)
		whys := s.whys(t, test.a)
		require.Len(t, whys, 1, test.name)
		v := whys[0]
		assert.Equal(t, []string{test.member, test.rule}, []string{v.Member, v.Rule}, test.name)
		assert.Contains(t, v.Message, test.message, test.name)
		assert.Contains(t, v.Passes, test.passes, test.name)
		assert.NotEmpty(t, v.Text, test.name)
		assert.NotEmpty(t, v.Provenance, test.name)
		assert.NotEmpty(t, v.Source, test.name)
		if test.status == 401 && test.member == "Authorization" {
			assert.Nil(t, v.Value, "never the secret itself")
		}
	}
	found := s.Do(t, "GET", juan, "", token)
	assert.Empty(t, found.Header.Get("X-Sandbox-Explain"))
}

// The nearest ids are of records that this owner has in this workspace, now.
func TestNearestIDs(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	v := s.whys(t, s.Do(t, "GET", clients+"/client-20", "", token+"@run"))[0]
	require.Len(t, v.Nearest, 3)
	assert.Contains(t, v.Nearest, "client-200")
	const other = "Authorization: Bearer sandbox-cobrofacil-other-token@run"
	a := s.Do(t, "GET", clients+"/client-20", "", other)
	before := s.whys(t, a)[0].Nearest
	assert.Len(t, before, 2, "the id and the reference of this owner's one client")
	created := s.Do(t, "POST", clients, strings.Replace(eva, "{", `{"external_reference":"client-2",`, 1), other)
	require.Equal(t, 201, created.Status)
	assert.Contains(t, s.whys(t, a)[0].Nearest, "client-2")
	assert.NotContains(t, s.whys(t, s.Do(t, "GET", clients+"/client-20", "", token+"@run"))[0].Nearest, "client-2")
	assert.Len(t, s.whys(t, s.Do(t, "GET", clients+"/"+strings.Repeat("%F0%9F%98%80", 500), "", token+"@run"))[0].Nearest, 3)
}

// Every rule of a ledger with a switch tells it, and an assumed one that it is a guess.
func TestExplainedRules(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	a := s.Do(t, "POST", clients, `{"first_name":7}`, token)
	ledgers := read[[]struct {
		Rules []struct{ ID, Text, Provenance, Assumption, Source, Switch string }
	}](t, s.call(t, "GET", "/fidelity", ""))
	rules := map[string]why{}
	for _, l := range ledgers {
		for _, r := range l.Rules {
			rules[r.ID] = why{Text: r.Text, Provenance: r.Provenance, Assumption: r.Assumption, Source: r.Source, Switch: r.Switch}
		}
	}
	for _, v := range s.whys(t, a) {
		said := why{Text: v.Text, Provenance: v.Provenance, Assumption: v.Assumption, Source: v.Source, Switch: v.Switch}
		assert.Equal(t, rules[v.Rule], said)
	}
}

// What is shown is data: it closes no tag and moves no cursor.
func TestTheJournalIsSafeToShow(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	const odd = "</script><img src=x onerror=alert(1)>\u001b[31m\u0000\u0085\u2028\u202e"
	body, err := json.Marshal(map[string]any{"first_name": []string{odd}, odd: odd, "phone_number": strings.Repeat(odd, 1000)})
	require.NoError(t, err)
	refused := s.Do(t, "POST", clients, string(body)+odd, token+"@run", "X-Trace: "+strings.ReplaceAll(odd, "\u0000", ""), "X-Sandbox-Fault: "+strings.ReplaceAll(odd, "\u0000", ""))
	stream := s.follow(t, "run", "", "Last-Event-ID: 0")
	assert.Equal(t, idOf(refused), stream.next(t, "answered").id, "no line of an event is anybody else's")
	for _, path := range []string{"", "/" + idOf(refused), ".har"} {
		a := s.call(t, "GET", "/workspaces/run/requests"+path, "")
		assert.Equal(t, "application/json", a.Header.Get("Content-Type"))
		for _, b := range []byte(strings.TrimSuffix(a.Body, "\n")) {
			require.GreaterOrEqual(t, b, byte(' '), path)
		}
	}
}
