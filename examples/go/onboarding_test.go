// Package onboarding_test registers a person at all five partners of a sandbox in the test's own process, through a
// failure and a rate limit.
package onboarding_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/seed-0f456478/sandbox/sandboxtest"
)

// Partner is how the code under test reaches a partner.
type Partner struct {
	URL     string
	Headers map[string]string
}

// Post sends a body, and once more when the partner has failed.
func (p Partner) Post(ctx context.Context, path string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	status, err := p.send(ctx, http.MethodPost, path, text)
	if status >= http.StatusInternalServerError {
		_, err = p.send(ctx, http.MethodPost, path, text)
	}
	return err
}

func (p Partner) send(ctx context.Context, method, path string, body []byte) (int, error) {
	request, err := http.NewRequestWithContext(ctx, method, p.URL+path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	for name, value := range p.Headers {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s: %s %s", request.URL, response.Status, answer)
	}
	return response.StatusCode, err
}

// Partners are those of an onboarding.
type Partners struct {
	Cobrofacil, Nueve09, ComplyCube, Kobra, GeoTareas Partner
}

// Person is whom an onboarding registers.
type Person struct {
	First, Last, Reference, Email, Phone string
}

// Onboard is the code under test: it registers a person at each partner.
func Onboard(ctx context.Context, at Partners, p Person) error {
	type object = map[string]any
	name := p.First + " " + p.Last
	for _, registration := range []struct {
		partner Partner
		path    string
		body    object
	}{
		{at.Cobrofacil, "/api/v1/clients", object{
			"first_name": p.First, "last_name": p.Last, "phone_number": "+52" + p.Phone, "external_reference": p.Reference,
		}},
		{at.Nueve09, "/clients", object{
			"name": name, "alias": "VRUIZ", "email": p.Email, "available": 100, "phone": p.Phone, "mobile_phone": p.Phone,
			"rfc": "RUVA900101AB1", "street": "Av. Reforma", "ext_street_number": "12", "suburb": "Centro",
			"township": "Tijuana", "city": "Tijuana", "state": "BAJA CALIFORNIA", "postal_code": "22000",
			"contact_name": p.First, "contact_surname": p.Last, "contact_email": p.Email,
			"contact_telephone_country_code": "52", "contact_telephone": p.Phone,
			"contact_mobile_phone_country_code": "52", "contact_mobile_phone": p.Phone,
			"api_key_name": "onboarding", "api_key_password": "secret",
		}},
		{at.ComplyCube, "/v1/clients", object{
			"type": "person", "email": p.Email, "externalId": p.Reference,
			"personDetails": object{"firstName": p.First, "lastName": p.Last, "dob": "1990-01-01", "nationality": "MX"},
		}},
		{at.Kobra, "/api/import", object{"importTypeID": 1, "accounts": []object{
			{"externalID": p.Reference, "productID": 1, "currencyCode": "MX", "name": p.First, "firstSurname": p.Last},
		}}},
		{at.GeoTareas, "/apidev/v1/clients", object{"name": name, "external_code": p.Reference, "email": p.Email}},
	} {
		if err := registration.partner.Post(ctx, registration.path, registration.body); err != nil {
			return fmt.Errorf("onboard %s: %w", p.Reference, err)
		}
	}
	return nil
}

// partners configures the code under test for a sandbox.
func partners(sb *sandboxtest.Sandbox) Partners {
	of := func(name, scheme string) Partner {
		api := sb.API(name)
		return Partner{api.URL, map[string]string{"Authorization": scheme + api.Token, "X-API-Key": api.Key, "tenant": "demo"}}
	}
	return Partners{of("cobrofacil", "Bearer "), of("subclients", "Bearer "), of("complycube", ""), of("kobra", "Bearer "), of("apidev", "Bearer ")}
}

// The sandbox of all tests here starts once.
func TestMain(m *testing.M) { os.Exit(sandboxtest.Main(m)) }

var valeria = Person{"Valeria", "Ruiz", "valeria-ruiz", "valeria.ruiz@example.com", "6645550199"}

func TestOnboardingSurvivesAFailure(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Workspace(t)
	sb.Arm(sandboxtest.Fault{On: "cobrofacil.createClient", Kind: sandboxtest.Error, Error: "server_error", Times: 1})
	if err := Onboard(t.Context(), partners(sb), valeria); err != nil {
		t.Fatal(err)
	}
	sb.Requests().Operation("cobrofacil.createClient").Status("500").Count(1)
	sb.Requests().Status("2xx").Count(5)
}

func TestRateLimitEndsWhenAMinuteHasPassed(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Workspace(t, sandboxtest.WithFrozenClock(time.Now()))
	list := func() int {
		status, _ := partners(sb).GeoTareas.send(t.Context(), http.MethodGet, "/apidev/v1/clients?search=valeria", nil)
		return status
	}
	for range 10 {
		if status := list(); status != http.StatusOK {
			t.Fatal(status)
		}
	}
	if status := list(); status != http.StatusTooManyRequests {
		t.Fatal(status)
	}
	sb.Advance(61 * time.Second)
	if status := list(); status != http.StatusOK {
		t.Fatal(status)
	}
}
