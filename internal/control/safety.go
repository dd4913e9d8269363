package control

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/store"
)

// Access says who may call the control API. Unlike the partners' faces it is not open to browsers of other origins.
type Access struct {
	Token   string                 // which every call carries; "" for none
	AnyHost bool                   // without a token, take any Host header: an explicit choice for a listener off loopback
	Partner func(host string) bool // says that a Host header is a partner's, under which there is no control API
}

// free are the paths that probes of any kind may ask; what they say is no secret.
var free = map[string]bool{Root + "/healthz": true, Root + "/readyz": true, Root + "/version": true, Root + "/ca.pem": true}

// challenge says in an answer what a request lacks.
const challenge = `Bearer realm="sandbox control"`

// door lets in who may call the control API.
type door struct {
	Access
	store *store.Store // which has the sessions of browsers that have signed in
	now   func() time.Time

	mu       sync.Mutex
	failures []time.Time // of signing in, in this process
}

// Guard lets those through to next who may call the control API and see the console. It answers signing in and out itself.
func Guard(access Access, s *store.Store, now func() time.Time, next http.Handler) http.Handler {
	d := &door{Access: access, store: s, now: now}
	return d.guard(d.signIn(next))
}

func (d *door) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Pages of other origins get no part of an answer, not as a script, picture or frame either.
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("X-Frame-Options", "DENY")
		path := r.URL.EscapedPath() // as the router sees it
		switch {
		case d.Partner(r.Host):
			problem(w, http.StatusNotFound, "The control API is not at "+r.Host+", which is a partner's name.")
			return
		case free[path]:
		case isForeign(r):
			problem(w, http.StatusForbidden, "The control API takes no requests from pages of another origin.")
			return
		case d.Token == "" && !d.AnyHost && !isLoopback(r.Host):
			problem(w, http.StatusForbidden, "Without a control token the control API answers only to localhost and loopback addresses in Host, not to "+r.Host+".")
			return
		case d.Token == "", path == loginPath, path == logoutPath:
		default:
			if !d.admits(w, r) {
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// admits lets in who is known, and tells everybody else what is missing.
func (d *door) admits(w http.ResponseWriter, r *http.Request) bool {
	known, err := d.knows(r)
	switch {
	case known:
		return true
	case err != nil:
		problem(w, http.StatusServiceUnavailable, "Whether the browser has signed in cannot be looked up: "+err.Error())
	case navigates(r):
		http.Redirect(w, r, loginPath+"?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
	default:
		w.Header().Set("WWW-Authenticate", challenge)
		problem(w, http.StatusUnauthorized, "The control API needs Authorization: Bearer and the control token: the one of --control-token or SANDBOX_CONTROL_TOKEN, or the one printed at start. In a browser sign in at "+loginPath+".")
	}
	return false
}

// isForeign says that a request is the doing of a page of another origin. Another port of the same host is one too, though
// it is the same site.
func isForeign(r *http.Request) bool {
	site, origin := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin")
	own := origin == "https://"+r.Host || // also where a proxy has ended TLS
		origin == "http://"+r.Host && r.TLS == nil
	return site != "" && site != "same-origin" && site != "none" || origin != "" && !own
}

// knows says that a request carries the token, or a session and the browser's word that no other origin has sent it. Over
// plain HTTP from another machine browsers give that word in Origin, where more than reading is asked for.
func (d *door) knows(r *http.Request) (bool, error) {
	if sameSecret(gate.Bearer(r), d.Token) {
		return true, nil
	}
	in, err := d.signedIn(r)
	return in && (r.Header.Get("Sec-Fetch-Site") != "" || r.Header.Get("Origin") != "" || r.Method == http.MethodGet || r.Method == http.MethodHead), err
}

// navigates says that a request is a browser's for a page to show, and no script's.
func navigates(r *http.Request) bool {
	mode := r.Header.Get("Sec-Fetch-Mode")
	return r.Method == http.MethodGet && r.Header.Get("Authorization") == "" && (mode == "" || mode == "navigate") &&
		strings.Contains(r.Header.Get("Accept"), "text/html")
}

// sameSecret compares in constant time, whatever the lengths.
func sameSecret(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// isLoopback says that a Host header is localhost, a name under it, or a loopback address. Another name that resolves to
// loopback may be an attacker's.
func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// problem answers with an RFC 9457 body, like the rest of the control API.
func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(huma.ErrorModel{Status: status, Title: http.StatusText(status), Detail: detail}) // a client that has gone away gets nothing
}
