package control

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/seed-0f456478/sandbox/internal/gate"
)

// Access says who may call the control API. Unlike the partners' faces it is not open to browsers of other origins.
type Access struct {
	Token   string                 // which every call carries; "" for none
	AnyHost bool                   // without a token, take any Host header: an explicit choice for a listener off loopback
	Partner func(host string) bool // says that a Host header is a partner's, under which there is no control API
}

// free are the paths that need neither.
var free = map[string]bool{Root + "/healthz": true, Root + "/readyz": true, Root + "/version": true}

func (a Access) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		site, origin := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin")
		switch {
		case a.Partner(r.Host):
			problem(w, http.StatusNotFound, "The control API is not at "+r.Host+", which is a partner's name.")
			return
		case free[r.URL.Path]:
		case site != "" && site != "same-origin" && site != "none",
			origin != "" && origin != "http://"+r.Host && origin != "https://"+r.Host:
			problem(w, http.StatusForbidden, "The control API takes no requests from pages of another origin.")
			return
		case a.Token != "" && !sameSecret(gate.Bearer(r), a.Token):
			w.Header().Set("WWW-Authenticate", `Bearer realm="sandbox control"`)
			problem(w, http.StatusUnauthorized, "The control API needs Authorization: Bearer and the control token: the one of --control-token or SANDBOX_CONTROL_TOKEN, or the one printed at start.")
			return
		case a.Token == "" && !a.AnyHost && !isLoopback(r.Host):
			problem(w, http.StatusForbidden, "Without a control token the control API answers only to localhost and loopback addresses in Host, not to "+r.Host+".")
			return
		}
		next.ServeHTTP(w, r)
	})
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
