package apidev_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

// Each client counts in the list what its own page holds.
func TestAssociatedAccounts(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-21", "API-12", "API-20", "COM-32")
	s := newQuiet(t)
	counts := map[float64]int{}
	null := map[string]bool{}
	for offset := 0; offset < 100; offset += 50 {
		for _, item := range list(t, s.Do(t, "GET", fmt.Sprintf("%s?limit=50&offset=%d", clients, offset), "", dev...)).Data {
			c := detail(t, s.Do(t, "GET", clients+"/"+item["id"].(string), "", dev...))
			assert.Len(t, c["accounts"], int(item["associated_accounts"].(float64)), item["id"])
			assert.Equal(t, item["associated_accounts"], c["associated_accounts"])
			counts[item["associated_accounts"].(float64)]++
			require.IsType(t, map[string]any{}, c["address"])
			for name, value := range c["address"].(map[string]any) {
				c[name] = value
			}
			for name, value := range c {
				null[name] = null[name] || value == nil
			}
			for name, value := range item {
				assert.Equal(t, value, c[name], name)
			}
		}
	}
	assert.Positive(t, counts[0])
	assert.Positive(t, counts[3])
	assert.Equal(t, map[string]bool{
		"id": false, "name": true, "business_name": true, "email": true, "phone": true, "mobile": true, "image_url": true, "status": true, "document": true,
		"tax_id": true, "external_code": true, "notes": true, "document_type": true, "address": false, "country_id": true, "department_id": true,
		"associated_accounts": false, "accounts": false, "street": true, "door_number": true, "apartment": true, "corner": true, "zip_code": true, "latitude": true, "longitude": true,
	}, null)

	// It follows what is tied to it.
	of := func() (inList, alone float64) {
		l := list(t, s.Do(t, "GET", clients+"?search=acuario", "", dev...))
		require.Len(t, l.Data, 1)
		c := detail(t, s.Do(t, "GET", clients+"/"+l.Data[0]["id"].(string), "", dev...))
		assert.Len(t, c["accounts"], int(c["associated_accounts"].(float64)))
		return l.Data[0]["associated_accounts"].(float64), c["associated_accounts"].(float64)
	}
	id := list(t, s.Do(t, "GET", clients+"?search=acuario", "", dev...)).Data[0]["id"].(string)
	account := idOf(t, s.Do(t, "POST", accounts, `{"name":"Tank","client_id":"`+id+`"}`, dev...))
	inList, alone := of()
	assert.Equal(t, []float64{1, 1}, []float64{inList, alone})
	require.Equal(t, 200, s.Do(t, "PUT", accounts+"/"+account, `{"client_id":null}`, dev...).Status)
	inList, alone = of()
	assert.Equal(t, []float64{0, 0}, []float64{inList, alone})
}

func TestUnknownClients(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-22", "COM-33", "COM-12", "API-S2", "COM-15")
	s := newQuiet(t)
	for _, id := range []string{"1", "nope", regional + "0", "0" + regional, "%00", "%FF", "a%2Fb", "%27%20OR--", "982710394857200005%20"} {
		for method, body := range map[string]string{"GET": "", "PUT": `{"name":"X"}`} {
			a := s.Do(t, method, clients+"/"+id, body, dev...)
			assert.Equal(t, 404, a.Status, id)
			assert.Equal(t, failure("NOT_FOUND", "Client not found."), a.Body)
			assert.Equal(t, "API-22", explain(t, s, a).Violations[0].Rule)
		}
	}
	// Another company has one client of its own, and the two do not see each other's.
	own := list(t, s.Do(t, "GET", clients, "", other...))
	assert.Equal(t, []string{"Distribuidora Ajena"}, own.names())
	id := own.Data[0]["id"].(string)
	assert.Equal(t, 200, s.Do(t, "GET", clients+"/"+id, "", other...).Status)
	for method, body := range map[string]string{"GET": "", "PUT": `{"name":"X"}`} {
		assert.Equal(t, 404, s.Do(t, method, clients+"/"+id, body, dev...).Status)
		assert.Equal(t, 404, s.Do(t, method, clients+"/"+regional, body, other...).Status)
	}
	assert.Equal(t, 0, list(t, s.Do(t, "GET", clients+"?search=ajena", "", dev...)).Meta.Total)
	assert.Empty(t, list(t, s.Do(t, "GET", accounts, "", other...)).Data)
}

// shared are the texts of clients and accounts, and their lengths.
var shared = []struct {
	name string
	most int
}{
	{"name", 200},
	{"external_code", 120},
	{"status", 10},
	{"document", 60},
	{"business_name", 200},
	{"tax_id", 60},
	{"phone", 60},
	{"mobile", 60},
	{"email", 200},
	{"image_url", 500},
	{"street", 200},
	{"door_number", 20},
	{"apartment", 20},
	{"corner", 200},
	{"zip_code", 20},
	{"country_id", 30},
	{"department_id", 30},
	{"notes", 1000},
}

// inAddress says that a member stands in the address of an answer.
func inAddress(name string) bool {
	return slices.Contains([]string{"street", "door_number", "apartment", "corner", "zip_code", "latitude", "longitude"}, name)
}

// shown is the value of a member in an answer.
func (r record) shown(name string) any {
	if inAddress(name) {
		return r["address"].(map[string]any)[name]
	}
	return r[name]
}

// Every text at its length, in characters, and one beyond it; every member of another type.
func TestClientMembers(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-50", "API-51", "API-53", "API-54", "API-14", "COM-23")
	s := newQuiet(t)
	id := idOf(t, s.Do(t, "POST", clients, `{"name":"Bounds"}`, dev...))
	for _, m := range shared {
		fits, long := strings.Repeat("😀", m.most), strings.Repeat("ñ", m.most+1)
		body := func(json string) string {
			if m.name == "name" {
				return `{"name":` + json + `}`
			}
			return `{"name":"Bounds","` + m.name + `":` + json + `}`
		}
		made := idOf(t, s.Do(t, "POST", clients, body(`"`+fits+`"`), dev...))
		assert.Equal(t, fits, detail(t, s.Do(t, "GET", clients+"/"+made, "", dev...)).shown(m.name), m.name)
		for json, message := range map[string]string{
			`"` + long + `"`: fmt.Sprintf(`"%s" must be at most %d characters long`, m.name, m.most),
			"7":              fmt.Sprintf(`"%s" must be a string`, m.name),
			"[]":             fmt.Sprintf(`"%s" must be a string`, m.name),
			"false":          fmt.Sprintf(`"%s" must be a string`, m.name),
		} {
			for _, a := range []apptest.Answer{s.Do(t, "POST", clients, body(json), dev...), s.Do(t, "PUT", clients+"/"+id, `{"`+m.name+`":`+json+`}`, dev...)} {
				assert.Equal(t, 400, a.Status)
				assert.Equal(t, failure("VALIDATION_ERROR", message), a.Body)
			}
		}
		if m.name == "name" {
			continue
		}
		for _, empty := range []string{"null", `""`} {
			require.Equal(t, 200, s.Do(t, "PUT", clients+"/"+id, `{"`+m.name+`":"x"}`, dev...).Status)
			assert.Equal(t, "x", detail(t, s.Do(t, "GET", clients+"/"+id, "", dev...)).shown(m.name))
			a := s.Do(t, "PUT", clients+"/"+id, `{"`+m.name+`":`+empty+`}`, dev...)
			assert.Equal(t, `{"success":true,"data":{"id":"`+id+`","updated_fields":["`+m.name+`"]}}`, a.Body)
			assert.Nil(t, detail(t, s.Do(t, "GET", clients+"/"+id, "", dev...)).shown(m.name))
			assert.Nil(t, detail(t, s.Do(t, "GET", clients+"/"+idOf(t, s.Do(t, "POST", clients, body(empty), dev...)), "", dev...)).shown(m.name))
		}
	}
	for json, message := range map[string]string{
		`{}`:                       `"name" is required`,
		`{"name":null}`:            `"name" is required`,
		`{"name":""}`:              `"name" is required`,
		`{"Name":"x"}`:             `"name" is required`,
		`{"notes":1,"name":false}`: `"name" must be a string`,
	} {
		a := s.Do(t, "POST", clients, json, dev...)
		assert.Equal(t, failure("VALIDATION_ERROR", message), a.Body)
		assert.Equal(t, "API-50", explain(t, s, a).Violations[0].Rule)
	}
	for _, json := range []string{`{"name":null}`, `{"name":""}`} {
		assert.Equal(t, failure("VALIDATION_ERROR", `"name" is required`), s.Do(t, "PUT", clients+"/"+id, json, dev...).Body)
	}
}

// Numbers are numbers in requests; a client shows its coordinates as strings.
func TestNumbers(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-50", "API-20", "API-53")
	s := newQuiet(t)
	for sent, shown := range map[string]string{
		"-34.9103": "-34.9103", "0": "0", "-0.5": "-0.5", "1e2": "100", "12.50": "12.5", "1e-3": "0.001", "9007199254740991": "9007199254740991",
	} {
		id := idOf(t, s.Do(t, "POST", clients, `{"name":"N","latitude":`+sent+`,"longitude":`+sent+`,"document_type":`+sent+`}`, dev...))
		a := s.Do(t, "GET", clients+"/"+id, "", dev...)
		assert.Contains(t, a.Body, `"document_type":`+shown+`,"address":{"street":null,"door_number":null,"apartment":null,"corner":null,"zip_code":null,"latitude":"`+shown+`","longitude":"`+shown+`"}`)
		require.Equal(t, 200, s.Do(t, "PUT", clients+"/"+id, `{"latitude":null,"longitude":null,"document_type":null}`, dev...).Status)
		assert.Contains(t, s.Do(t, "GET", clients+"/"+id, "", dev...).Body, `"document_type":null,"address":{"street":null,"door_number":null,"apartment":null,"corner":null,"zip_code":null,"latitude":null,"longitude":null}`)
	}
	for _, name := range []string{"document_type", "latitude", "longitude"} {
		for _, sent := range []string{`"-34.9"`, `""`, `true`, `[1]`, `1e999`} {
			want := failure("VALIDATION_ERROR", `"`+name+`" must be a number`)
			assert.Equal(t, want, s.Do(t, "POST", clients, `{"name":"N","`+name+`":`+sent+`}`, dev...).Body)
			assert.Equal(t, want, s.Do(t, "PUT", clients+"/"+regional, `{"`+name+`":`+sent+`}`, dev...).Body)
		}
	}
}

func TestCreateClient(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-50", "API-54", "COM-24", "COM-31")
	s := newQuiet(t)
	a := s.Do(t, "POST", clients, `{"name":"Least","id":"1","nickname":"x"}`, dev...)
	id := idOf(t, a)
	assert.Equal(t, `{"success":true,"data":{"id":"`+id+`"}}`, a.Body)
	assert.Equal(t, []string{"id", "nickname"}, journalled(t, s, a).Unread)
	assert.Equal(t, `{"success":true,"data":{"id":"`+id+`","name":"Least","business_name":null,"email":null,"phone":null,"mobile":null,"image_url":null,"status":null,"document":null,"tax_id":null,"external_code":null,"notes":null,"document_type":null,`+
		`"address":{"street":null,"door_number":null,"apartment":null,"corner":null,"zip_code":null,"latitude":null,"longitude":null},"country_id":null,"department_id":null,"associated_accounts":0,"accounts":[]},"meta":{}}`,
		s.Do(t, "GET", clients+"/"+id, "", dev...).Body)
	assert.NotEqual(t, id, idOf(t, s.Do(t, "POST", clients, `{"name":"Least"}`, append(dev, "Idempotency-Key: 1")...)), "nothing is unique")
	// The first that is wrong is answered, in the published order; the journal has all.
	a = s.Do(t, "POST", clients, `{"longitude":"x","notes":1,"external_code":[],"status":"`+strings.Repeat("A", 11)+`"}`, dev...)
	assert.Equal(t, failure("VALIDATION_ERROR", `"name" is required`), a.Body)
	var members []string
	for _, v := range explain(t, s, a).Violations {
		members = append(members, v.Member)
	}
	assert.Equal(t, []string{"name", "external_code", "status", "notes", "longitude"}, members)
}

func TestUpdateClient(t *testing.T) {
	t.Parallel()
	s := newQuiet(t)
	for _, test := range []struct {
		id, name, body string
		fields         string
		message        string
	}{
		{"API-51", "one member", `{"email":"new@example.com"}`, `"email"`, ""},
		{"API-51", "an address is flat", `{"street":"Rincón","longitude":-56.2}`, `"street","longitude"`, ""},
		{"API-51", "null clears", `{"phone":null}`, `"phone"`, ""},
		{"API-54", "in the published order", `{"longitude":1,"notes":"n","name":"N","status":"I"}`, `"name","status","notes","longitude"`, ""},
		{"API-54", "the same value", `{"status":"A"}`, `"status"`, ""},
		{"API-51", "nothing", `{}`, ``, ""},
		{"API-51", "unknown members", `{"nickname":"x","address":{"street":"y"},"associated_accounts":9,"accounts":[]}`, ``, ""},
		{"API-51", "an id", `{"name":"N","id":"` + regional + `"}`, "", `"id" is not allowed`},
		{"API-51", "an id that is null", `{"id":null}`, "", `"id" is not allowed`},
		{"API-51", "an id comes first", `{"name":1,"id":1}`, "", `"id" is not allowed`},
	} {
		t.Run(test.id+" "+test.name, func(t *testing.T) {
			t.Parallel()
			headers := in("u-" + strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(test.name), " ", "-"), "'", ""))
			before := detail(t, s.Do(t, "GET", clients+"/"+regional, "", headers...))
			a := s.Do(t, "PUT", clients+"/"+regional, test.body, headers...)
			after := detail(t, s.Do(t, "GET", clients+"/"+regional, "", headers...))
			if test.message != "" {
				assert.Equal(t, 400, a.Status)
				assert.Equal(t, failure("VALIDATION_ERROR", test.message), a.Body)
				assert.Equal(t, "API-51", explain(t, s, a).Violations[0].Rule)
				assert.Equal(t, before, after)
				return
			}
			assert.Equal(t, 200, a.Status)
			assert.Equal(t, `{"success":true,"data":{"id":"`+regional+`","updated_fields":[`+test.fields+`]}}`, a.Body)
			for name := range after {
				if !strings.Contains(test.fields, name) && name != "address" {
					assert.Equal(t, before[name], after[name], name)
				}
			}
			if test.name == "an address is flat" {
				address := before["address"].(map[string]any)
				address["street"], address["longitude"] = "Rincón", "-56.2"
				assert.Equal(t, address, after["address"])
			}
			if test.name == "null clears" {
				assert.Nil(t, after["phone"])
			}
			if test.name == "one member" {
				assert.Equal(t, "new@example.com", after["email"])
			}
		})
	}
}
