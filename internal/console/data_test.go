package console_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
)

func TestRecords(t *testing.T) {
	t.Parallel()
	b := newTab(t, app.Options{}, "422")
	b.open("/console/default/data")
	b.sees("#collections tr", "Cobrofácil", "clients", "15")
	b.click("#collections a[href$='/cobrofacil/clients']")
	b.sees("#total", "15 records")
	b.sees("#records thead", "id", "external_reference", "first_name")

	// A search, and the record that it finds.
	b.fill("#q", "JUAN@example")
	b.click("[role=search] button")
	b.sees("#total", "1 found")
	b.click("#records tbody a")
	b.sees("h1", "client-200")
	b.sees(".links a[href$='/requests?q=%22client-200%22']", "Requests")
	id := eval[string](b, "JSON.parse(document.querySelector('#record').value).id")

	// What is refused stays in the form, beside the reason.
	b.fill("#record", `{"id":"`+id+`",}`)
	b.click("#save button")
	b.sees("#save .problem", "line 1: this is not JSON")
	b.fill("#record", `{"id":"`+id+`","first_name":"Ana","email":"nope"}`)
	b.click("#save button")
	b.sees("#save .problem", "cobrofacil.clients[0].email", "must pass")
	b.until(`document.querySelector("#record").value.includes("nope")`)
	b.fill("#record", `{"id":"`+id+`","first_name":"Ana","external_reference":"<b>ana</b>"}`)
	b.click("#save button")
	b.sees("#save .told", "Saved")
	b.sees("h1", "<b>ana</b>")
	b.until(`JSON.parse(document.querySelector("#record").value).spei_clabe`)

	b.click("#delete summary")
	b.click("#delete button")
	b.sees("#total", "14 records")
	b.misses("#records", id)

	// What the form for a new one proposes is taken.
	b.click("#add button")
	b.sees("#add .told", "cobrofacil.clients: 1 added, 0 replaced")
	b.sees("#total", "15 records")
	b.fill("#add textarea", `{"first_name":7}`)
	b.click("#add button")
	b.sees("#add .problem", "first_name")

	// Another owner's record has its own address.
	b.fill("#add textarea", `{"first_name":"Zoe","external_reference":"zoe","_owner":"a&b"}`)
	b.click("#add button")
	b.sees("#records tr", "zoe", "a&b")
	b.click("#records a[href$='?owner=a%26b']")
	b.sees(".links", "Owner: a&b")
	b.click("#delete summary")
	b.click("#delete button")
	b.sees("#total", "15 records")
}

func TestPagesOfRecords(t *testing.T) {
	t.Parallel()
	b := newTab(t, app.Options{})
	b.open("/console/default/data/apidev/clients?q=a")
	b.sees("#total", "page 1 of 3")
	b.until(`document.querySelectorAll("#records tbody tr").length === 25`)
	first := eval[string](b, `document.querySelector("#records tbody a").textContent`)
	b.misses("[rel=prev]", "")
	b.click("[rel=next]")
	b.sees("#total", "page 2 of 3")
	b.misses("#records", first)
	b.click("[rel=next]")
	b.sees("#total", "page 3 of 3")
	b.misses("[rel=next]", "")
	b.click("[rel=prev]")
	b.sees("#total", "page 2 of 3")
	b.click("[rel=prev]")
	b.sees("#records", first)
	assert.Equal(t, "?page=1&q=a", eval[string](b, "location.search"))
}

func TestFixtures(t *testing.T) {
	t.Parallel()
	b := newTab(t, app.Options{}, "422")
	b.open("/console/default/data")
	drop := func(name, content string) {
		eval[bool](b, fmt.Sprintf(`(() => {
			const dataTransfer = new DataTransfer();
			dataTransfer.items.add(new File([%q], %q));
			document.querySelector("#import h2, #import label").dispatchEvent(new DragEvent("drop", {dataTransfer, bubbles: true, cancelable: true}));
			return true;
		})()`, content, name))
	}
	b.click("#import [value=add]")
	b.sees("#import .problem", "choose a file")
	drop("wrong.yaml", "cobrofacil:\n  clients:\n  - first_name: Ana\n    email: nope\n")
	b.click("#import [value=add]")
	b.sees("#import .problem", "fixture:4: cobrofacil.clients[0].email", "must pass")
	drop("eva.yaml", "cobrofacil:\n  clients:\n  - {first_name: Eva, external_reference: eva}\nkobra:\n  visits: [{visitID: 77}]\n")
	b.click("#import [value=add]")
	b.sees("#import .told", "cobrofacil.clients: 1 added, 0 replaced", "kobra.visits: 1 added")
	b.sees("#collections tr", "Cobrofácil", "16")

	// A file that is chosen works as well, and so does text.
	file := filepath.Join(t.TempDir(), "zoe.json")
	require.NoError(t, os.WriteFile(file, []byte(`{"cobrofacil":{"clients":[{"first_name":"Zoe"}]}}`), 0o600))
	require.NoError(t, chromedp.Do(b.ctx, chromedp.SetUploadFiles("#file", []string{file})))
	b.click("#import [value=replace]")
	b.sees("#import .told", "cobrofacil.clients: 1 added")
	b.misses("#import .told", "kobra.visits")
	b.sees("#collections tr", "Cobrofácil", "1")
	b.sees("#collections tr", "GeoTareas", "0")
	b.click("#typed summary")
	b.fill("#text", "cobrofacil: {clients: [{first_name: Ana}]}")
	b.click("#import [value=add]")
	b.sees("#collections tr", "Cobrofácil", "2") // what is told is the same as before

	for format, want := range map[string]string{"yaml": "first_name: Zoe", "json": `"first_name": "Zoe"`} {
		link := "a[download='default." + format + "']"
		b.sees(link)
		assert.Contains(t, eval[string](b, fmt.Sprintf("fetch(document.querySelector(%q).href).then((r) => r.text())", link)), want)
	}

	// A reset takes it back.
	b.click("#reset summary")
	b.click("#reset button")
	b.sees("#collections tr", "Cobrofácil", "15")
}

func TestSnapshots(t *testing.T) {
	t.Parallel()
	b := newTab(t, app.Options{}, "409", "422")
	count := func(want string) {
		t.Helper()
		b.sees("#collections tr", "Cobrofácil", want)
	}
	b.open("/console/default/data")
	b.sees(".empty", "No snapshot yet")
	b.fill("#name", "No Name")
	b.click("#take button")
	b.sees(".problem", `name: "No Name" is not`)
	b.until(`document.querySelector("#name").value === "No Name"`)
	b.fill("#name", "full")
	b.click("#take button")
	b.sees("#snapshot-full")
	b.fill("#name", "full")
	b.click("#take button")
	b.sees(".problem", "There is a snapshot full of default already")

	b.Do(t, "PUT", "/_sandbox/workspaces/default/fixture", `{"cobrofacil":{"clients":[]}}`, "Host: localhost")
	b.open("/console/default/data")
	count("0")
	b.click("#restore-full summary")
	b.click("#restore-full button.danger")
	count("15")
	b.click("#restore-full summary")
	b.fill("#into-full", "other")
	b.click("#restore-full form:last-of-type button")
	b.sees(".lead", "the workspace other")
	count("15")
	b.open("/console/default/data")
	b.click("#forget-full summary")
	b.click("#forget-full button")
	b.sees(".empty", "No snapshot yet")

	// The journal is kept where that is wanted.
	b.Do(t, "GET", "/cobrofacil/api/v1/clients/client-200", "", "Authorization: Bearer sandbox-cobrofacil-token")
	journal := func() string { return get(t, b.Sandbox, "/workspaces/default/requests").Body }
	b.click("#reset summary")
	b.click("#reset input[name=keep]")
	b.click("#reset button")
	b.until(`!document.querySelector("#reset").open`)
	assert.Contains(t, journal(), "client-200")
	b.click("#reset summary")
	b.click("#reset button")
	b.until(`!document.querySelector("#reset").open`)
	assert.Equal(t, "[]\n", journal())
}

func TestWorkspaces(t *testing.T) {
	t.Parallel()
	b := newTab(t, app.Options{}, "404", "422")
	b.Do(t, "POST", "/_sandbox/workspaces/default/snapshots", `{"name":"full"}`, "Host: localhost")
	b.open("/console/default/workspaces")
	b.sees("#workspace-default", "197", "the seed", "never")
	b.fill("#name", "No Name")
	b.click("#make button")
	b.sees("#make .problem", `name: "No Name" is not`)
	b.fill("#name", "run-1")
	b.fill("#idle", "soon")
	b.click("#make button")
	b.sees("#make .problem", `idle: "soon" is no positive duration`)
	b.fill("#idle", "90m")
	b.fill("#random_seed", "again")
	b.fill("#snapshot", "full")
	eval[bool](b, `(document.querySelector("#clock").value = "2027-03-01T10:00:00") !== ""`)
	b.click("[name=frozen]")
	b.click("#make button")
	b.sees("#now", "2027-03-01 10:00:00 UTC", "frozen")
	assert.Equal(t, b.url+"/_sandbox/console/run-1", eval[string](b, "location.href"))

	b.open("/console/run-1/workspaces")
	b.sees("#workspace-run-1[aria-current]", "a state of its own", "1h30m0s")
	file := filepath.Join(t.TempDir(), "one.yaml")
	require.NoError(t, os.WriteFile(file, []byte("cobrofacil: {clients: [{first_name: Zoe}]}"), 0o600))
	b.fill("#name", "run-2")
	require.NoError(t, chromedp.Do(b.ctx, chromedp.SetUploadFiles("#fixture", []string{file})))
	b.click("#make button")
	b.sees("#api-cobrofacil", "1 clients")
	b.open("/console/run-2/workspaces?q=run")
	b.misses("#all", "default")
	b.click("#remove-run-1 summary")
	b.click("#remove-run-1 button")
	b.misses("#all", "run-1")
	b.click("#remove-run-2 summary") // the one that is shown
	b.click("#remove-run-2 button")
	b.misses("#all", "run-2")
	b.sees("#workspace-default")
}
