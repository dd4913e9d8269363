package control_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/fidelity"
	"github.com/seed-0f456478/sandbox/internal/gate"
)

func TestAlive(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{Build: control.Build{Version: "v1.2.3", Revision: "abc", Go: "go1.99"}})
	for path, body := range map[string]string{
		"/healthz": `{"status":"ok"}`,
		"/readyz":  `{"status":"ok"}`,
		"/version": `{"version":"v1.2.3","revision":"abc","go":"go1.99"}`,
	} {
		a := s.call(t, "GET", path, "")
		assert.Equal(t, 200, a.Status)
		assert.JSONEq(t, body, a.Body)
	}
}

func TestNotReadyWithoutADatabase(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	require.NoError(t, s.Close(t.Context()))
	a := s.call(t, "GET", "/readyz", "")
	assert.Equal(t, 503, a.Status)
	assert.Contains(t, reason(t, a), "the store is closed")
	assert.Equal(t, 200, s.call(t, "GET", "/healthz", "").Status, "alive all the same")
}

func TestAPIs(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	type about struct {
		Name, Title, Base, OpenAPI string
		Hosts, Errors, Collections []string
		Operations                 []struct{ Name, Method, Path string }
		Credentials                []struct{ ID, In, User, Secret, Owner, Use string }
		Switches                   []struct {
			Name, Rule, Default string
			Values              []string
		}
	}
	for _, host := range []string{"localhost", "localhost:8080", "127.0.0.1:1", "[::1]:80", "run.localhost"} {
		all := read[[]about](t, s.call(t, "GET", "/apis", "", "Host: "+host))
		require.Len(t, all, len(s.APIs))
		assert.Equal(t, "http://"+host+"/cobrofacil", all[0].Base)
	}

	// Of a login both halves are there.
	login := read[[]about](t, s.call(t, "GET", "/apis", ""))[1].Credentials[1]
	assert.Equal(t, []string{"password", "sandbox-subclients-key", "sandbox"}, []string{login.In, login.User, login.Secret})

	got := read[[]about](t, s.call(t, "GET", "/apis", ""))[0]
	api := s.APIs[0]
	assert.Equal(t, []string{api.Name, api.Title, "/_sandbox/openapi/cobrofacil.yaml"}, []string{got.Name, got.Title, got.OpenAPI})
	assert.Equal(t, api.Hosts, got.Hosts)
	assert.Equal(t, api.Errors, got.Errors)
	assert.Equal(t, []string{"cobrofacil.clients"}, got.Collections)
	require.Len(t, got.Operations, len(api.Routes))
	for i, r := range api.Routes {
		assert.Equal(t, []string{"cobrofacil." + r.Operation, r.Method, r.Path}, []string{got.Operations[i].Name, got.Operations[i].Method, got.Operations[i].Path})
	}
	require.Len(t, got.Credentials, len(api.Credentials))
	for i, c := range api.Credentials {
		assert.Equal(t, []string{c.ID, c.Secret, c.Owner, c.Use}, []string{got.Credentials[i].ID, got.Credentials[i].Secret, got.Credentials[i].Owner, got.Credentials[i].Use})
	}
	require.Len(t, got.Switches, len(api.Switches))
	for i, w := range api.Switches {
		assert.Equal(t, []string{w.Name, w.Rule, w.Default}, []string{got.Switches[i].Name, got.Switches[i].Rule, got.Switches[i].Default})
		assert.Equal(t, w.Values, got.Switches[i].Values)
	}

	// What it says works as it stands there.
	client := s.Do(t, "GET", got.Base+"/api/v1/clients/client-200", "", "Authorization: Bearer "+got.Credentials[0].Secret)
	assert.Equal(t, 200, client.Status)
}

func TestOpenAPIDocuments(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	for _, api := range s.APIs {
		a := s.call(t, "GET", "/openapi/"+api.Name+".yaml", "")
		assert.Equal(t, 200, a.Status)
		assert.Equal(t, "application/yaml", a.Header.Get("Content-Type"))
		assert.Equal(t, string(api.OpenAPI), a.Body)
	}
	for _, name := range []string{"nope", "Cobrofacil", "cobrofacil%2F", "a%2Fb", "%FF", "%00"} {
		a := s.call(t, "GET", "/openapi/"+name+".yaml", "")
		assert.Equal(t, 404, a.Status, name)
		assert.Contains(t, reason(t, a), "/_sandbox/apis")
	}
}

func TestFidelity(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	type ledger struct {
		Name   string
		Counts map[fidelity.Provenance]int
		Rules  []fidelity.Rule
	}
	all := read[[]ledger](t, s.call(t, "GET", "/fidelity", ""))
	want := []ledger{{Name: "common", Rules: fidelity.WithTests(gate.Rules, gate.Claims)}}
	for _, api := range s.APIs {
		want = append(want, ledger{Name: api.Name, Rules: fidelity.WithTests(api.Rules, api.Claims)})
	}
	require.Len(t, all, len(want))
	provenances := []fidelity.Provenance{
		fidelity.Documented, fidelity.Published, fidelity.Assumed, fidelity.Deviation, fidelity.NotEmulated, fidelity.House,
	}
	for i, l := range all {
		assert.Equal(t, want[i].Name, l.Name)
		assert.Equal(t, want[i].Rules, l.Rules)
		counts := map[fidelity.Provenance]int{}
		for _, r := range l.Rules {
			counts[r.Provenance]++
			assert.NotEmpty(t, r.ID)
			assert.NotEmpty(t, r.Text, r.ID)
			assert.Contains(t, provenances, r.Provenance, r.ID)
			assert.NotNil(t, r.Tests, r.ID)
			if r.Provenance != fidelity.NotEmulated {
				assert.NotEmpty(t, r.Tests, r.ID)
			}
		}
		assert.Equal(t, counts, l.Counts)
	}
}

// HEAD answers like GET, as probes send it.
func TestHead(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	for _, path := range []string{"/healthz", "/readyz", "/version", "/apis", "/workspaces", "/workspaces/default", "/workspaces/default/fixture", "/workspaces/default/snapshots", "/workspaces/default/records/cobrofacil/clients", "/workspaces/default/limits"} {
		assert.Equal(t, 200, s.Do(t, "HEAD", "http://localhost/_sandbox"+path, "").Status, path)
	}
	assert.Equal(t, 404, s.Do(t, "HEAD", "http://localhost/_sandbox/workspaces/nobody/fixture", "").Status)
}
