package console_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
)

// What is tried in a reference goes to the workspace of the page, with the demo credentials, and to no other machine.
func TestReference(t *testing.T) {
	t.Parallel()
	b := newTab(t, app.Options{})
	b.Do(t, "GET", "/w/demo/cobrofacil/api/v1/clients/client-200", "", "Authorization: Bearer sandbox-cobrofacil-token")
	b.open("/console/demo")
	for _, test := range []struct{ api, operation, field, text, server, answer string }{
		{"cobrofacil", "Clients-getClient", `tr[data-param-name="client_id"] input`, "client-200", "/w/demo/cobrofacil", `"Juan"`},
		{"subclients", "Clients-getClient", "", "", "/w/demo/subclients", "Capsule Corp"},
		{"complycube", "Clients-listClients", `tr[data-param-name="pageSize"] input`, "1", "/w/demo/complycube", `"totalItems"`},
		{"kobra", "Access-login", "", "", "/w/demo/kobra", `"token"`},
		{"apidev", "Clients-listClients", `tr[data-param-name="search"] input`, "x", "/w/demo", `"total"`},
		{"control", "default-getClock", "", "", "", `"frozen"`},
	} {
		b.click(`nav[aria-label="Pages"] a[href$="/reference"]`)
		b.click(`.tabs a[href$="/` + test.api + `"]`)
		b.sees("#reference-"+test.api+" .servers", b.url+test.server)
		operation := "#operations-" + test.operation
		b.click(operation + " .opblock-summary-control")
		if test.field != "" {
			b.fill(operation+" "+test.field, test.text)
		}
		b.click(operation + " .execute")
		b.sees(operation+" .live-responses-table", "200", test.answer)
	}
	requests := b.Do(t, "GET", "/_sandbox/workspaces/demo/requests?q=operation:listClients", "", "Host: localhost").Body
	assert.Contains(t, requests, `"api":"complycube"`)
	assert.Contains(t, requests, `"api":"apidev"`)
}

func TestReferenceOfNoAPI(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	for path, problem := range map[string]string{
		"/nope":              "No API is called nope; /_sandbox/apis lists cobrofacil",
		"/nope/openapi.yaml": "No API is called nope; /_sandbox/apis lists cobrofacil",
		"/../x/openapi.yaml": "The control API has no",
	} {
		a := s.Do(t, "GET", "/_sandbox/console/default/reference"+path, "", "Host: localhost")
		assert.Equal(t, 404, a.Status)
		assert.Contains(t, a.Body, problem)
	}
}
