package control_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// mintedShown is a minted credential as the control API shows it.
type mintedShown struct {
	ID, API, In, Secret, Owner string
	Permissions                []string
	ExpiresAt                  string `json:"expires_at"`
}

// mint makes a credential in a workspace.
func (s *sandbox) mint(t *testing.T, workspace, body string) mintedShown {
	t.Helper()
	a := s.call(t, "POST", "/workspaces/"+workspace+"/credentials", body)
	require.Equal(t, 201, a.Status, a.Body)
	return read[mintedShown](t, a)
}

// sees is the status with which a secret is let in to the demo owner's first client.
func (s *sandbox) sees(t *testing.T, secret string) int {
	t.Helper()
	return s.Do(t, "GET", clients+"/client-200", "", "Authorization: Bearer "+secret).Status
}

func TestMintCredentials(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-14")
	s := newSandbox(t, app.Options{})
	bare := s.mint(t, "run", `{"api":"cobrofacil"}`)
	assert.Regexp(t, "^minted-[a-z0-9]{8}$", bare.ID)
	assert.Regexp(t, "^sandbox-cobrofacil-[a-z0-9]{26}$", bare.Secret, "like the published one")
	assert.Equal(t, []string{"cobrofacil", "Authorization", "sandbox"}, []string{bare.API, bare.In, bare.Owner})
	assert.NotNil(t, bare.Permissions)
	second := s.mint(t, "run", `{"api":"cobrofacil"}`)
	assert.NotEqual(t, bare.ID, second.ID)
	assert.NotEqual(t, bare.Secret, second.Secret)
	for _, secret := range []string{bare.Secret, second.Secret} {
		assert.Equal(t, 200, s.sees(t, secret+"@run"))
		assert.Equal(t, 200, s.Do(t, "GET", "/w/run"+clients+"/client-200", "", "Authorization: Bearer "+secret).Status)
		assert.Equal(t, 401, s.sees(t, secret), "it is not the default workspace's")
		assert.Equal(t, 401, s.sees(t, secret+"@elsewhere"))
	}
	assert.Equal(t, 404, s.call(t, "GET", "/workspaces/elsewhere", "").Status)

	whole := s.mint(t, "run", `{"api":"cobrofacil","id":"Al.ice_1","in":"Authorization","secret":"my-own-secret","owner":"alice","permissions":[],"expires_at":"2031-01-01T01:00:00+01:00"}`)
	assert.Equal(t, mintedShown{"Al.ice_1", "cobrofacil", "Authorization", "my-own-secret", "alice", []string{}, "2031-01-01T01:00:00+01:00"}, whole)
	a := s.Do(t, "POST", clients, eva, "Authorization: Bearer my-own-secret@run")
	require.Equal(t, 201, a.Status)
	e := s.explained(t, a)
	assert.Equal(t, []string{"alice", "Al.ice_1"}, []string{e.Owner, e.Credential})
	assert.NotContains(t, s.do(t, "GET", "/workspaces/run/requests", ""), "my-own-secret")
	assert.NotContains(t, s.Log.String(), "my-own-secret")
	assert.Contains(t, s.export(t, "run"), `"_owner": "alice"`)

	list := s.do(t, "GET", "/workspaces/run/credentials", "")
	assert.NotContains(t, list+s.export(t, "run"), "my-own-secret")
	all := read[[]mintedShown](t, s.call(t, "GET", "/workspaces/run/credentials", ""))
	require.Len(t, all, 3)
	assert.Equal(t, mintedShown{"Al.ice_1", "cobrofacil", "Authorization", "", "alice", []string{}, "2031-01-01T00:00:00Z"}, all[0])

	// In the place of one with the same id, or the same secret.
	s.mint(t, "run", `{"api":"cobrofacil","id":"Al.ice_1","secret":"another-secret"}`)
	assert.Equal(t, []int{401, 200}, []int{s.sees(t, "my-own-secret@run"), s.sees(t, "another-secret@run")})
	s.mint(t, "run", `{"api":"cobrofacil","id":"bob","secret":"another-secret","owner":"bob"}`)
	assert.Equal(t, 404, s.sees(t, "another-secret@run"))
	assert.Len(t, s.minted(t, "run"), 3)

	assert.Empty(t, s.do(t, "DELETE", "/workspaces/run/credentials/bob", ""))
	assert.Equal(t, 401, s.sees(t, "another-secret@run"))
	a = s.call(t, "DELETE", "/workspaces/run/credentials/bob", "")
	assert.Equal(t, 404, a.Status)
	assert.Contains(t, reason(t, a), "There is no minted credential bob in run")
	assert.Equal(t, 401, s.sees(t, "my-own-secret@#template"))
}

// Whatever carries an API's secrets, one can be minted for it, with all that its first credential may do.
func TestMintForEveryAPI(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	for _, api := range s.APIs {
		a := s.call(t, "POST", "/workspaces/run/credentials", `{"api":"`+api.Name+`"}`)
		if a.Status == 422 { // it takes nothing but the tokens of its login
			assert.Contains(t, reason(t, a), "log", api.Name)
			continue
		}
		c := read[mintedShown](t, a)
		assert.Equal(t, api.Name, c.API)
		assert.NotEmpty(t, c.Owner)
	}
}

// An @ may be part of a minted secret, and the whole value is tried first.
func TestMintedSecretsWithAt(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	s.mint(t, "default", `{"api":"cobrofacil","id":"whole","secret":"secret-1@run"}`)
	s.mint(t, "run", `{"api":"cobrofacil","id":"part","secret":"secret-1"}`)
	s.mint(t, "run", `{"api":"cobrofacil","id":"odd","secret":"a@b@c@d@"}`)
	for secret, want := range map[string]string{"secret-1@run": "default whole", "secret-1@run@default": "default whole", "a@b@c@d@@run": "run odd"} {
		e := s.explained(t, s.Do(t, "GET", clients+"/client-200", "", "Authorization: Bearer "+secret))
		assert.Equal(t, want, e.Workspace+" "+e.Credential, secret)
	}
	e := s.explained(t, s.Do(t, "GET", "/w/run"+clients+"/client-200", "", "Authorization: Bearer secret-1"))
	assert.Equal(t, "run part", e.Workspace+" "+e.Credential)
	assert.Equal(t, 401, s.Do(t, "GET", "/w/run"+clients+"/client-200", "", "Authorization: Bearer secret-1@default").Status)
}

// Minted credentials expire on the workspace's clock.
func TestMintedCredentialsExpire(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{Now: func() time.Time { return begin }})
	s.do(t, "PUT", "/workspaces/run/clock", `{"now":"2027-01-01T00:00:00Z","frozen":true}`)
	s.mint(t, "run", `{"api":"cobrofacil","id":"a","secret":"expires-soon","expires_at":"2027-01-01T00:01:00Z"}`)
	s.mint(t, "run", `{"api":"cobrofacil","id":"b","secret":"expired-already","expires_at":"2026-06-01T00:00:00Z"}`)
	assert.Equal(t, []int{200, 401}, []int{s.sees(t, "expires-soon@run"), s.sees(t, "expired-already@run")})
	s.do(t, "POST", "/workspaces/run/clock/advance", `{"by":"59.999999999s"}`)
	assert.Equal(t, 200, s.sees(t, "expires-soon@run"))
	s.do(t, "POST", "/workspaces/run/clock/advance", `{"by":"1ns"}`)
	a := s.Do(t, "GET", clients+"/client-200", "", "Authorization: Bearer expires-soon@run")
	assert.Equal(t, 401, a.Status)
	assert.Equal(t, "COM-15", s.explained(t, a).Violations[0].Rule)
}

// They are part of a workspace's state.
func TestMintedCredentialsAreState(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-14")
	o := app.Options{DB: filepath.Join(t.TempDir(), "sandbox.db")}
	s := newSandbox(t, o)
	s.mint(t, "run", `{"api":"cobrofacil","id":"kept","secret":"kept-secret","owner":"alice","permissions":[],"expires_at":"2031-01-01T00:00:00.000000001Z"}`)
	s.do(t, "POST", "/workspaces/run/snapshots", `{"name":"one"}`)
	exported := s.export(t, "run")
	s.do(t, "POST", "/workspaces/run/reset", "")
	assert.Empty(t, s.minted(t, "run"))
	assert.Equal(t, 401, s.sees(t, "kept-secret@run"))
	s.do(t, "POST", "/workspaces/run/snapshots/one/restore", "")
	s.do(t, "POST", "/workspaces/run/snapshots/one/restore?into=fork", "")
	s.do(t, "PUT", "/workspaces/copy/fixture", exported)
	s.create(t, `{"name":"created","fixture":`+exported+`}`)
	require.NoError(t, s.Close(t.Context()))
	s = newSandbox(t, o)
	for _, name := range []string{"run", "fork", "copy", "created"} {
		assert.Equal(t, 404, s.sees(t, "kept-secret@"+name), "let in, to another owner's records")
		assert.Equal(t, []mintedShown{{"kept", "cobrofacil", "Authorization", "", "alice", []string{}, "2031-01-01T00:00:00.000000001Z"}},
			read[[]mintedShown](t, s.call(t, "GET", "/workspaces/"+name+"/credentials", "")))
	}
	s.do(t, "POST", "/workspaces/created/reset", "")
	assert.Equal(t, []string{"kept"}, s.minted(t, "created"), "what it began with comes back")

	// Those of a seed are in every workspace, before its first use too.
	seed := &workspace.Fixture{}
	require.NoError(t, seed.Add("seed.json", []byte(exported)))
	s = newSandbox(t, app.Options{Seed: seed})
	assert.Equal(t, []int{404, 404}, []int{s.sees(t, "kept-secret"), s.sees(t, "kept-secret@new")})
	assert.Equal(t, []string{"kept"}, s.minted(t, "new"))
}

func TestOpenAuthKnowsMintedCredentials(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{Open: true})
	s.mint(t, "run", `{"api":"cobrofacil","id":"alice","secret":"alices-secret","owner":"alice"}`)
	assert.Equal(t, []int{404, 200}, []int{s.sees(t, "alices-secret@run"), s.sees(t, "alices-secret")})
}

func TestMintRefusals(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	for _, test := range []struct {
		body   string
		status int
		reason string
	}{
		{`{}`, 422, "expected required property api"},
		{`{"api":"cobrofacill"}`, 422, `no API is called "cobrofacill"; the nearest are cobrofacil`},
		{`{"api":"cobrofacil","in":"X-Api-Key"}`, 422, `cobrofacil carries its secrets in Authorization, not in "X-Api-Key"`},
		{`{"api":"cobrofacil","id":"cobrofacil-sandbox"}`, 422, `id: "cobrofacil-sandbox" is that of a published credential`},
		{`{"api":"cobrofacil","id":"a b"}`, 422, `id: "a b" is not 1 to 63 letters`},
		{`{"api":"cobrofacil","id":"-a"}`, 422, `id: "-a" is not 1 to 63 letters`},
		{`{"api":"cobrofacil","id":"ñ"}`, 422, `id: "ñ" is not 1 to 63 letters`},
		{`{"api":"cobrofacil","id":"` + strings.Repeat("a", 64) + `"}`, 422, "is not 1 to 63 letters"},
		{`{"api":"cobrofacil","secret":"1234567"}`, 422, "secret: must have 8 to 200 visible ASCII characters"},
		{`{"api":"cobrofacil","secret":"` + strings.Repeat("a", 201) + `"}`, 422, "secret: must have 8 to 200"},
		{`{"api":"cobrofacil","secret":"with blanks"}`, 422, "secret: must have 8 to 200"},
		{`{"api":"cobrofacil","secret":"with\nlines"}`, 422, "secret: must have 8 to 200"},
		{`{"api":"cobrofacil","secret":"ñandúñandú"}`, 422, "secret: must have 8 to 200"},
		{`{"api":"cobrofacil","secret":"sandbox-cobrofacil-token"}`, 422, "secret: is that of a published credential"},
		{`{"api":"cobrofacil","secret":"12|` + strings.Repeat("k", 40) + `"}`, 422, "secret: looks like one of the partner's production"},
		{`{"api":"cobrofacil","owner":"` + strings.Repeat("a", 64) + `"}`, 422, "body.owner: expected length <= 63"},
		{`{"api":"cobrofacil","owner":"a\u0000b"}`, 422, "owner: "},
		{`{"api":"cobrofacil","permissions":["fly"]}`, 422, `permissions: cobrofacil knows no "fly"`},
		{`{"api":"cobrofacil","permissions":"fly"}`, 422, "body.permissions: expected array"},
		{`{"api":"cobrofacil","expires_at":"tomorrow"}`, 422, "expected string to be RFC 3339 date-time"},
		{`{"api":"cobrofacil","expires_at":"9999-12-31T23:59:59-10:00"}`, 422, "expires_at: must be from 1970 to 9999 in UTC"},
		{`{"api":"cobrofacil","expires_at":"0000-01-01T00:00:00+01:00"}`, 422, "expires_at: must be from 1970 to 9999 in UTC"},
		{`{"api":"cobrofacil","digest":"a"}`, 422, "body.digest: unexpected property"},
		{``, 400, "required"},
	} {
		a := s.call(t, "POST", "/workspaces/default/credentials", test.body)
		assert.Equal(t, test.status, a.Status, test.body)
		text := reason(t, a)
		assert.Contains(t, text, test.reason, test.body)
		assert.NotContains(t, text, "kkkkkkkk", "no production secret is repeated")
	}
	assert.Empty(t, s.minted(t, "default"))
	for _, id := range []string{"nobody", "cobrofacil-sandbox", "%00", "a%2Fb", "%23"} {
		assert.Equal(t, 404, s.call(t, "DELETE", "/workspaces/default/credentials/"+id, "").Status, id)
	}
	assert.Equal(t, 200, s.sees(t, "sandbox-cobrofacil-token"), "a published one cannot be revoked")
}

func TestMintedCredentialsAreBounded(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, app.Options{})
	var all strings.Builder
	for i := range workspace.MostCredentials - 1 {
		fmt.Fprintf(&all, `,{"id":"c%d","api":"cobrofacil","in":"Authorization","digest":"%s","owner":"sandbox"}`, i, workspace.Digest(fmt.Sprint("secret-", i)))
	}
	s.do(t, "PUT", "/workspaces/run/fixture", `{"workspace":{"credentials":[`+all.String()[1:]+`]}}`)
	var wait sync.WaitGroup
	for i := range 4 {
		wait.Go(func() {
			a := s.call(t, "POST", "/workspaces/run/credentials", fmt.Sprintf(`{"api":"cobrofacil","id":"more%d"}`, i))
			if a.Status != 201 {
				assert.Equal(t, 409, a.Status)
				assert.Contains(t, reason(t, a), "1000 credentials were minted, which is the most; revoke some")
			}
		})
	}
	wait.Wait()
	assert.Len(t, s.minted(t, "run"), workspace.MostCredentials)
	s.mint(t, "run", `{"api":"cobrofacil","id":"c7"}`) // in the place of another
	s.mint(t, "run", `{"api":"cobrofacil","id":"new","secret":"secret-8"}`)
	assert.Equal(t, 409, s.call(t, "POST", "/workspaces/run/credentials", `{"api":"cobrofacil"}`).Status)
	s.do(t, "DELETE", "/workspaces/run/credentials/c0", "")
	s.mint(t, "run", `{"api":"cobrofacil"}`)
}
