package control

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed-0f456478/sandbox/internal/store"
)

// Where a browser turns the control token into a session, and ends it.
const (
	loginPath  = Root + "/login"
	logoutPath = Root + "/logout"
	afterLogin = Root + "/" // for who was not on the way anywhere
)

// sessionCookie holds a browser's session: a random value that says nothing of the token.
const sessionCookie = "sandbox_control"

// overTLS begins the cookie's name there: browsers let no page without TLS replace a cookie of that name, and would not
// keep the one of a page without TLS if both had one name.
const overTLS = "__Secure-"

// The bounds of what signing in keeps and takes.
const (
	mostSessions = 100      // beyond them the oldest ends
	mostCookies  = 4        // of a request
	mostForm     = 16 << 10 // bytes
	mostFailures = 10       // within failureWindow, whoever makes them
)

const failureWindow = time.Minute

var (
	//go:embed login.html
	loginHTML string
	//go:embed login.css
	loginCSS string

	loginTemplate = sync.OnceValue(func() *template.Template { return template.Must(template.New("login").Parse(loginHTML)) })
	loginPolicy   = policy(sha256.Sum256([]byte(loginCSS)))
)

// policy lets the page use its style and send its forms, and nothing else.
func policy(style [sha256.Size]byte) string {
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(style[:]) + "'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

// loginPage is what the page shows.
type loginPage struct {
	Style    template.CSS
	Needed   bool // there is a control token
	SignedIn bool
	Next     string
	Error    string
}

// signIn answers the page and its forms, and passes on the rest. They are no part of the API that is described: a program
// sends the token.
func (d *door) signIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		post := r.Method == http.MethodPost
		switch path := r.URL.EscapedPath(); {
		case path != loginPath && path != logoutPath:
			next.ServeHTTP(w, r)
		case path == loginPath && post:
			d.login(w, r)
		case path == loginPath && (r.Method == http.MethodGet || r.Method == http.MethodHead):
			in, _ := d.signedIn(r) // who is, and is not known to be, may sign in again
			d.page(w, http.StatusOK, loginPage{SignedIn: in, Next: nextOf(r.URL.Query().Get("next"))})
		case path == logoutPath && post:
			if err := d.end(r); err != nil {
				problem(w, http.StatusServiceUnavailable, "You are still signed in: "+err.Error())
				return
			}
			http.SetCookie(w, cookie(r, "", -1))
			http.Redirect(w, r, loginPath, http.StatusSeeOther)
		case path == loginPath:
			notAllowed(w, r, "GET, HEAD, POST")
		default:
			notAllowed(w, r, http.MethodPost)
		}
	})
}

func (d *door) login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, mostForm)
	if err := r.ParseForm(); err != nil {
		d.page(w, http.StatusBadRequest, loginPage{Next: afterLogin, Error: "The form could not be read: " + err.Error() + "."})
		return
	}
	next := nextOf(r.PostForm.Get("next"))
	if d.Token != "" {
		right, wait := d.try(strings.TrimSpace(r.PostForm.Get("token")))
		switch {
		case wait > 0:
			seconds := strconv.Itoa(int((wait + time.Second - 1) / time.Second))
			w.Header().Set("Retry-After", seconds)
			d.page(w, http.StatusTooManyRequests, loginPage{Next: next, Error: "Too many wrong tokens. Try again in " + seconds + " s."})
			return
		case !right:
			w.Header().Set("WWW-Authenticate", challenge)
			d.page(w, http.StatusUnauthorized, loginPage{Next: next, Error: "That is not the control token."})
			return
		}
		session, err := d.begin(r.Context())
		if err != nil {
			d.page(w, http.StatusServiceUnavailable, loginPage{Next: next, Error: "You could not be signed in: " + err.Error() + "."})
			return
		}
		http.SetCookie(w, cookie(r, session, 0))
	}
	http.Redirect(w, r, next, http.StatusSeeOther) //nolint:gosec // nextOf has made it a path of ours
}

func (d *door) page(w http.ResponseWriter, status int, p loginPage) {
	p.Style, p.Needed = template.CSS(loginCSS), d.Token != "" //nolint:gosec // it is a file of ours
	var text bytes.Buffer
	if err := loginTemplate().Execute(&text, p); err != nil {
		problem(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", loginPolicy)
	// Not no-referrer, with which browsers send Origin: null.
	w.Header().Set("Referrer-Policy", "same-origin")
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes()) // a client that has gone away gets nothing
}

// nextOf is where to go after signing in: what was asked for if it is a path of the control API, as a browser reads it.
func nextOf(asked string) string {
	u, err := url.Parse(asked)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Path != path.Clean(u.Path) || u.Path != Root && !strings.HasPrefix(u.Path, Root+"/") ||
		u.Path == loginPath || u.Path == logoutPath {
		return afterLogin
	}
	return u.RequestURI()
}

// cookie is the session's. A browser that came over TLS, here or at a proxy before here, keeps it to TLS.
func cookie(r *http.Request, value string, maxAge int) *http.Cookie {
	c := &http.Cookie{ //nolint:gosec // without TLS it cannot be Secure
		Name: sessionCookie, Value: value, MaxAge: maxAge, Path: Root, HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: r.TLS != nil || strings.HasPrefix(r.Header.Get("Origin"), "https://"),
	}
	if c.Secure {
		c.Name = overTLS + c.Name
	}
	return c
}

// SessionCookies are those of a request that may name a session.
func SessionCookies(r *http.Request) []*http.Cookie {
	return append(r.CookiesNamed(overTLS+sessionCookie), r.CookiesNamed(sessionCookie)...)
}

// try looks at a token, unless there were too many wrong ones: then it says how long to wait. Wrong ones in Authorization
// are not bounded so, since one test suite that is set up wrongly would lock all others out.
func (d *door) try(token string) (right bool, wait time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	d.failures = slices.DeleteFunc(d.failures, func(at time.Time) bool { return now.Sub(at) >= failureWindow })
	if len(d.failures) >= mostFailures {
		return false, failureWindow - now.Sub(d.failures[0])
	}
	if right = sameSecret(token, d.Token); !right {
		d.failures = append(d.failures, now)
	}
	return right, 0
}

// digest is what the database has of a session. It holds for the present control token alone, so that another one ends all.
func (d *door) digest(session string) string {
	sum := hmac.New(sha256.New, []byte(d.Token))
	sum.Write([]byte(session))
	return hex.EncodeToString(sum.Sum(nil))
}

// begin makes a session.
func (d *door) begin(ctx context.Context) (session string, err error) {
	session = rand.Text()
	err = d.store.Write(ctx, "", func(tx store.Tx) error {
		err := tx.Exec("INSERT INTO sessions (digest, begun_at) VALUES ($1, $2)", d.digest(session), d.now().UnixNano())
		if err != nil {
			return err
		}
		return tx.Exec("DELETE FROM sessions WHERE digest NOT IN (SELECT digest FROM sessions ORDER BY begun_at DESC, digest LIMIT $1)", mostSessions)
	})
	return session, err
}

// signedIn says that a request's cookie names a session.
func (d *door) signedIn(r *http.Request) (known bool, err error) {
	digests := d.digests(r)
	if len(digests) == 0 {
		return false, nil
	}
	err = d.store.Read(r.Context(), func(v store.View) error {
		known = false
		for _, digest := range digests {
			var one bool
			if err := v.QueryRow("SELECT EXISTS (SELECT 1 FROM sessions WHERE digest = $1)", digest).Scan(&one); err != nil {
				return err
			}
			known = known || one
		}
		return nil
	})
	return known, err
}

// end ends the sessions that a request's cookies name.
func (d *door) end(r *http.Request) error {
	digests := d.digests(r)
	if len(digests) == 0 {
		return nil
	}
	return d.store.Write(r.Context(), "", func(tx store.Tx) error {
		for _, digest := range digests {
			if err := tx.Exec("DELETE FROM sessions WHERE digest = $1", digest); err != nil {
				return err
			}
		}
		return nil
	})
}

// digests are those of the sessions that a request's cookies name: of the first few, since a browser has no more, and
// everybody may send some.
func (d *door) digests(r *http.Request) (all []string) {
	cookies := SessionCookies(r)
	for _, c := range cookies[:min(len(cookies), mostCookies)] {
		if c.Value != "" {
			all = append(all, d.digest(c.Value))
		}
	}
	return all
}
