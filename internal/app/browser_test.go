package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/browsertest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

// fetched is what a page's script gets to see of an answer: the headers are those that the browser gives it.
type fetched struct {
	Status  int
	Headers map[string]string
	Body    string
}

// frontEnd opens the example's page, of another origin than the sandbox, and returns its tab.
func frontEnd(t *testing.T, s *apptest.Sandbox, expected ...string) context.Context {
	t.Helper()
	sandbox := httptest.NewServer(s)
	t.Cleanup(sandbox.Close)
	site := httptest.NewServer(http.FileServer(http.Dir("../../examples/front-end")))
	t.Cleanup(site.Close)
	tab := browsertest.New(t, expected...)
	require.NoError(t, chromedp.Do(tab, chromedp.Navigate(site.URL+"/?sandbox="+sandbox.URL)))
	return tab
}

// call lets the page's script call the sandbox.
func call(t *testing.T, tab context.Context, method, path, body string, headers map[string]string) fetched {
	t.Helper()
	arguments, err := json.Marshal([]any{method, path, body, headers})
	require.NoError(t, err)
	answer, err := chromedp.Run(tab, chromedp.Evaluate[fetched](fmt.Sprintf("call(...%s)", arguments), chromedp.EvalAwaitPromise))
	require.NoError(t, err, "%s %s", method, path)
	return answer
}

// A page of another origin calls every API with all the headers that the API reads, and reads what comes back.
func TestFrontEndCallsEveryAPI(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-26")
	tab := frontEnd(t, apptest.New(t, app.Options{}))
	shown, err := chromedp.Run(tab, chromedp.Poll[string](`document.body.innerText.includes("…") ? "" : document.querySelector("ul").innerText`))
	require.NoError(t, err)
	assert.Equal(t, "cobrofacil: 200\nsubclients: 200\ncomplycube: 200\nkobra: 200\napidev: 200", shown)

	type headers = map[string]string
	cobrofacil := headers{"Authorization": "Bearer sandbox-cobrofacil-token", "X-Environment": "sandbox"}
	complycube := headers{"Authorization": "test_sandbox"}
	apidev := headers{"Authorization": "Bearer sandbox-apidev-token", "X-API-Key": "gtk_sandbox", "tenant": "demo.geotareas.com"}
	for _, c := range []struct {
		method, path, body string
		headers            headers
		status             int
		holds              string // a part of the answer
	}{
		{"POST", clients, eva, cobrofacil, 201, `"first_name":"Eva"`},
		{"PATCH", clients + "/client-200", eva, cobrofacil, 200, `"display":"Eva Sosa"`},
		{"GET", clients + "/client-200", "", cobrofacil, 200, `"display":"Eva Sosa"`},
		{"GET", "/subclients/clients", "", headers{"Authorization": "Bearer sandbox-subclients-token"}, 200, `"alias":"CAPCORP"`},
		{"POST", "/complycube/v1/clients", `{"type":"person","email":"eva@example.com","personDetails":{"firstName":"Eva","lastName":"Sosa"}}`, complycube, 200, `"eva@example.com"`},
		{"DELETE", "/complycube/v1/clients/5eb04fcd0f3e360008035eb1", "", complycube, 204, ""},
		{"POST", "/kobra/api/import", `[{"visitID":1045637,"paymentPromiseStatus":3}]`, headers{"Authorization": "Bearer sandbox-kobra-token"}, 200, `"error"`},
		{"PUT", "/apidev/v1/clients/982710394857200005", `{"name":"Eva"}`, apidev, 200, `"updated_fields":["name"]`},
		{"GET", "/apidev/v1/clients/982710394857200005", "", apidev, 200, `"Eva"`},
	} {
		answer := call(t, tab, c.method, c.path, c.body, c.headers)
		assert.Equal(t, c.status, answer.Status, "%s %s: %s", c.method, c.path, answer.Body)
		assert.Contains(t, answer.Body, c.holds, "%s %s", c.method, c.path)
		assert.Equal(t, "default", answer.Headers["x-sandbox-workspace"], "%s %s", c.method, c.path)
	}
}

// A login's token may be in a header, and a refusal's explanation is.
func TestFrontEndReadsHeaders(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "COM-26")
	s := apptest.New(t, app.Options{})
	tab := frontEnd(t, s, "422") // the browser writes the refusal to its console
	answer := call(t, tab, "POST", "/subclients/auth/login", `{"api_client":{"api_key":"sandbox-subclients-key","password":"sandbox"}}`, nil)
	require.Equal(t, 200, answer.Status, answer.Body)
	answer = call(t, tab, "GET", "/subclients/clients", "", map[string]string{"Authorization": answer.Headers["authorization"]})
	assert.Equal(t, 200, answer.Status, answer.Body)

	answer = call(t, tab, "POST", clients, `{"first_name":"Eva","last_name":"Sosa","phone_number":"1"}`, map[string]string{"Authorization": "Bearer sandbox-cobrofacil-token"})
	require.Equal(t, 422, answer.Status, answer.Body)
	refused := explain(t, s, apptest.Answer{Header: http.Header{"X-Sandbox-Explain": {answer.Headers["x-sandbox-explain"]}}})
	require.Len(t, refused.Violations, 1)
	assert.Equal(t, "phone_number", refused.Violations[0].Member)
}
