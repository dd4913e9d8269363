package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// tokenClaims are what a login's token says: who it was given to (sub), by which API (iss), until when (exp), and in which
// workspace.
type tokenClaims struct {
	jwt.RegisteredClaims
	Workspace string `json:"workspace"`
}

// IssueToken makes a JWT (HS256) that lets the user in for so long on the workspace's clock. It names the exchange's
// workspace, default included.
func (x *Exchange) IssueToken(user string, lifetime time.Duration) (string, error) {
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, tokenClaims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: x.API.Name, Subject: user,
			IssuedAt: jwt.NewNumericDate(x.Now), ExpiresAt: jwt.NewNumericDate(x.Now.Add(lifetime)),
		},
		Workspace: x.Workspace.Name,
	})
	text, err := token.SignedString(x.Workspace.Secret())
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	x.Hide(text)
	return text, nil
}

// tokenOf is the credential of the user whom a token was given to. It returns the zero Credential and no error for what
// is no token.
func (x *Exchange) tokenOf(header, secret string) (Credential, error) {
	if strings.Count(secret, ".") != 2 { // nearly every secret, told from a token without an attempt to read it
		return Credential{}, nil
	}
	var said tokenClaims
	_, _, err := jwt.NewParser().ParseUnverified(secret, &said)
	if err != nil || said.Issuer != x.API.Name || !workspace.ValidName(said.Workspace) {
		return Credential{}, nil //nolint:nilerr // some other secret
	}
	// Named before the token is judged: a refusal stands in the journal of the workspace it is for (COM-10).
	if err := x.name(header, said.Workspace); err != nil {
		return Credential{}, err
	}
	// The workspace says which key and clock it is to be held against.
	w, records, err := x.prospect(said.Workspace)
	if err != nil {
		return Credential{}, err
	}
	_, err = jwt.ParseWithClaims(secret, &tokenClaims{}, func(*jwt.Token) (any, error) { return w.Secret(), nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithIssuer(x.API.Name), jwt.WithExpirationRequired(),
		jwt.WithTimeFunc(func() time.Time { return w.Clock().Now(x.arrived) }))
	switch {
	case errors.Is(err, jwt.ErrTokenExpired) && said.ExpiresAt != nil:
		return x.refuse(header, "COM-15", "holds a token that expired at "+said.ExpiresAt.UTC().Format(time.RFC3339)+" on the workspace's clock; log in again")
	case err != nil:
		return x.refuse(header, "COM-13", "holds a token that is not this sandbox's: "+err.Error())
	}
	find := x.API.User
	if find == nil {
		find = x.publishedUser
	}
	c, found, err := find(x.Request.Context(), records, said.Subject)
	if err != nil {
		return Credential{}, err
	}
	if !found {
		return x.refuse(header, "COM-13", "holds a token of a user who does not exist any more")
	}
	c.ID = cmp.Or(c.ID, said.Subject)
	x.present(header, c)
	return c, nil
}

// publishedUser is the published credential by which a user logs in.
func (x *Exchange) publishedUser(_ context.Context, _, user string) (Credential, bool, error) {
	at := slices.IndexFunc(x.API.Credentials, func(c Credential) bool { return c.In == Password && c.User == user && !c.Expired })
	if at < 0 {
		return Credential{}, false, nil
	}
	return x.API.Credentials[at], true, nil
}
