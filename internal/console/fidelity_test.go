package console_test

import (
	"testing"

	"github.com/seed-0f456478/sandbox/internal/app"
)

func TestFidelity(t *testing.T) {
	t.Parallel()
	b := newTab(t, app.Options{})
	b.open("/console/default/fidelity")
	b.sees("#counts", "documented", "assumed", "deviation")
	b.sees("#COB-37 .deviation", "deviation")
	b.sees("#COM-13", "house")

	b.click(`#counts a[href$="?api=kobra"]`)
	b.misses("#rules", "COB-37")
	b.sees("#KOB-1")
	b.until(`document.querySelector("#api").value === "kobra"`)

	b.fill("#text", "kobra.unknown_visit")
	b.click("[role=search] button")
	b.sees("#rules", "kobra.unknown_visit", "is ")
	b.misses("#KOB-1", "")
	b.click(`#rules details summary`)
	b.sees("#rules details[open]", "Test")

	// Another page begins at its top, and the same one stays where it is.
	b.open("/console/default/fidelity")
	b.run("document.querySelector('#KOB-1').scrollIntoView()")
	b.until("scrollY > 1000")
	b.click("nav a[aria-current]")
	b.sees("#KOB-1")
	b.until("scrollY > 1000")
	b.click(`#KOB-1 a`)
	b.run(`document.querySelector("nav a[href$='/default']").click()`)
	b.sees("#api-kobra")
	b.until("scrollY === 0")
	b.click(`nav a[href$="/fidelity"]`)
	b.sees("#rules")
	b.fill("#text", "no rule says this")
	b.click("[role=search] button")
	b.click(".empty a")
	b.sees("#COB-37")
}
