package gate_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// login is the token that a login gets.
func (s *stand) login(t *testing.T, password string) string {
	t.Helper()
	a := s.send("POST", "/login", `{"user":"alice@example.com","password":"`+password+`"}`, "")
	require.Equal(t, 200, a.Code, a.Body)
	var body struct{ Token string }
	require.NoError(t, json.Unmarshal(a.Body.Bytes(), &body))
	return body.Token
}

func TestTokensNameTheirWorkspace(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for password, want := range map[string]string{"a-password": "default", "a-password@run": "run", "a-password@default": "default"} {
		token := s.login(t, password)
		a := s.send("GET", "/get", "", token)
		assert.Equal(t, "200 "+want, s.get("/get", token)+" "+a.Header().Get("X-Sandbox-Workspace"))
		e := s.entry(t, a)
		assert.Equal(t, []string{"main", "login"}, []string{e.Owner, e.Credential})
		assert.Equal(t, "401", s.get("/get", token+"@other")[:3], "it names its own, default included")
	}
	_, exists := s.spaces.Find("other")
	assert.False(t, exists)
	for _, body := range []string{
		`{"user":"alice@example.com","password":"wrong"}`, `{"user":"bob@example.com","password":"a-password"}`, `{"user":"gone@example.com","password":"b-password"}`,
		`{"user":"","password":"secret-of-alice"}`, `{"user":"alice@example.com","password":"a-password@No"}`, `{"user":"alice@example.com","password":""}`, `{"password":7}`, `{}`,
	} {
		assert.Equal(t, 401, s.send("POST", "/login", body, "").Code, body)
	}
	assert.Equal(t, 400, s.send("POST", "/login", `{`, "").Code)
	assert.Equal(t, "401", s.get("/get", "a-password")[:3], "a password is no token")
}

func TestTokensExpireOnTheWorkspacesClock(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	token := s.login(t, "a-password@run")
	advance(t, s.space(t, "default"), day)
	advance(t, s.space(t, "run"), time.Hour-1)
	assert.Equal(t, "200", s.get("/get", token))
	advance(t, s.space(t, "run"), 1)
	refused := s.send("GET", "/get", "", token)
	assert.Equal(t, 401, refused.Code)
	assert.Equal(t, "run", refused.Header().Get("X-Sandbox-Workspace"), "whose journal explains it")
	v := s.entry(t, refused).Violations[0]
	assert.Equal(t, "COM-15", v.Rule)
	assert.Contains(t, v.Message, "expired at 2026-03-01T07:00:00Z")
}

// Nobody makes a token but the sandbox, and what it has made cannot be changed.
func TestForgedTokens(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	good := s.login(t, "a-password")
	parts := strings.Split(good, ".")
	claims := func(change func(jwt.MapClaims)) jwt.MapClaims {
		c := jwt.MapClaims{"iss": "shop", "sub": "alice@example.com", "exp": begin.Add(day).Unix(), "workspace": "default"}
		change(c)
		return c
	}
	same := func(jwt.MapClaims) {}
	sign := func(method jwt.SigningMethod, key any, change func(jwt.MapClaims)) string {
		token, err := jwt.NewWithClaims(method, claims(change)).SignedString(key)
		require.NoError(t, err)
		return token
	}
	secret := s.space(t, "default").Secret()
	require.Equal(t, "200", s.get("/get", sign(jwt.SigningMethodHS256, secret, same)), "such a one is good")
	other, err := s.spaces.Create(t.Context(), workspace.Plan{Name: "other", RandomSeed: "other"}) // with a key of its own
	require.NoError(t, err)
	defer other.Release()
	for name, token := range map[string]string{
		"another key":           sign(jwt.SigningMethodHS256, []byte("a guess"), same),
		"no signature":          sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, same),
		"another method":        sign(jwt.SigningMethodHS512, secret, same),
		"a public key's method": sign(jwt.SigningMethodEdDSA, ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), same),
		"another workspace":     sign(jwt.SigningMethodHS256, other.Secret(), same),
		"another API":           sign(jwt.SigningMethodHS256, secret, func(c jwt.MapClaims) { c["iss"] = "other" }),
		"no API":                sign(jwt.SigningMethodHS256, secret, func(c jwt.MapClaims) { delete(c, "iss") }),
		"no expiry":             sign(jwt.SigningMethodHS256, secret, func(c jwt.MapClaims) { delete(c, "exp") }),
		"no workspace":          sign(jwt.SigningMethodHS256, secret, func(c jwt.MapClaims) { delete(c, "workspace") }),
		"a hidden workspace":    sign(jwt.SigningMethodHS256, secret, func(c jwt.MapClaims) { c["workspace"] = workspace.Template }),
		"an unknown user":       sign(jwt.SigningMethodHS256, secret, func(c jwt.MapClaims) { c["sub"] = "nobody" }),
		"an expired user":       sign(jwt.SigningMethodHS256, secret, func(c jwt.MapClaims) { c["sub"] = "gone@example.com" }),
		"no user":               sign(jwt.SigningMethodHS256, secret, func(c jwt.MapClaims) { c["sub"] = "" }),
		"another payload":       parts[0] + "." + strings.Split(sign(jwt.SigningMethodHS256, secret, func(c jwt.MapClaims) { c["sub"] = "x" }), ".")[1] + "." + parts[2],
		"cut":                   good[:len(good)-2],
		"without a signature":   parts[0] + "." + parts[1] + ".",
		"something behind it":   good + "x",
		"a workspace behind it": good + "@run",
	} {
		a := s.send("GET", "/get", "", token)
		assert.Equal(t, 401, a.Code, name)
		assert.Equal(t, "default", a.Header().Get("X-Sandbox-Workspace"), name)
	}
	_, exists := s.spaces.Find("run")
	assert.False(t, exists)
}

// In a workspace with a random seed tokens repeat, and are another workspace's key no more.
func TestTokensRepeatWithARandomSeed(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, name := range []string{"one", "two"} {
		w, err := s.spaces.Create(t.Context(), workspace.Plan{Name: name, RandomSeed: name, Clock: "2027-01-01T00:00:00Z!"})
		require.NoError(t, err)
		w.Release()
	}
	first := s.login(t, "a-password@one")
	assert.Equal(t, first, s.login(t, "a-password@one"))
	require.NoError(t, s.space(t, "one").Reset(t.Context()))
	assert.Equal(t, first, s.login(t, "a-password@one"))
	assert.NotEqual(t, s.space(t, "one").Secret(), s.space(t, "two").Secret())
	assert.NotEqual(t, s.space(t, "one").Secret(), s.space(t, "default").Secret())
}

// An API whose users are records is asked for them, in the workspace that the token names.
func TestUsersThatAreRecords(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	token := s.login(t, "a-password@run")
	s.api.User = func(_ context.Context, records, user string) (gate.Credential, bool, error) {
		return gate.Credential{Owner: records + " " + user}, user == "alice@example.com", nil
	}
	e := s.entry(t, s.send("GET", "/get", "", token))
	assert.Equal(t, []string{"run alice@example.com", "alice@example.com"}, []string{e.Owner, e.Credential})
	_, err := s.spaces.Delete(t.Context(), "run")
	require.NoError(t, err)
	s.api.User = func(_ context.Context, records, _ string) (gate.Credential, bool, error) {
		assert.Equal(t, workspace.Template, records, "the seed's, while the workspace does not exist")
		return gate.Credential{}, false, nil
	}
	assert.Equal(t, "401", s.get("/get", token)[:3])
	_, exists := s.spaces.Find("run")
	assert.False(t, exists)
}
