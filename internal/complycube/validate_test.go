package complycube_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

func TestInvalid(t *testing.T) {
	t.Parallel()
	s := unlimited(t)
	provided := func(member string) string { return "'" + member + "' must be provided" }
	isString := func(member string) string { return "'" + member + "' should be string" }
	isObject := func(member string) string { return "'" + member + "' should be object" }
	isDate := func(member string) string { return "'" + member + `' should match format "date"` }
	country := func(member string) string { return "'" + member + `' should match format "ISO 3166-1 alpha-2"` }
	const (
		email   = `'email' should match format "email"`
		kinds   = "'type' should be equal to one of the allowed values:person, company"
		genders = "'gender' should be equal to one of the allowed values:male, female, other"
		forms   = "'incorporationType' should be equal to one of the allowed values:sole_proprietorship, private_limited_company, public_limited_company, limited_partnership, holding_company, non_government_organisation, statutory_company, subsidiary_company, unlimited_partnership, charitable_incorporated_organisation, chartered_company"
		amended = "'type' cannot be amended"
	)
	update := clients + "/" + jane
	of := func(details, members string) string { // a creation with such details
		kind := strings.TrimSuffix(details, "Details")
		required := map[string]string{"person": `"firstName":"A","lastName":"B"`, "company": `"name":"N"`}[kind]
		return fmt.Sprintf(`{"type":%q,"email":"e@example.com",%q:{%s,%s}}`, kind, details, required, members)
	}
	for _, test := range []struct{ id, path, body, param, message string }{
		{"CC-30", clients, `{}`, "type", provided("type")},
		{"CC-30", clients, `{"type":null,"email":"e@example.com"}`, "type", provided("type")},
		{"CC-30", clients, `{"type":"","email":"e@example.com"}`, "type", provided("type")},
		{"CC-41", clients, `{"type":1}`, "type", isString("type")},
		{"CC-30", clients, `{"type":"Person","email":"e@example.com"}`, "type", kinds},
		{"CC-30", clients, `{"type":"person","personDetails":{"firstName":"A","lastName":"B"}}`, "email", provided("email")},
		{"CC-30", clients, `{"type":"person","email":"e@example.com"}`, "personDetails", "'personDetails' must be provided when client type is `person`"},
		{"CC-30", clients, `{"type":"person","email":"e@example.com","personDetails":null}`, "personDetails", "'personDetails' must be provided when client type is `person`"},
		{"CC-30", clients, `{"type":"company","email":"e@example.com","personDetails":{"firstName":"A","lastName":"B"}}`, "companyDetails", "'companyDetails' must be provided when client type is `company`"},
		{"CC-25", clients, `{"type":"person","email":"e@example.com","personDetails":{"lastName":"B"}}`, "personDetails.firstName", provided("firstName")},
		{"CC-25", clients, `{"type":"person","email":"e@example.com","personDetails":{"firstName":"B"}}`, "personDetails.lastName", provided("lastName")},
		{"CC-25", clients, `{"type":"company","email":"e@example.com","companyDetails":{}}`, "companyDetails.name", provided("name")},
		{"CC-26", clients, with(eva, `"companyDetails":null`), "companyDetails", isObject("companyDetails")},
		{"CC-41", clients, with(eva, `"companyDetails":"N"`), "companyDetails", isObject("companyDetails")},
		{"CC-41", clients, `{"type":"person","email":"e@example.com","personDetails":[]}`, "personDetails", isObject("personDetails")},

		{"CC-26", update, `{"email":null}`, "email", provided("email")},
		{"CC-26", update, `{"email":""}`, "email", provided("email")},
		{"CC-41", update, `{"email":{"a":1}}`, "email", isString("email")},
		{"CC-41", update, `{"email":"jane"}`, "email", email},
		{"CC-41", update, `{"email":" jane@example.com"}`, "email", email},
		{"CC-14", update, `{"mobile":12345678910}`, "mobile", isString("mobile")},
		{"CC-14", update, `{"telephone":true}`, "telephone", isString("telephone")},
		{"CC-41", update, `{"externalId":[]}`, "externalId", isString("externalId")},
		{"CC-21", update, `{"joinedDate":20200101}`, "joinedDate", isString("joinedDate")},
		{"CC-21", update, `{"joinedDate":"2020-1-1"}`, "joinedDate", isDate("joinedDate")},
		{"CC-29", update, `{"joinedDate":"2020-01-01T00:00:00Z"}`, "joinedDate", isDate("joinedDate")},
		{"CC-21", update, `{"joinedDate":"2023-02-29"}`, "joinedDate", isDate("joinedDate")},
		{"CC-26", update, `{"personDetails":null}`, "personDetails", isObject("personDetails")},
		{"CC-26", update, `{"companyDetails":null}`, "companyDetails", isObject("companyDetails")},
		{"CC-26", update, `{"personDetails":{"firstName":null}}`, "personDetails.firstName", provided("firstName")},
		{"CC-25", update, `{"personDetails":{"lastName":""}}`, "personDetails.lastName", provided("lastName")},
		{"CC-41", update, `{"personDetails":{"firstName":1}}`, "personDetails.firstName", isString("firstName")},
		{"CC-41", update, `{"personDetails":{"dob":"1995-20-12"}}`, "personDetails.dob", isDate("dob")},
		{"CC-41", update, `{"personDetails":{"gender":"Male"}}`, "personDetails.gender", genders},
		{"CC-41", update, `{"personDetails":{"gender":"male female"}}`, "personDetails.gender", genders},
		{"CC-25", update, `{"personDetails":{"nationality":"us"}}`, "personDetails.nationality", country("nationality")},
		{"CC-25", update, `{"personDetails":{"birthCountry":"USA"}}`, "personDetails.birthCountry", country("birthCountry")},
		{"CC-25", clients, of("companyDetails", `"incorporationCountry":"XX"`), "companyDetails.incorporationCountry", country("incorporationCountry")},
		{"CC-25", clients, of("companyDetails", `"incorporationType":"charity"`), "companyDetails.incorporationType", forms},
		{"CC-41", clients, of("companyDetails", `"website":1`), "companyDetails.website", isString("website")},
		{"CC-41", clients, of("companyDetails", `"registrationNumber":1`), "companyDetails.registrationNumber", isString("registrationNumber")},
		{"CC-41", clients, of("personDetails", `"ssn":123456789`), "personDetails.ssn", isString("ssn")},

		{"CC-22", update, `{"type":"company"}`, "type", amended},
		{"CC-22", update, `{"type":"robot"}`, "type", amended},
		{"CC-22", update, `{"type":null}`, "type", amended},
		{"CC-22", update, `{"type":5}`, "type", amended},

		{"CC-24", update, `{"metadata":[]}`, "metadata", isObject("metadata")},
		{"CC-24", update, `{"metadata":"a"}`, "metadata", isObject("metadata")},
		{"CC-24", update, `{"metadata":{"a":"1","b":2}}`, "metadata.b", isString("b")},
		{"CC-24", update, `{"metadata":{"a":null}}`, "metadata.a", isString("a")},
		{"CC-24", update, `{"metadata":{"a":true}}`, "metadata.a", isString("a")},
		{"CC-24", update, `{"metadata":{"a":["1"]}}`, "metadata.a", isString("a")},
		{"CC-24", update, `{"metadata":{"a.b":{"c":"1"}}}`, "metadata.a.b", isString("a.b")},
	} {
		t.Run(test.id+" "+test.body, func(t *testing.T) {
			t.Parallel()
			before := s.Do(t, "GET", clients+"/"+jane, "", key).Body
			total := readList(t, s.Do(t, "GET", clients+"?pageSize=1", "", key)).TotalItems
			a := s.Do(t, "POST", test.path, test.body, key)
			assert.Equal(t, 400, a.Status)
			assert.Equal(t, refused(test.param, test.message), a.Body)
			first := explained(t, s, a).Violations[0]
			assert.Equal(t, []string{test.param, test.message}, []string{first.Member, first.Message})
			assert.NotEmpty(t, first.Passes)
			assert.Equal(t, before, s.Do(t, "GET", clients+"/"+jane, "", key).Body)
			assert.Equal(t, total, readList(t, s.Do(t, "GET", clients+"?pageSize=1", "", key)).TotalItems)
		})
	}
	// What only just passes.
	for _, body := range []string{
		`{"type":"person"}`, `{}`, `{"personDetails":{}}`, `{"joinedDate":"2024-02-29"}`, `{"personDetails":{"gender":"male","nationality":"ZW","birthCountry":"AD"}}`,
		`{"companyDetails":{}}`, `{"companyDetails":{"name":null,"incorporationType":7}}`, `{"mobile":" "}`, `{"email":"ñandú@example.com"}`,
	} {
		assert.Equal(t, 200, s.Do(t, "POST", update, body, key+"@passes").Status, body)
	}
	for _, form := range strings.Split(forms[strings.Index(forms, ":")+1:], ", ") {
		assert.Equal(t, 200, s.Do(t, "POST", clients, of("companyDetails", `"incorporationType":"`+form+`"`), key+"@passes").Status, form)
	}
}

// nest is a body with members like "personDetails.dob:1", those of an object one after the other.
func nest(members []string) string {
	var body strings.Builder
	within := ""
	for i, m := range members {
		path, text, _ := strings.Cut(m, ":")
		object, name, nested := strings.Cut(path, ".")
		if !nested {
			object, name = "", path
		}
		if object != within && within != "" {
			body.WriteString("}")
		}
		if i > 0 {
			body.WriteString(",")
		}
		if object != within && object != "" {
			fmt.Fprintf(&body, "%q:{", object)
		}
		fmt.Fprintf(&body, "%q:%s", name, text)
		within = object
	}
	if within != "" {
		body.WriteString("}")
	}
	return "{" + body.String() + "}"
}

// One violation is answered and all are in the journal, in the same order.
func TestViolationsInTheirOrder(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "CC-40", "CC-41", "COM-25")
	s := unlimited(t)
	plain := []string{"email:1", "mobile:1", "telephone:1", "externalId:1", `joinedDate:"x"`}
	ofPerson := []string{
		"personDetails.firstName:null", "personDetails.middleName:1", `personDetails.lastName:""`, `personDetails.dob:"x"`, `personDetails.gender:"x"`, `personDetails.nationality:"x"`,
		`personDetails.birthCountry:"x"`, "personDetails.ssn:1", "personDetails.socialInsuranceNumber:1", "personDetails.nationalIdentityNumber:1", "personDetails.taxIdentificationNumber:1",
	}
	ofCompany := []string{"companyDetails.name:1", "companyDetails.website:1", "companyDetails.registrationNumber:1", `companyDetails.incorporationCountry:"x"`, `companyDetails.incorporationType:"x"`}
	metadata := []string{"metadata.z:1", "metadata.a:1"} // in the order in which they were sent
	company := read(t, s.Do(t, "POST", clients, acme, key)).ID
	for _, test := range []struct {
		path  string
		wrong []string
	}{
		{clients, slices.Concat([]string{`type:"robot"`}, plain, ofPerson, ofCompany, metadata)},
		{clients + "/" + jane, slices.Concat([]string{`type:"robot"`}, plain, ofPerson, metadata)},
		{clients + "/" + company, slices.Concat([]string{`type:"person"`}, plain, ofCompany, metadata)},
	} {
		var members []string
		for _, m := range test.wrong {
			members = append(members, strings.SplitN(m, ":", 2)[0])
		}
		for i := range test.wrong {
			if test.path == clients && i > 0 {
				break // a creation misses what is left out
			}
			a := s.Do(t, "POST", test.path, nest(test.wrong[i:]), key)
			assert.Equal(t, 400, a.Status)
			assert.Contains(t, a.Body, `,"param":"`+members[i]+`"}`)
			var told []string
			for _, v := range explained(t, s, a).Violations {
				told = append(told, v.Member)
				assert.NotEmpty(t, v.Passes, v.Member)
			}
			assert.Equal(t, members[i:], told)
		}
	}
}

// Every member's bound, at both sides, in characters.
func TestLengths(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "CC-27", "CC-24", "COM-23")
	s := unlimited(t)
	company := read(t, s.Do(t, "POST", clients, acme, key)).ID
	for _, test := range []struct {
		param string
		most  int
	}{
		{"mobile", 200},
		{"telephone", 200},
		{"externalId", 200},
		{"personDetails.firstName", 100},
		{"personDetails.middleName", 100},
		{"personDetails.lastName", 100},
		{"personDetails.ssn", 200},
		{"personDetails.socialInsuranceNumber", 200},
		{"personDetails.nationalIdentityNumber", 200},
		{"personDetails.taxIdentificationNumber", 200},
		{"companyDetails.name", 100},
		{"companyDetails.website", 200},
		{"companyDetails.registrationNumber", 200},
		{"metadata.k", 500},
	} {
		path, body := clients+"/"+jane, `{"NAME":"VALUE"}`
		object, name, nested := strings.Cut(test.param, ".")
		if nested {
			body = `{"` + object + `":` + body + `}`
		} else {
			name = test.param
		}
		if object == "companyDetails" {
			path = clients + "/" + company
		}
		fits := strings.NewReplacer("NAME", name, "VALUE", strings.Repeat("😀", test.most)).Replace(body)
		assert.Equal(t, 200, s.Do(t, "POST", path, fits, key).Status, test.param)
		long := strings.NewReplacer("NAME", name, "VALUE", strings.Repeat("ñ", test.most+1)).Replace(body)
		a := s.Do(t, "POST", path, long, key)
		assert.Equal(t, 400, a.Status, test.param)
		assert.Equal(t, refused(test.param, fmt.Sprintf("'%s' should NOT be longer than %d characters", name, test.most)), a.Body)
	}

	// The label of an address has at most 64 characters, so its host is long.
	address := func(length int) string {
		const label = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		host := strings.Repeat(label, 3)
		return strings.Repeat("e", length-len(host)-len("@.com")+1) + "@" + host + "com"
	}
	assert.Len(t, address(200), 200)
	assert.Equal(t, 200, s.Do(t, "POST", clients+"/"+jane, `{"email":"`+address(200)+`"}`, key).Status)
	a := s.Do(t, "POST", clients+"/"+jane, `{"email":"`+address(201)+`"}`, key)
	assert.Equal(t, refused("email", "'email' should NOT be longer than 200 characters"), a.Body)

	longKey := strings.Repeat("ñ", 41)
	assert.Equal(t, 200, s.Do(t, "POST", clients+"/"+jane, `{"metadata":{"`+longKey[2:]+`":"1"}}`, key).Status)
	a = s.Do(t, "POST", clients+"/"+jane, `{"metadata":{"a":"1","`+longKey+`":"1"}}`, key)
	assert.Equal(t, refused("metadata", "'metadata' should NOT have property names longer than 40 characters"), a.Body)
}

func TestMetadataKeys(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "CC-24")
	pairs := func(n int) string {
		all := make([]string, n)
		for i := range all {
			all[i] = fmt.Sprintf(`"%d":"%d"`, n-i, i) // not sorted
		}
		return "{" + strings.Join(all, ",") + "}"
	}
	for setting, most := range map[string]int{"20": 20, "50": 50} {
		s := unlimited(t, "complycube.metadata_keys", setting)
		a := s.Do(t, "POST", clients+"/"+jane, `{"metadata":`+pairs(most)+`}`, key)
		assert.Contains(t, a.Body, `"metadata":`+pairs(most)+`,"createdAt"`, "in the order that was sent")
		tooMany := refused("metadata", fmt.Sprintf("'metadata' should NOT have more than %d properties", most))
		assert.Equal(t, tooMany, s.Do(t, "POST", clients+"/"+jane, `{"metadata":`+pairs(most+1)+`}`, key).Body)
		assert.Equal(t, tooMany, s.Do(t, "POST", clients, with(eva, `"metadata":`+pairs(most+1)), key).Body)
		assert.Contains(t, s.Do(t, "GET", clients+"/"+jane, "", key).Body, `"metadata":`+pairs(most))

		replaced := read(t, s.Do(t, "POST", clients+"/"+jane, `{"metadata":{"x":"y"}}`, key))
		assert.Equal(t, map[string]string{"x": "y"}, replaced.Metadata, "not merged")
		for _, none := range []string{"null", "{}"} {
			s.Do(t, "POST", clients+"/"+jane, `{"metadata":{"x":"y"}}`, key)
			assert.NotContains(t, s.Do(t, "POST", clients+"/"+jane, `{"metadata":`+none+`}`, key).Body, "metadata")
		}
	}
}
