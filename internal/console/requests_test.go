package console_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
)

const (
	inDefault = "http://localhost/_sandbox/workspaces/default"
	clients   = "/cobrofacil/api/v1/clients"
	token     = "Authorization: Bearer sandbox-cobrofacil-token"
	wrong     = `{"first_name":"Eva","nick":"e","phone_number":"664"}`
)

func idOf(header interface{ Get(string) string }) string { return header.Get("X-Sandbox-Request-Id") }

// The list follows, without a word typed lost or a row jumping.
func TestRequestsFollow(t *testing.T) {
	t.Parallel()
	b := newTab(t, app.Options{}, "404")
	b.open("/console/default/requests")
	b.sees(".empty", "No requests yet", "overview")
	first := idOf(b.Do(t, "GET", clients+"/client-200", "", token).Header)
	b.sees("#row-"+first, "200", "GET "+clients+"/client-200", "getClient", "unread")
	b.until("document.title.startsWith('(1) Requests')")

	// What is typed stays, and so does the focus.
	require.NoError(t, chromedp.Do(b.ctx, chromedp.SendKeys("#q", "status:4")))
	second := idOf(b.Do(t, "POST", clients, wrong, token).Header)
	b.sees("#row-"+second, "422", "2 refused")
	assert.Equal(t, "status:4 q", eval[string](b, "document.activeElement.value + ' ' + document.activeElement.id"))
	require.NoError(t, chromedp.Do(b.ctx, chromedp.SendKeys("#q", "xx\r")))
	b.misses("#row-"+first, "")
	b.until("location.search === '?q=status%3A4xx'")
	b.sees("#row-"+second, "422")
	third := idOf(b.Do(t, "GET", clients+"/nobody", "", token).Header)
	b.sees("#row-"+third, "404")
	assert.True(t, eval[bool](b, fmt.Sprintf("!document.querySelector('#row-%s')", first)), "which does not fit")

	// Read is what was opened, or all.
	b.click("[data-read]")
	b.until("document.title.startsWith('Requests')")
	fourth := idOf(b.Do(t, "GET", clients+"/nobody", "", token).Header)
	b.sees("#row-"+fourth, "404")
	b.until("document.title.startsWith('(1)')")
	b.click("#row-" + fourth + " a")
	b.sees("#one", "nobody")
	b.until("document.title.startsWith('Requests')")
	b.until(fmt.Sprintf("location.pathname.endsWith('/requests/%s') && location.search === '?q=status%%3A4xx'", fourth))
	assert.Equal(t, "true", eval[string](b, fmt.Sprintf("document.querySelector('#row-%s').getAttribute('aria-current')", fourth)))

	// A list that is used stands still, and says that there is more.
	b.open("/console/default/requests")
	b.sees("#row-" + fourth)
	eval[any](b, "document.querySelector('#list tbody').dispatchEvent(new PointerEvent('pointerdown', {bubbles: true}))")
	b.Do(t, "GET", clients+"/somebody", "", token)
	b.sees("[data-missed]:not([hidden])", "Show what has come")
	b.sees("#list", "somebody") // the pointer rests again

	// So does one that is scrolled, until somebody wants to see more. What is beside it never moves.
	top := eval[float64](b, "document.querySelector('#clear').getBoundingClientRect().top")
	for range 60 {
		b.Do(t, "GET", clients+"/somebody", "", token)
	}
	b.until("document.querySelectorAll('#list tbody tr').length === 50")
	assert.InDelta(t, top, eval[float64](b, "document.querySelector('#clear').getBoundingClientRect().top"), 0)
	b.run("scrollTo(0, 600)")
	b.Do(t, "GET", clients+"/the-latest", "", token)
	b.click("[data-missed]")
	b.sees("#list tbody tr:first-child", "the-latest")
	b.until("scrollY === 0")

	b.open("/console/default/requests?q=lost+fits+nothing")
	b.sees(".empty", "No request fits")
	b.open("/console/default/requests?q=nope:1")
	b.sees(".problem", "no search word is called")

	b.open("/console/default/requests")
	b.click("#clear button")
	b.sees(".empty", "No requests yet")
}

// The answer to an earlier search, which comes late, does not take the place of the present one's.
func TestRequestsOfAnEarlierSearch(t *testing.T) {
	t.Parallel()
	b := newTab(t, app.Options{}, "404")
	found := idOf(b.Do(t, "GET", clients+"/client-200", "", token).Header)
	b.open("/console/default/requests")
	b.sees("#row-" + found)
	b.run(`const real = fetch; window.fetch = async (...of) => {
		const answer = await real(...of);
		if (String(of[0]).endsWith("/requests")) await new Promise((done) => { window.arrive = done; });
		return answer;
	}`)
	missed := idOf(b.Do(t, "GET", clients+"/nobody", "", token).Header)
	b.until("window.arrive")
	b.fill("#q", "status:404\r")
	b.sees("#row-" + missed)
	b.misses("#row-"+found, "")
	b.run("arrive(); window.since = Date.now()")
	b.until("Date.now() - since > 500")
	b.misses("#row-"+found, "")
	assert.Contains(t, eval[string](b, "document.querySelector('#list').getAttribute('hx-get')"), "status")
}

// What a request's page tells and does.
func TestRequest(t *testing.T) {
	t.Parallel()
	b := newTab(t, app.Options{}, "404", "409", "410", "422")
	id := idOf(b.Do(t, "POST", clients, wrong, token).Header)
	missed := idOf(b.Do(t, "GET", clients+"/client-20", "", token).Header)
	b.open("/console/default/requests?q=status:422")
	b.click("#row-" + id + " a")
	b.sees(".why li", "phone_number", "664", "+526640000000", "COB-22", "documented", "create, phone_number")
	b.sees(".body", `"phone_number": "664"`, "must be a valid phone number", "last_name is not there", "not read")
	assert.Equal(t, `"phone_number": "664"|The phone number field must be a valid phone number. (COB-22)`,
		eval[string](b, `[...document.querySelectorAll(".body > .wrong")].slice(0, 2).map((e) => e.textContent.trim()).join("|")`))
	b.sees("#one", "The given data was invalid", "-d")
	b.sees("#one .copied code", "curl -X POST", "$TOKEN")
	b.click("#request-headers summary")
	b.sees("#request-headers[open]", "Authorization", "[redacted]")

	// Replayed, and armed from here.
	b.click("#replay button")
	b.until(fmt.Sprintf("location.pathname.includes('/requests/') && !location.pathname.endsWith('%s')", id))
	b.until("document.querySelector('#one .facts').textContent.includes(location.pathname.split('/').pop())") // the page has come, too
	b.sees("#one", "Why it was refused")
	b.click("#arm button") // whose error is the first of the catalogue
	b.sees("#one", "error on cobrofacil.createClient, 0 hit of 1", "Remove them")
	faulty := b.Send(t, "POST", clients, `{"first_name":"Eva","last_name":"Sosa","phone_number":"+59899123456"}`, token)
	assert.GreaterOrEqual(t, faulty.Status, 400)
	b.open("/console/default/requests/" + idOf(faulty.Header))
	b.sees("#one .facts", "Fault", "error")
	require.NoError(t, chromedp.Do(b.ctx, chromedp.SetValue("#kind", "delay"), chromedp.SetValue("#on", "cobrofacil")))
	b.fill("#delay", "soon")
	b.click("#arm button")
	b.sees("#one .problem", `"soon" is no duration`)
	assert.Equal(t, "soon delay cobrofacil", eval[string](b, `["delay", "kind", "on"].map((id) => document.getElementById(id).value).join(" ")`), "what was typed is there still")
	b.fill("#delay", "1ms")
	b.click("#arm button")
	b.sees("#one", "delay on cobrofacil, 0 hit of 1")

	b.open("/console/default/requests/" + missed)
	b.sees(".why li", "client_id", "Nearest there are", "client-200")

	// One that is not there says so beside those that are.
	b.open("/console/default/requests/nope")
	b.sees("#one .problem", "There was no request nope")
	b.sees("#row-"+missed, "404")
	require.NoError(t, chromedp.Do(b.ctx, chromedp.EmulateViewport(390, 844)))
	b.open("/console/default/requests/" + missed)
	b.until("document.documentElement.scrollWidth <= 390 && !document.querySelector('#list').offsetParent")
	b.click(".back a")
	b.sees("#row-" + missed)
	b.until("document.querySelector('#list').offsetParent && document.documentElement.scrollWidth <= 390")
}

// Some thousand requests a second leave the page usable, and what is under way shows.
func TestRequestsInAHurry(t *testing.T) {
	t.Parallel()
	b := newTab(t, app.Options{Journal: 100_000}, "404")
	b.Do(t, "POST", inDefault+"/faults", `{"id":"wait","on":"cobrofacil.getClient","kind":"hold","parameters":{"client_id":"client-200"}}`)
	var held, hurry sync.WaitGroup
	held.Go(func() { // over the network, where a failure below ends it
		r, _ := http.NewRequestWithContext(t.Context(), "GET", b.url+clients+"/client-200", nil)
		r.Header.Set("Authorization", "Bearer sandbox-cobrofacil-token")
		if answer, err := http.DefaultClient.Do(r); err == nil {
			_ = answer.Body.Close()
		}
	})
	b.open("/console/default/requests")
	b.sees("#list tr", "client-200", "under way")
	stop := make(chan struct{})
	hurry.Go(func() {
		pace := time.NewTicker(time.Millisecond) // leaves the browser a machine to run on
		defer pace.Stop()
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			case <-pace.C:
				b.Send(t, "GET", fmt.Sprintf("%s/c-%d", clients, i), "", token)
				b.Send(t, "GET", fmt.Sprintf("%s/d-%d", clients, i), "", token)
			}
		}
	})
	b.sees("#list tr", "/c-")
	require.NoError(t, chromedp.Do(b.ctx, chromedp.SendKeys("#q", "api:cobrofacil")))
	b.until("!!document.querySelector('#list tbody tr:nth-child(9)')")
	newest := eval[string](b, `document.querySelector("#list tbody tr:nth-child(9)").id`)
	b.until(fmt.Sprintf("!document.querySelector('#%s')", newest)) // it follows
	assert.Equal(t, "api:cobrofacil", eval[string](b, "document.activeElement.value"))

	// Where the pointer is, the rows stand still: the one that is pressed is the one that opens.
	b.run(`addEventListener("pointerdown", (event) => { window.pressed = event.target.closest("tr").dataset.request }, true)`)
	at := eval[[]float64](b, `(({x, y}) => [x + 20, y + 100])(document.querySelector("#list tbody").getBoundingClientRect())`)
	require.NoError(t, chromedp.Do(b.ctx, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at[0], at[1]), chromedp.MouseClickXY(at[0], at[1])))
	b.until("location.pathname.endsWith(window.pressed)")
	b.until("document.querySelector('#one .facts').textContent.includes(window.pressed)")
	close(stop)
	hurry.Wait()
	b.Do(t, "DELETE", inDefault+"/faults", "")
	held.Wait()
	b.sees("#list tr", "client-200", "200")
}

// A workspace that was deleted is not brought back by who looks at it.
func TestRequestsOfADeletedWorkspace(t *testing.T) {
	t.Parallel()
	b := newTab(t, app.Options{}, "404")
	id := idOf(b.Do(t, "GET", clients+"/client-200", "", token+"@gone").Header)
	b.open("/console/gone/requests")
	b.sees("#row-" + id)
	b.Do(t, "DELETE", "http://localhost/_sandbox/workspaces/gone", "")
	b.sees("main", "No workspace is called gone", "Create the workspace")
	assert.Equal(t, 404, b.Do(t, "GET", "http://localhost/_sandbox/workspaces/gone", "").Status)
}

// Nor is one that was deleted before its page began to follow it.
func TestRequestsOfAWorkspaceDeletedAtOnce(t *testing.T) {
	t.Parallel()
	b := newTab(t, app.Options{}, "404")
	b.Do(t, "GET", clients+"/client-200", "", token+"@gone")
	b.open("/console/gone")
	b.run(`const real = fetch; window.fetch = async (...of) => {
		if (String(of[0]).endsWith("/changes")) await new Promise((done) => { window.connect = done; });
		return real(...of);
	}`)
	b.click(`nav a[href$="/requests"]`)
	b.sees("#list tr", "client-200")
	b.until("window.connect")
	b.Do(t, "DELETE", "http://localhost/_sandbox/workspaces/gone", "")
	b.run("connect()")
	b.sees("main", "No workspace is called gone", "Create the workspace")
}
