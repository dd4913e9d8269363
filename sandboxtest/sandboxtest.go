// Package sandboxtest gives Go tests a sandbox in their own process: partner APIs that answer as documented, keep real
// state in memory, and tell what came.
//
//	func TestRegister(t *testing.T) {
//		sb := sandboxtest.Start(t)
//		partner := sb.API("cobrofacil")
//		register(partner.URL, partner.Token) // the code under test
//		sb.Requests().Operation("cobrofacil.createClient").Status("201").Count(1)
//	}
//
// [Start] is a sandbox for one test. [Workspace] is cheaper: a workspace of one sandbox that all tests of the process
// share, with records, clock, ids, limits, faults and journal of its own, so that a thousand parallel tests take one.
// Both end with the test, and leave no goroutine and no file behind. What goes wrong fails the test.
package sandboxtest

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/nearest"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// TB is what is used of a test: a *testing.T, *testing.B or *testing.F is one, and so is what other frameworks have in
// their place.
type TB interface {
	Name() string
	Helper()
	Cleanup(func())
	Failed() bool
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Sandbox is a workspace of a running sandbox. Its methods may be called from several goroutines, but for those that may
// end the test, like any call of Fatalf.
type Sandbox struct {
	Name string // of the workspace
	URL  string // of the sandbox, whatever the workspace: the control API is below it, at /_sandbox

	t        TB
	server   *server
	settings map[string]string // that a reset would take away
}

// Start gives a sandbox that serves until the test has ended: on a free port of the loopback interface, and to
// [Sandbox.Client] without the network.
func Start(t TB, options ...Option) *Sandbox {
	t.Helper()
	o := chosen(options)
	s, err := newServer(o)
	if err != nil {
		t.Fatalf("sandboxtest: %v", err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Errorf("sandboxtest: %v", err)
		}
	})
	return s.in(t, workspace.Default)
}

// Workspace gives a new workspace of the sandbox that all tests of this process share. It is removed when the test has
// ended, and the sandbox ends when no test uses it any more; see [Main].
func Workspace(t TB, options ...Option) *Sandbox {
	t.Helper()
	s, err := shared.acquire()
	if err != nil {
		t.Fatalf("sandboxtest: %v", err)
	}
	t.Cleanup(func() {
		if err := shared.release(); err != nil {
			t.Errorf("sandboxtest: %v", err)
		}
	})
	return s.newWorkspace(t, options)
}

// Workspace gives a new workspace of the same sandbox, for a subtest for example. It is removed when that has ended.
func (sb *Sandbox) Workspace(t TB, options ...Option) *Sandbox {
	t.Helper()
	return sb.server.newWorkspace(t, options)
}

func (s *server) newWorkspace(t TB, options []Option) *Sandbox {
	t.Helper()
	o := chosen(options)
	name := fmt.Sprintf("%s-%d", named(t.Name()), s.made.Add(1))
	plan, err := o.workspace(name)
	if err != nil {
		t.Fatalf("sandboxtest: %v", err)
	}
	if _, err := s.control.CreateWorkspace(context.Background(), plan); err != nil {
		t.Fatalf("sandboxtest: %v", err)
	}
	t.Cleanup(func() {
		if err := s.control.DeleteWorkspace(context.Background(), name); err != nil {
			t.Errorf("sandboxtest: %v", err)
		}
	})
	sb := s.in(t, name)
	sb.settings = o.settings
	sb.set(sb.settings)
	return sb
}

// in is a workspace for a test. If the test fails, its log says what came.
func (s *server) in(t TB, name string) *Sandbox {
	sb := &Sandbox{Name: name, URL: s.url, t: t, server: s}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("sandboxtest: %s", sb.log())
		}
	})
	return sb
}

var notInNames = regexp.MustCompile("[^a-z0-9]+")

// named makes the beginning of a workspace's name of a test's.
func named(test string) string {
	name := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(test), "-"), "-")
	return cmp.Or(strings.TrimSuffix(name[:min(len(name), 40)], "-"), "test")
}

// API is what a client of a partner is configured with. The secrets are the published ones of the demo owner. URL and
// secrets both name the workspace, so that either suffices.
type API struct {
	URL      string // stands in the place of https://host in the partner's URLs
	Token    string // for the Authorization header, behind "Bearer " where the partner wants that
	Key      string // for the X-API-Key header, where there is one
	User     string // for the login, where there is one: an e-mail address or a key
	Password string
}

// API tells how to reach an API of this workspace: cobrofacil, subclients, complycube, kobra or apidev. With
// [Sandbox.Client] the partners' own host names reach it too.
func (sb *Sandbox) API(name string) API {
	sb.t.Helper()
	api := sb.emulated(name)
	root := sb.URL
	if sb.Name != workspace.Default {
		root += "/w/" + sb.Name
	}
	a := API{URL: root + api.Base, Token: sb.secret(api.Credentials[0].Secret)}
	for _, c := range api.Credentials {
		switch {
		case c.In == gate.Password && a.User == "":
			a.User, a.Password = c.User, sb.secret(c.Secret)
		case c.In != "" && c.In != gate.Password && a.Key == "":
			a.Key = sb.secret(c.Secret)
		}
	}
	return a
}

// Credential is the secret of another published credential, by its id: complycube-expired, for example. The control
// API lists them under /_sandbox/apis.
func (sb *Sandbox) Credential(id string) string {
	sb.t.Helper()
	var ids []string
	for _, api := range sb.server.app.APIs {
		for _, c := range api.Credentials {
			if c.ID == id {
				return sb.secret(c.Secret)
			}
			ids = append(ids, c.ID)
		}
	}
	sb.t.Fatalf("sandboxtest: no published credential is called %q; the nearest are %s", id, strings.Join(nearest.Of(id, ids), ", "))
	return ""
}

func (sb *Sandbox) secret(published string) string {
	if sb.Name == workspace.Default {
		return published
	}
	return published + "@" + sb.Name
}

func (sb *Sandbox) emulated(name string) *gate.API {
	sb.t.Helper()
	all := sb.server.app.APIs
	at := slices.IndexFunc(all, func(api *gate.API) bool { return api.Name == name })
	if at < 0 {
		var names []string
		for _, api := range all {
			names = append(names, api.Name)
		}
		sb.t.Fatalf("sandboxtest: no API is called %q; there are %s", name, strings.Join(names, ", "))
	}
	return all[at]
}

// Client is an HTTP client whose requests all reach the sandbox, whatever host they name and without the network:
// https://api.complycube.com is ComplyCube's, and what is no partner's never leaves the process. Its Transport is the
// http.RoundTripper for clients of other kinds.
func (sb *Sandbox) Client() *http.Client {
	return &http.Client{Transport: sb.server.transport}
}
