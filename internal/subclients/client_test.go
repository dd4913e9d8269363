package subclients_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

func TestOwnClient(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-60", "SUB-21", "SUB-S1", "COM-12", "COM-15")
	s := apptest.New(t, app.Options{})
	a := s.Do(t, "GET", clients, "", token)
	assert.Equal(t, 200, a.Status)
	assert.Equal(t, `{"success":true,"code":0,"message":"OK","data":{"client":{"id":"`+capsule+`","name":"Capsule Corp.","alias":"CAPCORP","code":"CAPSU",`+
		`"email":"contacto@capsule.example.com","available":1000000.51,"balance":160.49,"time_zone":"America/Mexico_City","status":"active"}}}`, a.Body)
	assert.Equal(t, "Otra Orilla", read(t, s, other).Name)
	assert.Equal(t, []string{"Sin Fondos", "0"}, []string{read(t, s, poor).Name, read(t, s, poor).Available.String()})
}

// A creation takes what it asks for from its parent, and is refused for its alias, the minimum, then the balance.
func TestCreationsAndTheBalance(t *testing.T) {
	t.Parallel()
	minimum := "The minimum available is 100.00"
	taken := invalid("alias: has already been taken")
	ofParent := map[string]string{"subclients.minimum_of": "parent", "subclients.minimum_available": "1000.50"}
	for _, test := range []struct {
		id, name, auth string
		settings       map[string]string
		changes        []string
		answer         string // "" for 200
		left           string // available to the parent afterwards
	}{
		{"SUB-13", "the documented one", token, nil, nil, "", "999000.51"},
		{"SUB-13", "all that there is", token, nil, []string{"available", "1000000.51"}, "", "0"},
		{"SUB-42", "a centavo more", token, nil, []string{"available", "1000000.52"}, refusal(422, "Insufficient balance"), "1000000.51"},
		{"SUB-13", "the minimum", token, nil, []string{"available", "100"}, "", "999900.51"},
		{"SUB-42", "a centavo less", token, nil, []string{"available", "99.99"}, refusal(422, minimum), "1000000.51"},
		{"SUB-42", "nothing", token, nil, []string{"available", "0"}, refusal(422, minimum), "1000000.51"},
		{"SUB-42", "a parent with nothing", poor, nil, nil, refusal(422, "Insufficient balance"), "0"},
		{"SUB-42", "the minimum before the balance", poor, nil, []string{"available", "99.99"}, refusal(422, minimum), "0"},
		{"SUB-20", "the alias before both", token, nil, []string{"alias", `"PINATA"`, "available", "0"}, taken, "1000000.51"},
		{"SUB-20", "the alias before the balance", token, nil, []string{"alias", `"PINATA"`, "available", "1e9"}, taken, "1000000.51"},
		{"COM-20", "the table before the alias", token, nil, []string{"alias", `"PINATA"`, "name", `"x"`}, invalid("name: must have between 5 and 30 characters"), "1000000.51"},
		{"SUB-14", "letter case counts", token, nil, []string{"alias", `"Pinata"`}, "", "999000.51"},
		{"SUB-14", "another owner's alias", other, nil, []string{"alias", `"AJOLOTE"`}, "", "49000"},
		{"SUB-14", "the parent's own alias", token, nil, []string{"alias", `"CAPCORP"`}, "", "999000.51"},
		{"SUB-13", "no minimum", token, map[string]string{"subclients.minimum_available": "0"}, []string{"available", "0"}, "", "1000000.51"},
		{"SUB-13", "another minimum", token, map[string]string{"subclients.minimum_available": "1000.5"}, nil, refusal(422, "The minimum available is 1000.50"), "1000000.51"},
		{"SUB-13", "the parent's minimum", token, ofParent, []string{"available", "0.01"}, "", "1000000.5"},
		{"SUB-13", "a parent below it", poor, ofParent, []string{"available", "2000"}, refusal(422, "The minimum available is 1000.50"), "0"},
	} {
		t.Run(test.id+" "+test.name, func(t *testing.T) {
			t.Parallel()
			s := apptest.New(t, app.Options{Settings: test.settings})
			before := export(t, s, "default")
			a := s.Do(t, "POST", clients, with(t, test.changes...), test.auth)
			if test.answer == "" {
				readSubclient(t, a)
			} else {
				assert.Equal(t, 422, a.Status)
				assert.Equal(t, test.answer, a.Body)
				assert.Equal(t, before, export(t, s, "default"), "a refusal leaves no trace")
			}
			assert.Equal(t, test.left, read(t, s, test.auth).Available.String())
		})
	}
}

func TestSwitches(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-13", "SUB-16", "SUB-17")
	for _, value := range []string{"", "x", "-1", "0.001", "1e400", " 1", "1 ", `"1"`, "01", "null"} {
		_, err := app.New(t.Context(), app.Options{Settings: map[string]string{"subclients.minimum_available": value}})
		assert.ErrorContains(t, err, "switch subclients.minimum_available takes an amount", value)
	}
	s := apptest.New(t, app.Options{Settings: map[string]string{"subclients.code": "alias"}})
	assert.Equal(t, "MIAL1", create(t, s, token, "alias", `"mi-ál 123"`).Code)

	// Without a description there is null, in both readings.
	for _, value := range []string{"-", "null", `""`} {
		assert.Nil(t, create(t, s, token+"@x", "api_key_description", value, "alias", fmt.Sprintf("%q", "A-"+value+"--")).APIClient.Description)
	}
}

func TestCreationsRaceForAnAlias(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-14", "COM-30", "COM-31")
	s := apptest.New(t, app.Options{})
	count := parallel(32, func(int) string {
		return s.Do(t, "POST", clients, with(t), token, "Idempotency-Key: 1").Body[:16]
	})
	assert.Equal(t, map[string]int{`{"success":true,`: 1, `{"success":false`: 31}, count)
	assert.Equal(t, "999000.51", read(t, s, token).Available.String(), "charged once")
}

// A hundred creations at once, of which the balance allows thirty-three.
func TestCreationsNeverOverdraw(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-13", "SUB-42")
	s := apptest.New(t, app.Options{})
	count := parallel(100, func(i int) string {
		a := s.Do(t, "POST", clients, with(t, "alias", fmt.Sprintf(`"R-%d"`, i), "available", "30000.01"), token)
		return fmt.Sprint(a.Status, strings.Contains(a.Body, "Insufficient balance"))
	})
	assert.Equal(t, map[string]int{"200 false": 33, "422 true": 67}, count)
	assert.Equal(t, "10000.18", read(t, s, token).Available.String())
}

// parallel runs do so many times at once, and counts what it returns.
func parallel(times int, do func(int) string) map[string]int {
	var wait sync.WaitGroup
	results := make([]string, times)
	for i := range times {
		wait.Go(func() { results[i] = do(i) })
	}
	wait.Wait()
	count := map[string]int{}
	for _, r := range results {
		count[r]++
	}
	return count
}

// Whatever the order of parallel creations and fundings, what the parent has lost is what its subclients have, and nobody
// is below zero.
func TestMoneyIsConserved(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-13", "SUB-61")
	s := apptest.New(t, app.Options{Settings: map[string]string{"subclients.minimum_available": "0"}})
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		space := fmt.Sprintf("round-%d", round)
		auth := token + "@" + space
		amounts := rapid.SliceOfN(rapid.Int64Range(0, 40_000_000), 1, 12).Draw(rt, "amounts")
		funds := rapid.SliceOfN(rapid.Bool(), len(amounts), len(amounts)).Draw(rt, "funding")
		var wait sync.WaitGroup
		for i, amount := range amounts {
			amount := fmt.Sprintf("%de-2", amount)
			wait.Go(func() {
				path, body := clients, with(t, "alias", fmt.Sprintf(`"C-%d"`, i), "available", amount)
				if funds[i] {
					path, body = clients+"/fund", fund(mayab, amount)
				}
				s.Send(t, "POST", path, body, auth)
			})
		}
		wait.Wait()
		var records struct{ Clients, Subclients []record }
		require.NoError(t, json.Unmarshal([]byte(export(t, s, space)), &records))
		total := int64(0)
		for _, r := range append(records.Clients[:1], records.Subclients...) { // Capsule Corp. is the first
			has := centavos(t, r.Available)
			if has < 0 {
				rt.Fatalf("%s is below zero", r.ID)
			}
			if r.Owner == "" {
				total += has
			}
		}
		// What Capsule Corp. and its subclients have in the seed.
		if want := int64(100000051 + 2500000 + 120050 + 9876543 + 10000); total != want {
			rt.Fatalf("%d centavos are there, not %d", total, want)
		}
	})
}

// record is what a test reads of an exported client.
type record struct {
	ID, Alias string
	Available json.Number
	Owner     string `json:"_owner"`
}

func centavos(t testing.TB, amount json.Number) int64 {
	t.Helper()
	exact, ok := new(big.Rat).SetString(amount.String())
	require.True(t, ok)
	exact.Mul(exact, big.NewRat(100, 1))
	require.True(t, exact.IsInt())
	return exact.Num().Int64()
}

func TestResetWorkspacesAndOwners(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-14", "COM-10", "COM-12")
	s := apptest.New(t, app.Options{})
	made := create(t, s, token)
	create(t, s, token+"@else") // the same alias in another workspace
	create(t, s, other)         // and of another owner
	assert.Equal(t, refusal(404, "Client not found"), s.Do(t, "POST", clients+"/fund", fund(made.ID, "1"), other).Body)
	assert.Equal(t, refusal(404, "Client not found"), s.Do(t, "POST", clients+"/fund", fund(made.ID, "1"), token+"@else").Body)
	require.Equal(t, 204, s.Do(t, "POST", "/_sandbox/workspaces/default/reset", "", local).Status)
	assert.Equal(t, "1000000.51", read(t, s, token).Available.String())
	assert.Equal(t, "999000.51", read(t, s, token+"@else").Available.String())
	create(t, s, token)
}

func TestNoRateLimit(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-5")
	s := apptest.New(t, app.Options{Clock: "2027-03-01T00:00:00Z!"})
	for range 200 {
		require.Equal(t, 200, s.Send(t, "GET", clients, "", token).Status)
	}
}
