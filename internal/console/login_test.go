package console_test

import (
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/control"
)

// With a control token a browser signs in once, and comes where it was on the way to.
func TestSignIn(t *testing.T) {
	t.Parallel()
	b := newTab(t, app.Options{Access: control.Access{Token: "a-control-token"}}, "401", "404")
	b.open("/console/default/fidelity?api=kobra")
	b.fill("#token", "wrong")
	b.click("main button")
	b.sees("[role=alert]", "That is not the control token.")
	b.fill("#token", "a-control-token")
	b.click("main button")
	b.sees("#rules", "KOB-1")
	assert.Equal(t, b.url+"/_sandbox/console/default/fidelity?api=kobra", eval[string](b, "location.href"))

	// It stays signed in, calls of scripts and forms included.
	b.click(`nav a[href$="/reference"]`)
	b.sees(".swagger-ui", "/api/v1/clients")
	b.open("/console/run-42")
	b.click("main form button")
	b.sees("#api-kobra", "/w/run-42/kobra")

	// Once the sandbox has forgotten the session, the next click leads to signing in.
	b.open("/console/default")
	other := b.Do(t, "POST", "/_sandbox/logout", "", "Host: localhost", "Cookie: sandbox_control="+cookie(b))
	require.Equal(t, 303, other.Status)
	b.click(`nav a[href$="/fidelity"]`)
	b.fill("#token", "a-control-token")
	b.click("main button")
	b.sees("#api-kobra")

	// What signs out ends the session.
	b.click("form.session button")
	b.sees("main", "Control token")
	b.open("/console/default")
	b.sees("main", "Control token")
}

// cookie is the value of the session's, which scripts do not see.
func cookie(b *tab) string {
	b.t.Helper()
	all, err := chromedp.Call(b.ctx, network.GetCookies, network.GetCookiesParams{})
	require.NoError(b.t, err)
	require.Len(b.t, all.Cookies, 1)
	return all.Cookies[0].Value
}

// A page stays when the sandbox is gone, and says so.
func TestNoSandbox(t *testing.T) {
	t.Parallel()
	b := newTab(t, app.Options{}, "ERR_", "Failed to fetch", "network error")
	b.open("/console/default/requests")
	b.sees(".empty", "No requests yet")
	b.until("performance.getEntriesByType('resource').some((r) => r.name.endsWith('/requests'))") // as the stream has said
	b.Interrupt()
	b.stop()
	b.sees("#notice", "The sandbox does not answer.") // without a click, as its stream has ended
	b.click(`nav a[href$="/fidelity"]`)
	b.sees("#notice", "The sandbox does not answer.")
	b.sees(".empty", "No requests yet")
}
