package console_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/browsertest"
)

// tab is a browser's tab on a sandbox that listens.
type tab struct {
	*apptest.Sandbox
	t    *testing.T
	ctx  context.Context
	url  string
	stop func()
}

// newTab opens a tab on a sandbox of its own. Errors in the browser fail the test unless they hold one of the expected
// texts: a form that is refused is one, as its status stands there.
func newTab(t *testing.T, o app.Options, expected ...string) *tab {
	t.Helper()
	return newTabAt(t, "127.0.0.1:0", o, expected...)
}

// newTabAt is newTab with an address at which to listen.
func newTabAt(t *testing.T, address string, o app.Options, expected ...string) *tab {
	t.Helper()
	ctx := browsertest.New(t, expected...)
	s := apptest.New(t, o)
	listener, err := net.Listen("tcp", address)
	require.NoError(t, err)
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: s}}
	server.Start()
	t.Cleanup(server.Close)
	t.Cleanup(s.Interrupt)                                                       // before the server waits for its streams to end
	t.Cleanup(func() { _ = chromedp.Do(ctx, chromedp.Navigate("about:blank")) }) // and before that, no page asks any more
	return &tab{s, t, ctx, server.URL, server.Close}
}

// open goes to a path below /_sandbox.
func (b *tab) open(path string) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Do(b.ctx, chromedp.Navigate(b.url+"/_sandbox"+path)))
}

// click clicks what a CSS selector finds, as a user would.
func (b *tab) click(selector string) {
	b.t.Helper()
	b.sees(selector)
	require.NoError(b.t, chromedp.Do(b.ctx, chromedp.Click(selector, chromedp.NodeVisible)))
}

// fill types into a field, in the place of what is there.
func (b *tab) fill(selector, text string) {
	b.t.Helper()
	b.sees(selector)
	b.run(fmt.Sprintf("document.querySelector(%q).select()", selector)) // what is typed takes its place
	require.NoError(b.t, chromedp.Do(b.ctx, chromedp.SendKeys(selector, text)))
}

// sees waits until a selector finds something, and one of what it finds holds the texts.
func (b *tab) sees(selector string, texts ...string) {
	b.t.Helper()
	b.until(fmt.Sprintf("Array.from(document.querySelectorAll(%q)).some((e) => %s.every((t) => e.textContent.includes(t)))", selector, list(texts)))
}

// misses waits until no element of a selector holds the text; with "" until there is none.
func (b *tab) misses(selector, text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("!Array.from(document.querySelectorAll(%q)).some((e) => e.textContent.includes(%q))", selector, text))
}

// until waits until a condition in JavaScript holds, over changes of the page; if it never does, the failure shows the
// page's text.
func (b *tab) until(condition string) {
	b.t.Helper()
	waiting := `new Promise((done) => {
		const holds = () => { try { return ` + condition + ` } catch { return false } };
		const began = Date.now();
		const look = () => holds() ? done(true) : Date.now() - began > 20000 ? done(false) : setTimeout(look, 20);
		look();
	})`
	held, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](waiting, chromedp.EvalAwaitPromise))
	for err != nil && b.ctx.Err() == nil && strings.Contains(err.Error(), "-32000") { // another page came meanwhile
		held, err = chromedp.Run(b.ctx, chromedp.Evaluate[bool](waiting, chromedp.EvalAwaitPromise))
	}
	require.NoError(b.t, err)
	if !held {
		require.Fail(b.t, "the page never came to hold", "%s\n\n%s", condition, eval[string](b, "location.href + '\\n' + document.body.innerText"))
	}
}

// run runs a statement in the page.
func (b *tab) run(statement string) {
	b.t.Helper()
	eval[bool](b, statement+"; true")
}

// eval is the value of an expression in the page.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	require.NoError(b.t, err, expression)
	return value
}

func list(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = fmt.Sprintf("%q", text)
	}
	return "[" + strings.Join(quoted, ",") + "]"
}
