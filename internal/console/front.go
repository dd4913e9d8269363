package console

import (
	_ "embed"
	"net/http"
	"strings"
)

//go:embed front.html
var frontHTML []byte

// IsFront says that a browser asks for the sandbox's root, where no API is.
func IsFront(r *http.Request) bool {
	return r.URL.Path == "/" && (r.Method == http.MethodGet || r.Method == http.MethodHead) && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// Front is the page for who comes there: it leads to the console, and tells nothing that needs a token.
func Front(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; img-src data:; base-uri 'none'; frame-ancestors 'none'")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(frontHTML) // a client that has gone away gets nothing
}
