package gate_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a login is sent and given does not stand in the journal, whatever the body looks like.
func TestBodiesOfLoginsAreRedacted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, body, shown string }{
		{"a good one", `{"user":"alice@example.com","password":"a-password"}`, `{"user":"alice@example.com","password":"[redacted]"}`},
		{"with a workspace", `{"user":"alice@example.com","password":"a-password@run"}`, `{"user":"alice@example.com","password":"[redacted]"}`},
		{"blanks", `{ "password" : "a-password" , "user":"alice@example.com" }`, `{ "password":"[redacted]" , "user":"alice@example.com" }`},
		{"a wrong one", `{"user":"x","password":"a-passwor"}`, `{"user":"x","password":"[redacted]"}`},
		{"a short one", `{"user":"x","password":"1"}`, `{"user":"x","password":"[redacted]"}`},
		{"elsewhere too", `{"user":"a-password","password":"a-password"}`, `{"user":"[redacted]","password":"[redacted]"}`},
		{"no text", `{"user":"x","password":{"password":["a-password"]},"y":1}`, `{"user":"x","password":"[redacted]","y":1}`},
		{"inside", `{"user":"x","a":[{"token":"a-password"}],"password":null}`, `{"user":"x","a":[{"token":"[redacted]"}],"password":"[redacted]"}`},
		{"an escaped name", `{"user":"x","\u0070assword":"a-password"}`, `{"user":"x","\u0070assword":"[redacted]"}`},
		{"twice", `{"password":"a-password","password":"a-passwords"}`, `{"password":"[redacted]","password":"[redacted]"}`},
		{"cut", `{"user":"x","password":"a-passw`, ``},
		{"no JSON", `user=x&password=a-passw`, `[redacted]`},
		{"a misspelt name", `{"user":"alice@example.com","pasword":"a-password"}`, `{"user":"alice@example.com","pasword":"[redacted]"}`},
		{"letters changed", `{"user":"alice@example.com","passwrod":"a-password"}`, `{"user":"alice@example.com","passwrod":"[redacted]"}`},
		{"another case", `{"user":"alice@example.com","Password":"a-password"}`, `{"user":"alice@example.com","Password":"[redacted]"}`},
		{"a longer name", `{"user":"x","new_password":"a-password","pass-word":1}`, `{"user":"x","new_password":"[redacted]","pass-word":"[redacted]"}`},
		{"beside the right one", `{"user":"alice@example.com","password":"a-password","passwort":"a-passwort"}`, `{"user":"alice@example.com","password":"[redacted]","passwort":"[redacted]"}`},
		{"a misspelt name, cut", `{"user":"x","pasword":"a-passw`, ``},
		{"another name", `{"users":"x","pathway":"y"}`, `{"users":"x","pathway":"y"}`},
		{"a value, no name", `{"user":"password"}`, `{"user":"password"}`},
	} {
		s := newStand(t)
		e := s.entry(t, s.send("POST", "/login", test.body, ""))
		assert.NotContains(t, e.Request.Body, "a-passw", test.name)
		if test.shown != "" {
			assert.Equal(t, test.shown, e.Request.Body, test.name)
		}
		assert.Equal(t, len(test.body), e.Request.Size)
	}
}

// Nor does a token that was given, there or in what is done with it.
func TestTokensAreRedacted(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	a := s.send("POST", "/login", `{"user":"alice@example.com","password":"a-password"}`, "")
	assert.Equal(t, `{"token":"[redacted]"}`, s.entry(t, a).Response.Body)
	token := s.login(t, "a-password")
	for _, a := range []*httptest.ResponseRecorder{
		s.send("GET", "/get?t="+token, "", token),
		s.send("GET", "/"+token, "", token),
		s.send("GET", "/get?"+strings.ReplaceAll(token, ".", "%2E"), "", token),
		s.send("POST", "/login", `{"user":"`+token+`"}`, token),
	} {
		shown, err := json.Marshal(s.entry(t, a))
		require.NoError(t, err)
		assert.NotContains(t, string(shown), token[:20])
		assert.NotContains(t, string(shown), token[len(token)-20:])
		assert.Contains(t, string(shown), "[redacted]")
	}
}
