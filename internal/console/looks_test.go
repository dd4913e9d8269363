package console_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
)

// screenshots is where make screenshots wants the pictures.
var screenshots = flag.String("screenshots", "", "write a picture of each page into this folder")

// looks are the ways in which every page is looked at.
var looks = []struct {
	name          string
	width, height int64
	scheme        string
}{
	{"wide", 1280, 900, "light"},
	{"dark", 1280, 900, "dark"},
	{"narrow", 390, 844, "light"},
}

// Every page is legible and reachable: what axe knows of WCAG 2.1 AA, at every width and in both schemes, and nothing is
// wider than the screen.
func TestLooks(t *testing.T) {
	t.Parallel()
	checker := axe(t)
	address := "127.0.0.1:0"
	if *screenshots != "" {
		require.NoError(t, os.MkdirAll(*screenshots, 0o755))
		address = "127.0.0.1:8080" // which the pictures show
	}
	for _, look := range looks {
		t.Run(look.name, func(t *testing.T) { // one after the other, since they may have one address
			b := newTabAt(t, address, app.Options{Clock: "2026-11-20T17:00:00Z!", RandomSeed: "screenshots"}, "404")
			refused := prepare(b)
			require.NoError(t, chromedp.Do(b.ctx, chromedp.EmulateViewport(look.width, look.height)))
			_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.scheme}}})
			require.NoError(t, err)
			for _, page := range []struct{ name, path, ready string }{
				{"overview", "/console/default", "#api-kobra"},
				{"requests", "/console/default/requests", "#list tbody"},
				{"request", "/console/default/requests/" + refused, "#one .why"},
				{"journey", "/console/default/journey?of=rosa-luna", ".lanes"},
				{"data", "/console/default/data", "#snapshot-list"},
				{"collection", "/console/default/data/complycube/clients", "#records"},
				{"record", "/console/default/data/cobrofacil/clients/019734bb-1f46-73bb-95d0-62e98a2f6247", "#record"},
				{"workspaces", "/console/default/workspaces", "#all"},
				{"time", "/console/default/time", "#fault-slow"},
				{"settings", "/console/default/settings", "#minted-list"},
				{"fidelity", "/console/default/fidelity", "#rules"},
				{"reference", "/console/default/reference/cobrofacil", ".swagger-ui .opblock"},
				{"no-workspace", "/console/nope", "[role=alert]"},
			} {
				b.open(page.path)
				b.sees(page.ready)
				b.until("document.readyState === 'complete'")
				assert.LessOrEqual(t, eval[int64](b, "document.documentElement.scrollWidth"), look.width, page.name)
				assert.LessOrEqual(t, eval[float64](b, "document.querySelector('nav [aria-current]').getBoundingClientRect().right"), float64(look.width), "%s: the menu shows where one is", page.name)
				if *screenshots != "" {
					picture, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
					require.NoError(t, err)
					require.NoError(t, os.WriteFile(filepath.Join(*screenshots, page.name+"-"+look.name+".png"), picture, 0o644))
				}
				for _, problem := range check(b, checker) {
					t.Errorf("%s: %s", page.name, problem)
				}
			}
		})
	}
}

// prepare fills a sandbox with what the pages are to show: one customer's onboarding, with some refusals. It returns the id
// of one of them.
func prepare(b *tab) (refused string) {
	const (
		token      = "Authorization: Bearer sandbox-cobrofacil-token"
		complycube = "Authorization: test_sandbox"
		kobra      = "Authorization: sandbox-kobra-token"
		apidev     = "Authorization: Bearer sandbox-apidev-token"
	)
	b.Do(b.t, "GET", "/cobrofacil/api/v1/clients/client-200", "", token)
	b.Do(b.t, "POST", "/complycube/v1/clients", `{"type":"person","email":"rosa.luna@example.com","externalId":"rosa-luna","mobile":"+526645559911","personDetails":{"firstName":"Rosa","lastName":"Luna"}}`, complycube)
	refused = idOf(b.Do(b.t, "POST", clients, `{"first_name":"Rosa","phone_number":"664","external_reference":"rosa-luna","nick":"Ro"}`, token).Header)
	b.Do(b.t, "POST", clients, `{"first_name":"Rosa","last_name":"Luna","phone_number":"+526645559911","external_reference":"rosa-luna"}`, token)
	b.Do(b.t, "POST", "/subclients/clients", `{"name":"Rosa Luna","rfc":"LURO8001019A1","phone":"6645559911"}`, "Authorization: Bearer sandbox-subclients-token")
	b.Do(b.t, "POST", "/kobra/api/import", `{"importTypeID":1,"accounts":[{"externalID":"rosa-luna","productID":1,"currencyCode":"MX","name":"Rosa","firstSurname":"Luna"},{"externalID":"tomas-gil","productID":1,"currencyCode":"MX","name":"Tomás","firstSurname":"Gil"}]}`, kobra)
	b.Do(b.t, "POST", "/apidev/v1/clients", `{"name":"Rosa Luna","external_code":"rosa-luna","mobile":"664 555 9911"}`, apidev, "X-API-Key: gtk_sandbox", "tenant: sandbox")
	for path, body := range map[string]string{
		"snapshots": `{"name":"` + strings.Repeat("before-", 8) + `"}`, "faults": `{"id":"slow","on":"kobra","kind":"delay","delay":"2s","times":3}`,
		"credentials": `{"api":"cobrofacil","id":"alice","owner":"other"}`,
	} {
		b.Do(b.t, "POST", "/_sandbox/workspaces/default/"+path, body, "Host: localhost")
	}
	return refused
}

// axe is the checker's script.
func axe(t *testing.T) string {
	t.Helper()
	script, err := os.ReadFile("testdata/axe/node_modules/axe-core/axe.min.js")
	if err != nil {
		const missing = "this test needs axe: npm ci in internal/console/testdata/axe"
		if os.Getenv("SANDBOX_REQUIRE") == "all" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	return string(script)
}

// check lists what axe finds in the page, but for what Swagger UI draws itself, a <main> of its own among it.
func check(b *tab, checker string) []string {
	b.t.Helper()
	b.run(checker)
	found := eval[string](b, `axe.run({exclude: [".swagger-ui"]}, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
		rules: {"landmark-no-duplicate-main": {enabled: false}}})
		.then((r) => JSON.stringify(r.violations.flatMap((v) => v.nodes.map((n) => v.id + " " + n.html + ": " + n.failureSummary))))`)
	var problems []string
	require.NoError(b.t, json.Unmarshal([]byte(found), &problems))
	for i := range problems {
		problems[i] = strings.Join(strings.Fields(problems[i]), " ")
	}
	return problems
}
