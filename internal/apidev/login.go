package apidev

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// loginRequest is the body of a login.
type loginRequest struct {
	Email    web.Opt[string] `json:"email"    validate:"required,string,email"`
	Password web.Opt[string] `json:"password" validate:"required,string"`
	web.Unread
}

// authorization is what a login answers.
type authorization struct {
	Authorization string `json:"authorization"`
}

const tokenLifetime = time.Hour

// logIn finds the user whose e-mail and password the body holds (API-5).
func (a *api) logIn(x *gate.Exchange) (gate.Credential, error) {
	if err := present(x, tenant); err != nil {
		return gate.Credential{}, err
	}
	var body loginRequest
	if err := x.Decode(&body); err != nil {
		return gate.Credential{}, err
	}
	if err := invalid(a.valid().Whole(body), "API-5"); err != nil {
		return gate.Credential{}, err
	}
	user, wrong := x.LoginOf(body.Email.Value, body.Password.Value)
	if wrong != nil && !errors.Is(wrong, web.ErrUnauthorized) {
		return gate.Credential{}, wrong
	}
	// Only now the password has named its workspace, whose lock it is.
	name, life, now, err := x.Prospect()
	if err != nil {
		return gate.Credential{}, err
	}
	var opens time.Time
	var locked bool
	err = life.Keep(x.Request.Context(), func(k *workspace.Kept) (err error) {
		opens, locked, err = try(k, name, body.Email.Value, now, wrong == nil)
		return err
	})
	if err != nil {
		return gate.Credential{}, err
	}
	if locked {
		return gate.Credential{}, web.Refuse(errLocked, web.Violation{
			Member: "email", Value: body.Email.Value, Rule: "API-5", Message: "Too many failed login attempts. Try again later.",
			Passes: "the same request from " + opens.Format(time.RFC3339Nano) + " on, on the workspace's clock: advance it",
		})
	}
	return user, wrong
}

// login answers whom logIn has found.
func (a *api) login(r *http.Request) (web.Response, error) {
	x := gate.From(r)
	sent, err := x.Body()
	if err != nil {
		return web.Response{}, err
	}
	var body loginRequest
	if err := web.Decode(sent, &body); err != nil { // logIn has noted what it does not know
		return web.Response{}, err
	}
	token, err := x.IssueToken(body.Email.Value, tokenLifetime)
	return web.Response{Status: http.StatusOK, Body: success{true, authorization{token}, none{}}}, err
}

// The lock of API-5, and how many e-mails are watched at once.
const (
	mostFailures   = 5
	failuresWithin = 30 * time.Second
	lockedFor      = 60 * time.Second
	mostLocks      = 1000
)

// failureKind is the kind of failures: the failed logins of an e-mail.
const failureKind = "failed login"

type failures struct {
	At    []time.Time // the latest ones
	Opens time.Time   // when logins are taken again
}

// try notes a login, good or not, unless the lock is closed: then it says when it opens. Logins are counted by the
// workspace's name too, since those that are not made yet share a life, and by the e-mail's digest, since an e-mail can be
// as long as a body.
func try(k *workspace.Kept, name, email string, now time.Time, good bool) (opens time.Time, locked bool, err error) {
	key := name + " " + workspace.Digest(email)
	f, err := workspace.Get[failures](k, failureKind, key)
	if err != nil {
		return time.Time{}, false, err
	}
	if f != nil && now.Before(f.Opens) {
		return f.Opens, true, nil
	}
	if good {
		return time.Time{}, false, k.Delete(failureKind, key)
	}
	if f == nil {
		if n, err := k.Count(failureKind); err != nil {
			return time.Time{}, false, err
		} else if n >= mostLocks {
			if err := k.Clear(failureKind); err != nil {
				return time.Time{}, false, err
			}
		}
		f = &failures{}
	}
	f.At = slices.DeleteFunc(f.At, func(at time.Time) bool { return !at.After(now.Add(-failuresWithin)) })
	if f.At = append(f.At, now); len(f.At) == mostFailures {
		f.At, f.Opens = nil, now.Add(lockedFor)
	}
	return time.Time{}, false, k.Put(failureKind, key, f)
}
