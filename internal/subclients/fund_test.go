package subclients_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

func TestFund(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-61", "SUB-15")
	s := apptest.New(t, app.Options{})
	a := s.Do(t, "POST", clients+"/fund", fund(mayab, "0.1"), token)
	assert.Equal(t, 200, a.Status)
	assert.Equal(t, `{"success":true,"code":0,"message":"OK","data":{"client":{"id":"`+capsule+`","code":"CAPSU","name":"Capsule Corp.","available":1000000.41,"rfc":"CCO850620AB1"},`+
		`"subclient":{"id":"`+mayab+`","name":"Mieles y Flores del Mayab","code":"MIELE","available":0.1,"rfc":"MFM180214H27"}}}`, a.Body)
	a = s.Do(t, "POST", clients+"/fund", fund(mayab, "2e-1"), token)
	assert.Contains(t, a.Body, `"available":0.3,`)
	a = s.Do(t, "POST", clients+"/fund", fund(mayab, "1000000.21"), token)
	assert.Contains(t, a.Body, `"available":0,`)
	assert.Equal(t, "0", read(t, s, token).Available.String())
	subclient := logIn(t, s, "mieles-del-mayab", "sandbox")
	assert.Equal(t, "1000000.51", read(t, s, subclient).Available.String())
}

func TestRefusedFundings(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	before := export(t, s, "default")
	notFound, insufficient := refusal(404, "Client not found"), refusal(422, "Insufficient balance")
	for _, test := range []struct{ id, body, auth, answer string }{
		{"SUB-41", `{}`, token, invalid("client_id: is required", "amount: is required")},
		{"SUB-41", `{"client_id":null,"amount":null}`, token, invalid("client_id: is required", "amount: is required")},
		{"SUB-41", `{"client_id":5,"amount":"5"}`, token, invalid("client_id: must be a string", "amount: must be a number")},
		{"SUB-41", fund("", "-5"), token, invalid("client_id: is required", "amount: must not be negative")},
		{"SUB-41", fund(mayab, "5.001"), token, invalid("amount: must have at most two decimals")},
		{"SUB-63", fund("nobody", "5"), token, notFound},
		{"SUB-63", fund(capsule, "5"), token, notFound},
		{"SUB-63", fund("4052A14E-9F43-4E97-8142-5D6ED0BFA205", "5"), token, notFound},
		{"SUB-63", fund("' OR 1=1 --", "5"), token, notFound},
		{"SUB-63", fund(mayab, "5"), other, notFound},
		{"SUB-63", fund("nobody", "1e400"), token, notFound},
		{"SUB-42", fund(mayab, "1000000.52"), token, insufficient},
		{"SUB-42", fund(mayab, "1e400"), token, insufficient},
	} {
		a := s.Do(t, "POST", clients+"/fund", test.body, test.auth)
		assert.Equal(t, test.answer, a.Body, test.body)
		assert.Equal(t, before, export(t, s, "default"), test.body)
	}
	a := s.Do(t, "POST", clients+"/fund", fund(mayab, "0"), token)
	assert.Equal(t, 200, a.Status, "no minimum holds")
}

// Whatever a fixture has given, no client comes to have more than a fixture takes: an export comes back.
func TestNoClientGetsTooMuch(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-63")
	s := apptest.New(t, app.Options{Seed: load(t, `{"subclients":{`+
		`"clients":[{"id":"`+capsule+`","name":"Mine, all mine","alias":"MINE","email":"a@example.com","rfc":"AAMM9001010A1","available":9999999999999.99}],`+
		`"subclients":[`+with(t, "id", `"`+mayab+`"`, "available", "9999999999999.49")+`]}}`)})
	before := export(t, s, "default")
	a := s.Do(t, "POST", clients+"/fund", fund(mayab, "0.51"), token)
	assert.Equal(t, invalid("amount: would give the subclient more than 15 digits"), a.Body)
	assert.Equal(t, []explained{{"amount", "0.51", "SUB-63", "would give the subclient more than 15 digits", "at most 0.5"}}, explain(t, s, a))
	assert.Equal(t, before, export(t, s, "default"))
	require.Equal(t, 200, s.Do(t, "POST", clients+"/fund", fund(mayab, "0.5"), token).Status)
	fixture := s.Do(t, "GET", "/_sandbox/workspaces/default/fixture?format=json", "", local).Body
	assert.Equal(t, export(t, s, "default"), export(t, apptest.New(t, app.Options{Seed: load(t, fixture)}), "default"))
}

// Money goes down the tree only, and each client sees its own.
func TestFundingsRace(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-61", "SUB-42")
	s := apptest.New(t, app.Options{})
	count := parallel(40, func(int) string {
		return fmt.Sprint(s.Do(t, "POST", clients+"/fund", fund(mayab, "30000"), token).Status)
	})
	assert.Equal(t, map[string]int{"200": 33, "422": 7}, count)
	assert.Equal(t, "10000.51", read(t, s, token).Available.String())
	require.Equal(t, "990000", read(t, s, logIn(t, s, "mieles-del-mayab", "sandbox")).Available.String())
}
