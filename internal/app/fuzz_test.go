package app_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
)

// Whatever is sent, there is an answer in JSON that is no 500, and a refused request leaves no trace in the data.
func FuzzRouter(f *testing.F) {
	f.Add("POST", clients, eva, "Bearer sandbox-cobrofacil-token", "application/json")
	f.Add("PATCH", clients+"/client-200", `{"email":null}`, "Bearer sandbox-cobrofacil-token@fuzz", "application/json; charset=utf-8")
	f.Add("GET", "/w/fuzz/cobrofacil/api/v1/clients/%2e%2e%00%ff?x=%zz&a;b", "", "Bearer sandbox-cobrofacil-other-token", "")
	f.Add("BREW", "/w//cobrofacil//", "{", "Basic x", "text/plain")
	f.Add("POST", clients+"//", `{"first_name":"\u0000","phone_number":[[]],"email":1e999}`, "Bearer sandbox-cobrofacil-token@", "application/json")
	const dev = "Bearer sandbox-apidev-token"
	f.Add("GET", "/apidev/v1/clients?status=A&search=regional&limit=10", "", dev, "")
	f.Add("GET", "/apidev/v1/accounts?search=%25_%5c%00&limit=-1&offset=99999999999999999999&city_id=%ff", "", dev, "")
	f.Add("GET", "/w/fuzz/apidev/v1/clients/982710394857200005", "", dev, "")
	f.Add("POST", "/apidev/v1/clients", `{"name":"A","latitude":-1e308,"document_type":0.1,"notes":""}`, dev, "application/json")
	f.Add("PUT", "/apidev/v1/clients/982710394857200005", `{"id":null,"phone":null}`, dev, "application/json")
	f.Add("POST", "/apidev/v1/accounts", `{"name":"A","client_id":"982710394857200005","start_date":"2026-02-30"}`, dev, "application/json")
	f.Add("POST", "/apidev/v1/login", `{"email":"dev@sandbox.test","password":"sandbox@fuzz"}`, "", "application/json")
	f.Add("GET", "/apidev/v1/clients", "", "Bearer eyJhbGciOiJub25lIn0.eyJpc3MiOiJhcGlkZXYiLCJ3b3Jrc3BhY2UiOiJkZWZhdWx0In0.", "")
	f.Add("POST", "/complycube/v1/clients/", `{"type":"person","email":"e@example.com","personDetails":{"firstName":"E","lastName":"S","dob":"x"},"metadata":{"":1}}`, "test_sandbox@fuzz", "application/json")
	f.Add("POST", "/complycube/v1/clients/5eb04fcd0f3e360008035eb1", `{"type":null,"companyDetails":[],"metadata":{"a":""},"personDetails":{"gender":""}}`, "test_sandbox", "application/json")
	f.Add("GET", "/complycube/v1/clients?page=0&pageSize=1e3&metadata.%00=%ff&personDetails.lastName='&createdAfter=0000-01-01", "", "live_sandbox", "")
	f.Add("DELETE", "/complycube/v1/clients/5eb04fcd0f3e360008035eb1/", "", "live_sandbox@fuzz", "")
	f.Add("POST", "/_sandbox/workspaces/fuzz/clock/advance", `{"by":"1ns"}`, "", "application/json")
	f.Add("PUT", "/_sandbox/workspaces/fuzz/clock", `{"now":"2030-01-01T00:00:00Z","frozen":true}`, "", "application/json")
	f.Add("GET", "/_sandbox/workspaces/default/requests/x-1?limit=0", "", "", "")
	f.Add("POST", "/subclients/clients", `{"name":"Noentiendo","alias":"NOENT","available":1e400,"state":"CDMX","contact_telephone_country_code":52,"api_key_password":"\ud83d\ude00"}`, "Bearer sandbox-subclients-token@fuzz", "application/json")
	f.Add("POST", "/subclients/v1/clients/fund", `{"client_id":"4052a14e-9f43-4e97-8142-5d6ed0bfa205","amount":-0.001}`, "Bearer sandbox-subclients-token", "application/json")
	f.Add("POST", "/w/fuzz/subclients/auth/login", `{"api_client":{"api_key":"sandbox-subclients-key","password":"sandbox@fuzz"}}`, "", "application/json")
	f.Add("POST", "/subclients/clients/api_key/public_key", `{"public_key":"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"}`, "Bearer sandbox-subclients-poor-token", "application/json")
	f.Add("GET", "/subclients/catalogs/states/", "", "Bearer eyJhbGciOiJub25lIn0.eyJpc3MiOiJzdWJjbGllbnRzIn0.x", "")
	f.Add("POST", "/kobra/api/import", `{"importTypeID":2,"accounts":[{"externalID":"ana-munoz","iva":1e400,"paymentsDone":5.0,"name":"\u00f1"},{"externalID":"","civilStatus":[]}]}`, "sandbox-kobra-token@fuzz", "application/json")
	f.Add("POST", "/kobra/import/", `[{"visitID":1045637,"paymentPromiseStatus":3},{"visitlID":-0,"paymentPromiseStatus":2e0}]`, "Bearer sandbox-kobra-token", "application/json")
	f.Add("POST", "/kobra/api/auth", `{"user":"lender@sandbox.test","password":"sandbox@fuzz"}`, "", "application/json")
	s := apptest.New(f, app.Options{MaxWorkspaces: 20, Journal: 20, Settings: map[string]string{"limits": "off"}})
	f.Fuzz(func(t *testing.T, method, path, body, authorization, contentType string) {
		u, err := url.ParseRequestURI(path)
		if err != nil || method == "" || strings.ContainsFunc(method, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Skip("net/http would refuse it before")
		}
		before := export(t, s)
		r := httptest.NewRequestWithContext(t.Context(), "GET", "http://localhost/", strings.NewReader(body))
		r.Method, r.URL, r.RequestURI = method, u, path
		r.Header["Authorization"], r.Header["Content-Type"] = []string{authorization}, []string{contentType}
		r.Header["X-Api-Key"], r.Header["Tenant"] = []string{"gtk_sandbox"}, []string{"demo.geotareas.com"} // what one API wants beside
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code >= 500 || w.Code < 200 {
			t.Fatalf("%d: %s", w.Code, w.Body)
		}
		if w.Body.Len() > 0 && strings.Contains(w.Header().Get("Content-Type"), "json") && !json.Valid(w.Body.Bytes()) {
			t.Fatalf("no JSON: %q", w.Body)
		}
		if w.Code >= 400 && export(t, s) != before {
			t.Fatal("a refused request left a trace")
		}
	})
}

func export(t *testing.T, s *apptest.Sandbox) string {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "http://localhost/_sandbox/workspaces/default/fixture?format=json", nil))
	return w.Body.String()
}
