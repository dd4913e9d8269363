package console_test

import (
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
)

func TestClock(t *testing.T) {
	t.Parallel()
	b := newTab(t, app.Options{Clock: "2027-03-01T10:00:00Z!"}, "422")
	b.open("/console/default/time")
	b.sees("#clock", "2027-03-01 10:00:00 UTC", "frozen")
	for i, want := range []string{"2027-03-01 10:00:01", "2027-03-01 10:01:01", "2027-03-01 11:01:01", "2027-03-02 11:01:01"} {
		b.click("[name=by][value='" + []string{"1s", "1m", "1h", "24h"}[i] + "']")
		b.sees("#clock", want)
		b.sees("#now", want)
	}
	b.fill("#by", "soon")
	b.click("#advance button")
	b.sees(".problem", `"soon" is no duration like 61s`)
	b.until(`document.querySelector("#by").value === "soon"`)
	b.fill("#by", "-1s")
	b.click("#advance button")
	b.misses(".problem", "soon")
	b.sees(".problem", "-1s")
	b.fill("#by", "30s")
	b.click("#advance button")
	b.sees("#clock", "11:01:31")
	set := func(to string) {
		b.until("(document.querySelector('#set-now').value = '" + to + "') !== ''")
		b.click("#set button")
	}
	set("2027-04-01T00:00:00")
	b.sees("#clock", "2027-04-01 00:00:00", "frozen")
	set("2027-01-01T00:00:00")
	b.sees(".problem", "back")
	b.sees("#clock", "2027-04-01 00:00:00")
	b.click("#thaw button")
	b.misses("#clock", "frozen")
	b.misses("#clock", "2027-04-01 00:00:00") // it runs
	b.click("#freeze button")
	b.sees("#clock", "frozen")

	// What others do shows, and takes nothing from what is being typed.
	b.fill("#by", "5")
	b.Do(t, "POST", "/_sandbox/workspaces/default/clock/advance", `{"by":"720h"}`, "Host: localhost")
	b.sees("#clock", "2027-05-01")
	assert.Equal(t, "by 5", eval[string](b, "document.activeElement.id + ' ' + document.activeElement.value"))
	require.NoError(t, chromedp.Do(b.ctx, chromedp.SendKeys("#by", "m")))
	b.until(`document.querySelector("#by").value === "5m"`)
}

// Whoever looks at a workspace's time learns that it is gone.
func TestTimeOfADeletedWorkspace(t *testing.T) {
	t.Parallel()
	b := newTab(t, app.Options{}, "404")
	b.Do(t, "POST", "/_sandbox/workspaces", `{"name":"gone"}`, "Host: localhost")
	b.open("/console/gone/time")
	b.sees("#clock")
	b.Do(t, "DELETE", "/_sandbox/workspaces/gone", "", "Host: localhost")
	b.sees("main", "No workspace is called gone", "Create the workspace")
}

func TestLimitsAndKeptAnswers(t *testing.T) {
	t.Parallel()
	b := newTab(t, app.Options{Clock: "2027-03-01T10:00:00Z!"}, "422")
	b.open("/console/default/time")
	b.sees("#gauges", "nobody yet")
	b.sees("#kept-answers", "No answer is kept")
	for i := range 3 {
		b.Do(t, "GET", "/apidev/v1/clients?limit="+strconv.Itoa(i+1), "", "Authorization: Bearer sandbox-apidev-token", "X-API-Key: gtk_sandbox", "tenant: demo.geotareas.com")
	}
	gauge := func(texts ...string) {
		t.Helper()
		b.sees("#gauges tr", append(texts, "apidev.listClients")...)
	}
	gauge("dev@sandbox.test", "3 of 10 in 1m0s", "in 1m0s")
	b.sees("#kept-answers tr", "apidev · listClients · demo · 3 · 0", "0s", "1m0s")
	b.click("[name=by][value='1s']")
	gauge("in 59s")
	b.sees("#kept-answers tr", "1s", "59s")
	b.click("#forget button")
	b.sees("#kept-answers", "No answer is kept")

	b.click("#gauges button[value='10']")
	gauge("10 of 10")
	b.until(`document.querySelector("#gauges meter[value='10']").max === 10`)
	b.click("[name=by][value='1m']")
	gauge("0 of 10") // it has recovered
	b.fill("#limit-requests", "many")
	b.fill("#limit-window", "long")
	b.click("#limit button")
	b.sees(".problem", `requests: "many" is no whole number`)
	eval[bool](b, `(document.querySelector("#limit-name").value = "apidev.listClients") !== ""`)
	b.fill("#limit-requests", "4")
	b.click("#limit button")
	b.sees(".problem", "no duration")
	b.until(`document.querySelector("#limit-name").value === "apidev.listClients"`)
	b.fill("#limit-window", "2m")
	b.click("#limit button")
	b.misses("#content .problem", "")
	b.until(`document.querySelector("#limit-window").value === ""`)
	eval[bool](b, `(document.querySelector("#count-name").value = "apidev.listClients") !== ""`)
	b.fill("#count-subject", "somebody")
	b.fill("#count-used", "2")
	b.click("#count button")
	gauge("somebody", "2 of 4 in 2m0s")
	b.click("#empty button")
	b.misses("#gauges", "somebody")
	b.click("#switch button")
	b.sees("#gauges", "Limits are switched off")
	b.click("#switch button")
	b.misses("#gauges", "switched off")
}

func TestFaults(t *testing.T) {
	t.Parallel()
	b := newTab(t, app.Options{}, "422")
	b.open("/console/default/time?on=cobrofacil.getClient")
	b.sees("#armed", "No fault is armed")
	choose := func(field, value string) {
		b.until("(document.querySelector('#arm-" + field + "').value = '" + value + "') === '" + value + "'")
	}
	ask := func() int {
		return b.Do(t, "GET", "/cobrofacil/api/v1/clients/client-200", "", "Authorization: Bearer sandbox-cobrofacil-token").Status
	}
	b.until(`document.querySelector("#arm-on").value === "cobrofacil.getClient"`)
	choose("kind", "error")
	b.click("#arm button")
	b.sees("#arm .problem", "error")
	b.until(`document.querySelector("#arm-on").value === "cobrofacil.getClient"`)
	choose("error", "server_error")
	b.fill("#arm-parameters", "client_id")
	b.click("#arm button")
	b.sees("#arm .problem", `"client_id" is no name, colon and value`)
	b.fill("#arm-parameters", "client_id: client-200")
	b.fill("#arm-after", "1")
	b.fill("#arm-times", "1")
	b.fill("#arm-id", "one")
	b.click("#arm button")
	b.sees("#fault-one", "cobrofacil.getClient", "error server_error", "client_id: client-200", "after 1", "1 times")
	assert.Equal(t, []int{200, 500, 200}, []int{ask(), ask(), ask()})
	b.until(`Array.from(document.querySelectorAll("#fault-one .num"), (n) => n.textContent).join() === "1,3,0"`)
	b.run(`document.querySelector("#fault-one [value=disarm]").focus()`)
	ask()
	b.until(`Array.from(document.querySelectorAll("#fault-one .num"), (n) => n.textContent).join() === "1,4,0"`)
	b.until(`document.activeElement.matches("#fault-one [value=disarm]")`) // what is focused stays so
	b.click("#fault-one [value=disarm]")
	b.sees("#armed", "No fault is armed")

	// A request that is held goes on when it is released.
	choose("on", "cobrofacil")
	choose("kind", "hold")
	b.fill("#arm-id", "held")
	b.click("#arm button")
	b.sees("#fault-held", "hold")
	answered := make(chan int)
	go func() { answered <- ask() }()
	b.until(`document.querySelector("#fault-held .num:nth-of-type(6)").textContent === "1"`)
	b.click("#fault-held [value=release]")
	assert.Equal(t, 200, <-answered)
	b.until(`document.querySelector("#fault-held .num:nth-of-type(6)").textContent === "0"`)
	b.click("#clear button")
	b.sees("#armed", "No fault is armed")
}

func TestSettings(t *testing.T) {
	t.Parallel()
	b := newTab(t, app.Options{}, "422")
	b.open("/console/default/settings")
	status := "[id='cobrofacil.create_status']"
	b.sees(status, "COB-21", "A creation is answered with 201")
	choose := func(value string) {
		b.until(`(document.querySelector("` + status + ` select").value = "` + value + `") === "` + value + `"`)
	}
	choose("200")
	b.click(status + " button")
	b.sees(status, "default 201")
	b.click("#defaults button")
	b.misses(status, "default 201")
	b.click("#alternatives button")
	b.sees(status, "default 201")
	limit := "[id='limits.complycube']"
	b.fill(limit+" input[name=value]", "many")
	b.click(limit + " button")
	b.sees(limit+" .problem", `switch limits.complycube takes requests per window`)
	b.until(`document.querySelector("` + limit + ` input[name=value]").value === "many"`)
	b.fill(limit+" input[name=value]", "7/1s")
	b.click(limit + " button")
	b.sees(limit, "default 5/1s")

	b.sees("#published", "sandbox-cobrofacil-token")
	b.fill("#mint-id", "alice")
	b.fill("#mint-permissions", "nothing-known")
	b.click("#mint button")
	b.sees("#mint .problem", `knows no "nothing-known"`)
	eval[bool](b, `document.querySelector("#mint-permissions").value = "", true`)
	b.fill("#mint-owner", "other")
	b.until(`(document.querySelector("#mint-expires").value = "2030-01-01T00:00:00") !== ""`)
	b.click("#mint button")
	b.sees("#minted", "alice", "the only time")
	secret := eval[string](b, `document.querySelector("#minted code").textContent`)
	b.sees("#credential-alice", "cobrofacil", "other", "2030-01-01 00:00:00 UTC")
	answer := b.Do(t, "GET", "/cobrofacil/api/v1/clients/client-200", "", "Authorization: Bearer "+secret)
	assert.Equal(t, 404, answer.Status, "it is another owner's")
	b.open("/console/default/settings")
	b.sees("#credential-alice")
	b.misses("body", secret)
	b.click("#revoke-alice summary")
	b.click("#revoke-alice button")
	b.sees(".empty", "No credential has been minted")
	assert.Equal(t, 401, b.Do(t, "GET", "/cobrofacil/api/v1/clients/client-200", "", "Authorization: Bearer "+secret).Status)
}
