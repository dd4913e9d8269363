package apidev_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

// Parameters at both sides of their bounds, and what a list answers to each.
func TestParameters(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-10", "API-11")
	s := newQuiet(t)
	const (
		limit  = `"limit" must be a number between 1 and 100`
		offset = `"offset" must be a number greater than or equal to 0`
		long   = "\"status\" must be at most 10 characters long"
	)
	all := list(t, s.Do(t, "GET", clients, "", dev...)).Meta.Total
	assert.GreaterOrEqual(t, all, 60)
	for _, test := range []struct {
		id, query     string
		limit, offset int // of the answer, or
		message       string
	}{
		{"API-10", "", 25, 0, ""},
		{"API-10", "limit=1", 1, 0, ""},
		{"API-10", "limit=100", 100, 0, ""},
		{"API-10", "limit=100&offset=60", 100, 60, ""},
		{"API-11", "offset=1000", 25, 1000, ""},
		{"API-11", "limit=007&offset=00", 7, 0, ""},
		{"API-11", "offset=9223372036854775807", 25, 9223372036854775807, ""},
		{"API-14", "limit=0", 0, 0, limit},
		{"API-14", "limit=101", 0, 0, limit},
		{"API-14", "limit=-1", 0, 0, limit},
		{"API-14", "limit=1.5", 0, 0, limit},
		{"API-14", "limit=1e1", 0, 0, limit},
		{"API-14", "limit=%2B5", 0, 0, limit},
		{"API-14", "limit=+5", 0, 0, limit},
		{"API-14", "limit=5%20", 0, 0, limit},
		{"API-14", "limit=%D9%A5", 0, 0, limit}, // an Arabic five
		{"API-14", "limit=ten", 0, 0, limit},
		{"API-14", "limit=", 0, 0, limit},
		{"API-14", "limit", 0, 0, limit},
		{"API-14", "limit=5&limit=5", 0, 0, limit},
		{"API-14", "limit=99999999999999999999", 0, 0, limit},
		{"API-14", "offset=-1", 0, 0, offset},
		{"API-14", "offset=", 0, 0, offset},
		{"API-14", "offset=x", 0, 0, offset},
		{"API-14", "offset=0&offset=0", 0, 0, offset},
		{"API-15", "offset=9223372036854775808", 0, 0, offset},
		{"API-10", "status=" + strings.Repeat("%C3%B1", 10), 25, 0, ""},
		{"API-14", "status=" + strings.Repeat("%C3%B1", 11), 0, 0, long},
		{"API-10", "search=" + strings.Repeat("%F0%9F%98%80", 120), 25, 0, ""},
		{"API-14", "search=" + strings.Repeat("a", 121), 0, 0, `"search" must be at most 120 characters long`},
		{"API-15", "status=A&status=A", 0, 0, `"status" must be a string`},
		{"API-15", "search=a&search=b", 0, 0, `"search" must be a string`},
		{"COM-33", "search=a%00b", 0, 0, `"search" must be a string`},
		{"COM-33", "status=%FF", 0, 0, `"status" must be a string`},
		{"COM-33", "limit=1%00", 0, 0, limit},
		{"API-14", "limit=0&offset=x&search=" + strings.Repeat("a", 121) + "&status=" + strings.Repeat("A", 11), 0, 0, long},
		{"API-14", "offset=x&limit=0", 0, 0, limit},
		{"COM-24", "page=2&Limit=3", 25, 0, ""},
	} {
		t.Run(test.id+" "+test.query, func(t *testing.T) {
			t.Parallel()
			a := s.Do(t, "GET", clients+"?"+test.query, "", dev...)
			if test.message != "" {
				assert.Equal(t, 400, a.Status)
				assert.Equal(t, failure("VALIDATION_ERROR", test.message), a.Body)
				return
			}
			l := list(t, a)
			assert.Equal(t, []int{test.limit, test.offset}, []int{l.Meta.Limit, l.Meta.Offset})
			if !strings.Contains(test.query, "s") || strings.HasPrefix(test.query, "offset") {
				assert.Equal(t, all, l.Meta.Total, "before paging")
				assert.Len(t, l.Data, max(0, min(test.limit, all-test.offset)))
			}
		})
	}
	// The journal has every parameter that is wrong, and those that nobody reads.
	e := explain(t, s, s.Do(t, "GET", clients+"?limit=0&offset=x&page=2", "", dev...))
	require.Len(t, e.Violations, 2)
	assert.Equal(t, []any{"limit", "0", "API-14"}, []any{e.Violations[0].Member, e.Violations[0].Value, e.Violations[0].Rule})
	assert.Equal(t, "offset", e.Violations[1].Member)
	assert.Equal(t, []string{"?page"}, e.Unread)
}

func TestSearch(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-S1")
	s := newQuiet(t)
	for _, body := range []string{
		`{"name":"100% Pure_Oil\\Gas","email":"pure@oil.example.com"}`,
		`{"name":"Straße 9","phone":"+598 99 1","document":"DOC-77","tax_id":"TAX-88","external_code":"EXT-99"}`,
		`{"name":"One","business_name":"Line\nBreak","mobile":"+5550001","notes":"a hidden word"}`,
		`{"name":"Ａｃｍｅ ΣΊΣΥΦΟΣ İzmir"}`,
		`{"name":"an ` + "n\u0303" + `andu"}`,
	} {
		idOf(t, s.Do(t, "POST", clients, body, dev...))
	}
	for _, test := range []struct {
		id, query string
		total     int
		first     string
	}{
		{"API-13", "status=A&search=regional", 23, "Regional Distributors"},
		{"API-13", "status=A&search=REGIONAL", 23, "Regional Distributors"},
		{"API-13", "status=A&search=r%C3%A9gion%C3%A1l", 23, "Regional Distributors"},
		{"API-13", "search=regional", 27, "Regional Distributors"},
		{"API-13", "status=I&search=regional", 3, "Agencia Regional de Viajes"},
		{"API-13", "status=a&search=regional", 0, ""},
		{"API-13", "status=%25", 0, ""},
		{"API-13", "status=&search=", 72, "Regional Distributors"},
		{"API-13", "search=nandu", 2, "Distribuidora Regional Ñandú"},
		{"API-13", "search=%C3%91AND%C3%9A", 2, "Distribuidora Regional Ñandú"},
		{"API-13", "search=n%CC%83andu", 2, "Distribuidora Regional Ñandú"},
		{"API-13", "search=mu%C3%B1oz", 1, "Ana Muñoz Ibáñez"},
		{"API-13", "search=distributors+s.a.", 1, "Regional Distributors"}, // business_name
		{"API-13", "search=info@regionaldist", 1, "Regional Distributors"}, // email
		{"API-13", "search=59821009876", 1, "Regional Distributors"},       // phone
		{"API-13", "search=219900005018", 1, "Regional Distributors"},      // tax_id
		{"API-13", "search=doc-77", 1, "Straße 9"},                         // document
		{"API-13", "search=ext-99", 1, "Straße 9"},                         // external_code
		{"API-13", "search=strasse", 1, "Straße 9"},
		{"API-13", "search=5550001", 0, ""}, // mobile is not searched
		{"API-13", "search=hidden+word", 0, ""},
		{"API-13", "search=" + regional, 0, ""}, // nor the id
		{"API-13", "search=100%25", 2, "Depósito 100% Frío"},
		{"API-13", "search=%25", 2, "Depósito 100% Frío"},
		{"API-13", "search=_", 2, "Gomería La_Rueda"},
		{"API-13", "search=%5C", 1, `100% Pure_Oil\Gas`},
		{"API-13", "search=pure_oil%5Cgas", 1, `100% Pure_Oil\Gas`},
		{"API-13", "search=pure%25gas", 0, ""},
		{"API-13", "search=%27+OR+1%3D1--", 0, ""},
		{"API-13", "search=line%0Abreak", 1, "One"},
		{"API-13", "search=gas%0Apure", 0, ""}, // the end of one member and the start of the next
		{"API-13", "search=gas+pure", 0, ""},
		{"API-13", "search=%CF%83%CE%AF%CF%83%CF%85%CF%86%CE%BF%CF%82", 1, "Ａｃｍｅ ΣΊΣΥΦΟΣ İzmir"},
		{"API-13", "search=izmir", 1, "Ａｃｍｅ ΣΊΣΥΦΟΣ İzmir"},
	} {
		t.Run(test.query, func(t *testing.T) {
			t.Parallel()
			l := list(t, s.Do(t, "GET", clients+"?"+test.query, "", dev...))
			assert.Equal(t, test.total, l.Meta.Total)
			if test.first != "" {
				require.NotEmpty(t, l.Data)
				assert.Equal(t, test.first, l.names()[0])
			}
		})
	}
	// What an update changes is found by its new value, and by the old one no more.
	id := idOf(t, s.Do(t, "POST", clients, `{"name":"Before"}`, dev...))
	require.Equal(t, 200, s.Do(t, "PUT", clients+"/"+id, `{"name":"Después"}`, dev...).Status)
	assert.Equal(t, 0, list(t, s.Do(t, "GET", clients+"?search=before", "", dev...)).Meta.Total)
	assert.Equal(t, []string{"Después"}, list(t, s.Do(t, "GET", clients+"?search=despues", "", dev...)).names())
}

// Pages follow each other without a gap, oldest first, also where many are created at one instant; an id of fewer digits
// does not come before a longer one, nor after it.
func TestOrder(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "API-13", "API-23", "API-11")
	s := newQuiet(t)
	var created []string
	for i := range 12 {
		created = append(created, idOf(t, s.Do(t, "POST", clients, fmt.Sprintf(`{"name":"order %d"}`, i), dev...)))
	}
	require.Equal(t, 200, s.Do(t, "PUT", clients+"/"+created[3], `{"name":"order changed"}`, dev...).Status, "an update keeps its place")
	assert.Len(t, slices.Compact(slices.Sorted(slices.Values(created))), 12)
	var paged []string
	for offset := 0; offset < 15; offset += 5 {
		l := list(t, s.Do(t, "GET", fmt.Sprintf("%s?search=order&limit=5&offset=%d", clients, offset), "", dev...))
		assert.Equal(t, 12, l.Meta.Total)
		for _, c := range l.Data {
			paged = append(paged, c["id"].(string))
		}
	}
	assert.Equal(t, created, paged)
	for _, id := range created {
		assert.Regexp(t, `^[0-9]{18}$`, id)
	}
	first := list(t, s.Do(t, "GET", clients+"?limit=1", "", dev...))
	assert.Equal(t, regional, first.Data[0]["id"])
	last := list(t, s.Do(t, "GET", clients+"?offset=77&limit=1", "", dev...))
	assert.Equal(t, "order 11", last.names()[0])
}
