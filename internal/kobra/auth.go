package kobra

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/web"
)

// The owners are the partner's customers, which it calls lenders.
const (
	ownerLender = "lender"
	ownerOther  = "other-lender"
)

var credentials = []gate.Credential{
	{ID: "kobra-lender", Secret: "sandbox-kobra-token", Owner: ownerLender, Use: "the demo owner, without a login"},
	{ID: "kobra-login", In: gate.Password, User: "lender@sandbox.test", Secret: "sandbox", Owner: ownerLender, Use: "the demo owner's login, by POST /api/auth"},
	{ID: "kobra-other", Secret: "sandbox-kobra-other-token", Owner: ownerOther, Use: "another owner, with one account"},
	{ID: "kobra-expired", Secret: "sandbox-kobra-expired-token", Owner: ownerLender, Expired: true, Use: "answered with 401"},
}

// authenticate takes the token bare or after Bearer (KOB-2).
func authenticate(x *gate.Exchange) (gate.Credential, error) {
	bare := strings.TrimSpace(x.Request.Header.Get("Authorization"))
	return x.CredentialOf("Authorization", cmp.Or(gate.Bearer(x.Request), bare))
}

// openOwner takes what is one word: nothing, a scheme without a token, or another scheme is no token.
func openOwner(_, secret string) string {
	if len(strings.Fields(secret)) != 1 || strings.EqualFold(secret, "Bearer") {
		return ""
	}
	return ownerLender
}

// token is the shape of the partner's tokens. One that is not the sandbox's is the partner's own.
var token = web.Pattern(`^eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(@|$)`)

// tokenLifetime is how long a login lasts on the workspace's clock (KOB-2).
const tokenLifetime = 24 * time.Hour

// loginRequest is the body of a login.
type loginRequest struct {
	User     web.Opt[string] `json:"user"`
	Password web.Opt[string] `json:"password"`
	web.Unread
}

// authenticateLogin finds the credential by the body. Missing members are invalid before the password can be wrong (KOB-44).
func authenticateLogin(x *gate.Exchange) (gate.Credential, error) {
	var body loginRequest
	if err := x.Decode(&body); err != nil {
		return gate.Credential{}, err
	}
	var wrong violations
	for _, m := range []struct {
		name string
		sent web.Opt[string]
	}{{"user", body.User}, {"password", body.Password}} {
		switch {
		case m.sent.Wrong != nil:
			wrong.add("KOB-44", m.name, m.sent.Wrong, "must be a string", "a string")
		case m.sent.Value == "":
			wrong.add("KOB-44", m.name, nil, "is required", "a string that is not empty")
		}
	}
	if err := wrong.refusal(web.ErrInvalid); err != nil {
		return gate.Credential{}, err
	}
	return x.LoginOf(body.User.Value, body.Password.Value)
}

// loginAnswer is the envelope of a login.
type loginAnswer struct {
	Data struct {
		Token string `json:"token"`
	} `json:"data"`
	Error *failed `json:"error"`
}

func login(r *http.Request) (web.Response, error) {
	x := gate.From(r)
	var body struct {
		User web.Opt[string] `json:"user"`
	}
	err := x.Decode(&body)
	if err != nil {
		return web.Response{}, err
	}
	var answer loginAnswer
	answer.Data.Token, err = x.IssueToken(body.User.Value, tokenLifetime)
	return web.Response{Status: http.StatusOK, Body: answer}, err
}
