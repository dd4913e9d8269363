package apidev

import (
	"crypto/sha256"
	"errors"
	"net/http"
	"slices"
	"sync"
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
	if err := invalid(a.valid.Whole(body), "API-5"); err != nil {
		return gate.Credential{}, err
	}
	user, err := x.LoginOf(body.Email.Value, body.Password.Value)
	if err != nil && !errors.Is(err, web.ErrUnauthorized) {
		return gate.Credential{}, err
	}
	// Only now the password has named its workspace, whose lock it is.
	name, life, now := x.Prospect()
	opens, locked := locksOf(life).try(lockKey{name, sha256.Sum256([]byte(body.Email.Value))}, now, err == nil)
	if locked {
		return gate.Credential{}, web.Refuse(errLocked, web.Violation{
			Member: "email", Value: body.Email.Value, Rule: "API-5", Message: "Too many failed login attempts. Try again later.",
			Passes: "the same request from " + opens.Format(time.RFC3339Nano) + " on, on the workspace's clock: advance it",
		})
	}
	return user, err
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

// locks are the failed logins of a workspace's life.
type locks struct {
	mu     sync.Mutex
	failed map[lockKey]*failures
}

// lockKey is whose logins are counted. It holds the workspace's name, since those that are not made yet share a life, and
// the e-mail's digest, since an e-mail can be as long as a body.
type lockKey struct {
	workspace string
	email     [sha256.Size]byte
}

type failures struct {
	at    []time.Time // the latest ones
	opens time.Time   // when logins are taken again
}

type locksKey struct{}

func locksOf(life *workspace.Life) *locks {
	return life.Memory(locksKey{}, func() any { return &locks{failed: map[lockKey]*failures{}} }).(*locks)
}

// try notes a login, good or not, unless the lock is closed: then it says when it opens.
func (l *locks) try(key lockKey, now time.Time, good bool) (opens time.Time, locked bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.failed[key]
	if f != nil && now.Before(f.opens) {
		return f.opens, true
	}
	if good {
		delete(l.failed, key)
		return time.Time{}, false
	}
	if f == nil {
		if len(l.failed) >= mostLocks {
			clear(l.failed)
		}
		f = &failures{}
		l.failed[key] = f
	}
	f.at = slices.DeleteFunc(f.at, func(at time.Time) bool { return !at.After(now.Add(-failuresWithin)) })
	if f.at = append(f.at, now); len(f.at) == mostFailures {
		f.at, f.opens = nil, now.Add(lockedFor)
	}
	return time.Time{}, false
}
