package console_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-0f456478/sandbox/internal/app"
)

func TestOverview(t *testing.T) {
	t.Parallel()
	b := newTab(t, app.Options{}, "404")
	b.open("/")
	b.sees("#api-cobrofacil", "Cobrofácil", b.url+"/cobrofacil", "sandbox-cobrofacil-token", "15 clients", "curl '"+b.url+"/cobrofacil/api/v1/clients/client-200'")
	b.sees("#api-apidev", "gtk_sandbox", "dev@sandbox.test")
	b.sees("main", "none yet")

	// Another workspace has its own address, and can be made there.
	b.fill("#workspace", "run-42")
	b.click(".workspace button")
	b.sees("main", "No workspace is called run-42")
	assert.Equal(t, b.url+"/_sandbox/console/run-42", eval[string](b, "location.href"))
	b.click("main form button")
	b.sees("#api-cobrofacil", b.url+"/w/run-42/cobrofacil")
	assert.Equal(t, b.url+"/_sandbox/console/run-42", eval[string](b, "location.href"))
	b.Do(t, "GET", "/w/run-42/cobrofacil/api/v1/clients/client-200", "", "Authorization: Bearer sandbox-cobrofacil-token")
	b.open("/console/run-42")
	b.sees("main", "GET /w/run-42/cobrofacil/api/v1/clients/client-200")
}

// What stands beside a button is copied; without a clipboard it is selected.
func TestCopy(t *testing.T) {
	t.Parallel()
	b := newTab(t, app.Options{})
	b.open("/console/default")
	b.sees("#api-cobrofacil")
	b.run("navigator.clipboard.writeText = async (text) => { window.copied = text }") // a test has no permission for the true one
	b.click("#api-cobrofacil .block .copy")
	b.sees("#api-cobrofacil .block .copy", "Copied")
	b.until("copied === document.querySelector('#api-cobrofacil .block code').textContent")
	b.run("navigator.clipboard.writeText = async () => { throw new Error() }")
	b.click("#api-kobra .block .copy")
	b.sees("#api-kobra .block .copy", "Selected")
	b.until("getSelection().toString().startsWith('curl ')")
}

// Who clicks again before a page has come gets the page of the last click, whichever answer comes first.
func TestLastClick(t *testing.T) {
	t.Parallel()
	b := newTab(t, app.Options{})
	b.open("/console/default")
	b.run(`const real = fetch; window.fetch = async (...of) => {
		const answer = await real(...of);
		if (String(of[0]).endsWith("/data")) await new Promise((done) => { window.arrive = done; });
		return answer;
	}`)
	b.click(`nav a[href$="/data"]`)
	b.until("window.arrive")
	b.click(`nav a[href$="/settings"]`)
	b.sees("h1", "Settings")
	b.run("arrive(); window.since = Date.now()")
	b.until("Date.now() - since > 500")
	b.sees("h1", "Settings")
}
