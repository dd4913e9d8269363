package apidev_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
	"github.com/seed-0f456478/sandbox/internal/golden"
)

func TestListAccounts(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-52", "API-21")
	s := newQuiet(t)
	a := s.Do(t, "GET", accounts+"?client_id="+regional, "", dev...)
	l := list(t, a)
	assert.Equal(t, []string{"Acme Corp", "Beta Industries", "Gamma Solutions"}, l.names())
	golden.Equal(t, "testdata/accounts.json", a.Body)
	assert.Equal(t, "Regional Distributors", l.Data[0]["client_name"])
	for _, test := range []struct {
		id, query string
		total     int
		message   string
	}{
		{"API-52", "", 38, ""},
		{"API-52", "status=I", 2, ""},
		{"API-52", "status=I&client_id=" + regional, 1, ""},
		{"API-52", "search=CASA+DE", 12, ""},
		{"API-52", "search=ext-00", 2, ""},
		{"API-52", "provider_id=500", 12, ""},
		{"API-52", "provider_id=501", 6, ""},
		{"API-52", "provider_id=50", 0, ""},
		{"API-52", "country_id=2", 19, ""},
		{"API-52", "department_id=20", 4, ""},
		{"API-52", "city_id=240", 3, ""},
		{"API-52", "city_id=240&status=A&search=mayab&country_id=2&department_id=24&provider_id=501", 1, ""},
		{"API-52", "client_id=&provider_id=&country_id=&department_id=&city_id=", 38, ""},
		{"API-52", "client_id=" + strings.Repeat("1", 30), 0, ""},
		{"API-14", "limit=101", 0, `"limit" must be a number between 1 and 100`},
		{"API-52", "city_id=" + strings.Repeat("1", 31) + "&limit=0", 0, `"city_id" must be at most 30 characters long`},
		{"API-52", "status=" + strings.Repeat("1", 11), 0, `"status" must be at most 10 characters long`},
		{"API-52", "search=" + strings.Repeat("1", 121), 0, `"search" must be at most 120 characters long`},
		{"API-52", "client_id=" + strings.Repeat("1", 31), 0, `"client_id" must be at most 30 characters long`},
		{"API-52", "provider_id=" + strings.Repeat("1", 31), 0, `"provider_id" must be at most 30 characters long`},
		{"API-52", "country_id=" + strings.Repeat("1", 31), 0, `"country_id" must be at most 30 characters long`},
		{"API-52", "department_id=" + strings.Repeat("1", 31), 0, `"department_id" must be at most 30 characters long`},
	} {
		t.Run(test.query, func(t *testing.T) {
			t.Parallel()
			a := s.Do(t, "GET", accounts+"?"+test.query, "", dev...)
			if test.message != "" {
				assert.Equal(t, failure("VALIDATION_ERROR", test.message), a.Body)
				return
			}
			assert.Equal(t, test.total, list(t, a).Meta.Total)
		})
	}
}

// Each nullable member is null in some account of the seed, and filled in another.
func TestAccountsOfTheSeed(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-52", "API-55", "COM-32")
	s := newQuiet(t)
	null, filled := map[string]bool{}, map[string]bool{}
	for _, item := range list(t, s.Do(t, "GET", accounts+"?limit=100", "", dev...)).Data {
		alone := detail(t, s.Do(t, "GET", accounts+"/"+item["id"].(string), "", dev...))
		assert.Equal(t, item, alone)
		for name, value := range item["address"].(map[string]any) {
			item[name] = value
		}
		for name, value := range item {
			null[name] = null[name] || value == nil
			filled[name] = filled[name] || value != nil
		}
	}
	assert.Len(t, null, 27)
	for name := range null {
		assert.True(t, filled[name], name)
		assert.Equal(t, name != "id" && name != "address", null[name], name)
	}
	l := list(t, s.Do(t, "GET", accounts+"?search=ana-munoz", "", dev...))
	require.Len(t, l.Data, 1)
	assert.Equal(t, []any{"Ana Muñoz Ibáñez", "México", "Baja California", "Tijuana"}, []any{l.Data[0]["client_name"], l.Data[0]["country_name"], l.Data[0]["department_name"], l.Data[0]["city_name"]})
}

func TestAccountMembers(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-52", "API-53")
	s := newQuiet(t)
	id := idOf(t, s.Do(t, "POST", accounts, `{"name":"Bounds"}`, dev...))
	refuse := func(name, json, message string) {
		t.Helper()
		body := `{"name":"Bounds","` + name + `":` + json + `}`
		if name == "name" {
			body = `{"name":` + json + `}`
		}
		a := s.Do(t, "POST", accounts, body, dev...)
		assert.Equal(t, failure("VALIDATION_ERROR", message), a.Body, json)
		assert.Equal(t, 400, a.Status)
		a = s.Do(t, "PUT", accounts+"/"+id, `{"`+name+`":`+json+`}`, dev...)
		assert.Equal(t, failure("VALIDATION_ERROR", message), a.Body, json)
		assert.Equal(t, "API-52", explain(t, s, a).Violations[0].Rule)
	}
	for _, m := range append(shared, []struct {
		name string
		most int
	}{{"client_id", 30}, {"qr_code", 30}}...) {
		refuse(m.name, `"`+strings.Repeat("ñ", m.most+1)+`"`, fmt.Sprintf(`"%s" must be at most %d characters long`, m.name, m.most))
		refuse(m.name, `1`, fmt.Sprintf(`"%s" must be a string`, m.name))
		if m.name != "client_id" {
			a := s.Do(t, "PUT", accounts+"/"+id, `{"`+m.name+`":"`+strings.Repeat("ñ", m.most)+`"}`, dev...)
			assert.Equal(t, 200, a.Status, a.Body)
		}
	}
	for _, name := range []string{"document_type", "latitude", "longitude"} {
		refuse(name, `"1"`, fmt.Sprintf(`"%s" must be a number`, name))
	}
	for _, name := range []string{"start_date", "end_date", "birth_date"} {
		for _, good := range []string{"2026-01-31", "2028-02-29", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.123-03:00", "2026-01-31T12:00:00", "2026-01-31T12:00", "2026-01-31T12:00+02:00"} {
			require.Equal(t, 200, s.Do(t, "PUT", accounts+"/"+id, `{"`+name+`":"`+good+`"}`, dev...).Status, good)
			assert.Equal(t, good, detail(t, s.Do(t, "GET", accounts+"/"+id, "", dev...))[name])
		}
		for _, bad := range []string{"2026-02-30", "2025-02-29", "31/01/2026", "2026-1-31", "20260131", "yesterday", "2026-01-31 12:00:00", "2026-01-31T25:00:00Z", "2026"} {
			refuse(name, `"`+bad+`"`, fmt.Sprintf(`"%s" must be an ISO 8601 date`, name))
		}
		refuse(name, `"2026-01-31T12:00:00.1234567890Z"`, fmt.Sprintf(`"%s" must be at most 30 characters long`, name))
		refuse(name, `20260131`, fmt.Sprintf(`"%s" must be a string`, name))
		require.Equal(t, 200, s.Do(t, "PUT", accounts+"/"+id, `{"`+name+`":null}`, dev...).Status)
		assert.Nil(t, detail(t, s.Do(t, "GET", accounts+"/"+id, "", dev...))[name])
	}
	refuse("name", `""`, `"name" is required`)
	refuse("name", `null`, `"name" is required`)
	assert.Equal(t, failure("VALIDATION_ERROR", `"name" is required`), s.Do(t, "POST", accounts, `{}`, dev...).Body)
	a := s.Do(t, "PUT", accounts+"/"+id, `{"id":"1","qr_code":1}`, dev...)
	assert.Equal(t, failure("VALIDATION_ERROR", `"id" is not allowed`), a.Body)
	assert.Len(t, explain(t, s, a).Violations, 2)
}

func TestWriteAccounts(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-52", "API-55", "API-54", "COM-24", "COM-20", "COM-12")
	s := newQuiet(t)
	a := s.Do(t, "POST", accounts, `{"name":"North","client_id":"`+regional+`","country_id":"1","department_id":"10","start_date":"2026-01-31","qr_code":"Q","city_id":"100","nickname":1}`, dev...)
	id := idOf(t, a)
	assert.Equal(t, `{"success":true,"data":{"id":"`+id+`"}}`, a.Body)
	assert.Equal(t, []string{"city_id", "nickname"}, journalled(t, s, a).Unread)
	assert.Equal(t, `{"success":true,"data":{"id":"`+id+`","external_code":null,"name":"North","business_name":null,"tax_id":null,"document":null,"phone":null,"mobile":null,"email":null,"image_url":null,"status":null,`+
		`"address":{"street":null,"door_number":null,"apartment":null,"corner":null,"zip_code":null,"latitude":null,"longitude":null},"notes":null,"start_date":"2026-01-31","end_date":null,"birth_date":null,`+
		`"client_name":"Regional Distributors","country_name":"Uruguay","department_name":"Montevideo","city_name":null},"meta":{}}`,
		s.Do(t, "GET", accounts+"/"+id, "", dev...).Body)
	assert.Len(t, detail(t, s.Do(t, "GET", clients+"/"+regional, "", dev...))["accounts"], 4)

	a = s.Do(t, "PUT", accounts+"/"+id, `{"birth_date":"1990-01-01","qr_code":null,"status":"I","country_id":"99","client_id":null}`, dev...)
	assert.Equal(t, `{"success":true,"data":{"id":"`+id+`","updated_fields":["status","country_id","client_id","qr_code","birth_date"]}}`, a.Body)
	after := detail(t, s.Do(t, "GET", accounts+"/"+id, "", dev...))
	assert.Equal(t, []any{"North", "I", nil, nil, "1990-01-01"}, []any{after["name"], after["status"], after["country_name"], after["client_name"], after["birth_date"]})
	assert.Equal(t, 1, list(t, s.Do(t, "GET", accounts+"?country_id=99", "", dev...)).Meta.Total)

	// A client that is none, or another company's, is looked for last.
	foreign := list(t, s.Do(t, "GET", clients, "", other...)).Data[0]["id"].(string)
	for _, client := range []string{"1", foreign} {
		for method, path := range map[string]string{"POST": accounts, "PUT": accounts + "/" + id} {
			a = s.Do(t, method, path, `{"name":"X","client_id":"`+client+`"}`, dev...)
			assert.Equal(t, 400, a.Status)
			assert.Equal(t, failure("VALIDATION_ERROR", `"client_id" must be the id of a client`), a.Body)
			assert.Equal(t, "API-55", explain(t, s, a).Violations[0].Rule)
			a = s.Do(t, method, path, `{"name":1,"client_id":"`+client+`"}`, dev...)
			assert.Equal(t, failure("VALIDATION_ERROR", `"name" must be a string`), a.Body)
		}
	}
	for method, body := range map[string]string{"GET": "", "PUT": `{"client_id":"1"}`} {
		a = s.Do(t, method, accounts+"/404", body, dev...)
		assert.Equal(t, 404, a.Status)
		assert.Equal(t, failure("NOT_FOUND", "Account not found."), a.Body)
		assert.Equal(t, 404, s.Do(t, method, accounts+"/"+id, body, other...).Status)
	}
}
