package console_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
)

func TestJourney(t *testing.T) {
	t.Parallel()
	b := newTab(t, app.Options{}, "404")
	b.open("/console/default/journey")
	b.sees(".empty", "Nobody yet", "overview")
	refused := prepare(b)
	b.open("/console/default/journey")
	b.sees("#people tr", "Rosa Luna", "reference:rosa-luna", "6")
	b.sees("#people tr", "Tomás Gil", "1")
	b.misses("#people tr", "Capsule")
	b.sees("#people tr:first-child", "called") // also where all was refused, as by Nueve09

	b.click(`#people a[href$="rosa-luna"]`)
	b.until("location.search === '?of=reference%3arosa-luna' || location.search === '?of=reference:rosa-luna'")
	b.sees("#way", "Rosa Luna", "6645559911", "rosa.luna@example.com", "LURO8001019A1")
	assert.Equal(t, []string{"ComplyCube", "Cobrofácil", "Cobrofácil", "Nueve09 subclients", "Kobra", "GeoTareas"}, eval[[]string](b,
		`[...document.querySelectorAll(".lanes tbody tr")].map((r) => document.querySelectorAll(".lanes thead th")[[...r.children].findIndex((c) => c.matches(".call"))].textContent)`), "each call in its API's lane")
	b.sees(".lanes #call-"+refused, "createClient", "POST", "422 failed")
	b.sees(".lanes tbody tr:first-child", "0 ms", "200")

	// The other of the import has a way of his own.
	b.fill("#of", "tomas-gil")
	b.click("#find button")
	b.sees("#whose", "Tomás Gil")
	assert.Equal(t, 1, eval[int](b, `document.querySelectorAll(".lanes tbody tr").length`))
	b.fill("#of", "nobody")
	b.click("#find button")
	b.sees(".problem", "No request in the journal is about nobody")
	b.sees("#people", "Rosa Luna")

	// On a narrow screen the partner stands beside each call.
	require.NoError(t, chromedp.Do(b.ctx, chromedp.EmulateViewport(390, 844)))
	b.open("/console/default/journey?of=rosa-luna")
	b.until(`document.querySelector(".lanes .lane").checkVisibility() && document.documentElement.scrollWidth <= 390`)
	b.click("#call-" + refused + " a")
	b.sees("#one .why", "last_name")
}
