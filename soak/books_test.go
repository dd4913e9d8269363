package soak

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A keeper knows one kind of records: how a client writes them, and where an export shows them. A record has a key that
// the client chooses, and a value that every write changes.
type keeper struct {
	api, collection string
	key             string // the member with the key
	name            func(writer, n int) string
	// value is the record's value in an export.
	value func(r record) string
	// write is the request that gives records a value; of one that is there, id is the API's own name for it.
	write func(keys []string, value, id string) (method, path, body string)
	// wrong is a request that is refused whatever there is.
	wrong func(key string) (method, path, body string)
	batch int // records in a write
}

func email(r record) string { text, _ := r["email"].(string); return text }

func plainName(writer, n int) string { return fmt.Sprintf("soak-%d-%d", writer, n) }

var keepers = []keeper{
	{
		api: "cobrofacil", collection: "clients", key: "external_reference", name: plainName, value: email, batch: 1,
		write: func(keys []string, value, id string) (string, string, string) {
			path := "/cobrofacil/api/v1/clients"
			if id != "" {
				path += "/" + id
			}
			return "POST", path, fmt.Sprintf(`{"external_reference":%q,"first_name":"Eva","last_name":"Sosa","phone_number":"+526640000000","email":%q}`, keys[0], value)
		},
		wrong: func(key string) (string, string, string) {
			return "POST", "/cobrofacil/api/v1/clients", fmt.Sprintf(`{"external_reference":%q,"first_name":"Eva","email":"refused"}`, key)
		},
	},
	{
		api: "subclients", collection: "subclients", key: "alias", batch: 1,
		name:  func(writer, n int) string { return fmt.Sprintf("S%02dX%03d", writer, n) },
		value: email,
		write: func(keys []string, value, id string) (string, string, string) {
			if id != "" { // nothing of it can be changed but its funds, which the conservation of money looks at
				return "POST", "/subclients/clients/fund", fmt.Sprintf(`{"client_id":%q,"amount":1}`, id)
			}
			return "POST", "/subclients/clients", subclient(keys[0], value)
		},
		wrong: func(key string) (string, string, string) {
			return "POST", "/subclients/clients", subclient(key, "refused")
		},
	},
	{
		api: "complycube", collection: "clients", key: "externalId", name: plainName, value: email, batch: 1,
		write: func(keys []string, value, id string) (string, string, string) {
			if id != "" {
				return "POST", "/complycube/v1/clients/" + id, fmt.Sprintf(`{"email":%q}`, value)
			}
			return "POST", "/complycube/v1/clients", fmt.Sprintf(`{"type":"person","externalId":%q,"email":%q,"personDetails":{"firstName":"Eva","lastName":"Sosa"}}`, keys[0], value)
		},
		wrong: func(key string) (string, string, string) {
			return "POST", "/complycube/v1/clients", fmt.Sprintf(`{"type":"person","externalId":%q,"email":"refused"}`, key)
		},
	},
	{
		api: "kobra", collection: "accounts", key: "externalID", name: plainName, batch: 5,
		value: func(r record) string { text, _ := r["name"].(string); return text },
		write: func(keys []string, value, _ string) (string, string, string) {
			return "POST", "/kobra/api/import", accounts(keys, value)
		},
		wrong: func(key string) (string, string, string) { // the first account alone would do
			return "POST", "/kobra/api/import", accounts([]string{key, "soak-" + strings.Repeat("long", 50)}, "refused")
		},
	},
	{
		api: "apidev", collection: "clients", key: "name", name: plainName, value: email, batch: 1,
		write: func(keys []string, value, id string) (string, string, string) {
			body := fmt.Sprintf(`{"name":%q,"email":%q}`, keys[0], value)
			if id != "" {
				return "PUT", "/apidev/v1/clients/" + id, body
			}
			return "POST", "/apidev/v1/clients", body
		},
		wrong: func(key string) (string, string, string) {
			return "POST", "/apidev/v1/clients", fmt.Sprintf(`{"name":%q,"email":7}`, key)
		},
	},
}

func subclient(alias, email string) string {
	return fmt.Sprintf(`{"name":"Subclient","alias":%q,"email":%q,"available":1000,"phone":"5555555555","mobile_phone":"5555555555","rfc":"AAMM900101A11",
		"street":"Uno","ext_street_number":"1","suburb":"Uno","township":"Uno","city":"CDMX","state":"CDMX","postal_code":"55555",
		"contact_name":"Eva","contact_surname":"Sosa","contact_email":"a@example.com","contact_telephone_country_code":"52","contact_telephone":"5555555555",
		"contact_mobile_phone_country_code":"52","contact_mobile_phone":"5555555555","api_key_name":"soak key","api_key_password":"12345"}`, alias, email)
}

func accounts(keys []string, value string) string {
	type account struct {
		ExternalID   string `json:"externalID"`
		ProductID    int    `json:"productID"`
		CurrencyCode string `json:"currencyCode"`
		Name         string `json:"name"`
		FirstSurname string `json:"firstSurname"`
	}
	all := make([]account, len(keys))
	for i, key := range keys {
		all[i] = account{key, 1, "MX", value, "Sosa"}
	}
	body, err := json.Marshal(map[string]any{"importTypeID": 1, "accounts": all})
	if err != nil {
		panic(err)
	}
	return string(body)
}

// books are what clients know of the records of one kind: the value that was acknowledged last, "" for none, and of writes
// without an answer what there may be instead.
type books struct {
	keeper
	mu     sync.Mutex
	values map[string]string
	ids    map[string]string
	doubts []doubt
	serial int
	funds  int // acknowledged, of 1 each
	unsure int // without an answer
}

type doubt struct {
	keys []string
	new  string
}

// tally counts what clients were told.
type tally struct {
	mu                             sync.Mutex
	acknowledged, refused, unknown int
}

func (c *tally) add(to *int) {
	c.mu.Lock()
	*to++
	c.mu.Unlock()
}

func (b *books) next() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.serial++
	return fmt.Sprintf("v%d@example.com", b.serial)
}

// write changes records of a writer, adds one, or tries what is refused. It returns false when the program has gone.
func (b *books) write(t *testing.T, p *program, random *rand.Rand, writer int, count *tally) bool {
	t.Helper()
	n := random.IntN(8) * b.batch
	keys := make([]string, b.batch)
	for i := range keys {
		keys[i] = b.name(writer, n+i)
	}
	value := b.next()
	b.mu.Lock()
	id := b.ids[keys[0]]
	b.mu.Unlock()
	method, path, body := b.keeper.write(keys, value, id)
	funds, refusal := strings.HasSuffix(path, "/fund"), random.IntN(5) == 0
	if refusal {
		method, path, body = b.wrong(keys[0])
	}
	status, answer, err := p.send(method, path, body)
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err != nil:
		count.add(&count.unknown)
		switch {
		case refusal:
		case funds:
			b.unsure++
		default:
			b.doubts = append(b.doubts, doubt{keys, value})
		}
		return false
	case refusal:
		count.add(&count.refused)
		assert.True(t, 400 <= status && status < 500, "%s %s: %d %s", method, path, status, answer)
	case !assert.True(t, status == 200 || status == 201, "%s %s: %d %s", method, path, status, answer):
	case funds:
		count.add(&count.acknowledged)
		b.funds++
	default:
		count.add(&count.acknowledged)
		for _, key := range keys {
			b.values[key] = value
		}
		if id == "" {
			b.ids[keys[0]] = idIn(b.api, keys[0], answer)
		}
	}
	return true
}

// idIn is the name by which the API takes a record's change, from the answer to its creation.
func idIn(api, key string, answer []byte) string {
	var a struct {
		ID   string
		Data struct {
			ID        string
			Subclient struct{ ID string }
		}
	}
	_ = json.Unmarshal(answer, &a) // what has no id keeps none
	return map[string]string{"cobrofacil": key, "subclients": a.Data.Subclient.ID, "complycube": a.ID, "apidev": a.Data.ID}[api]
}

// ours are the keys that the tests choose.
var ours = regexp.MustCompile(`^(soak-|S\d\dX)`)

// compare holds the books against what the program shows, and takes over what became of writes without an answer.
func (b *books) compare(t *testing.T, exported []record) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	there, ids := map[string]string{}, map[string]string{}
	funded := 0
	for _, r := range exported {
		key, _ := r[b.key].(string)
		if ours.MatchString(key) {
			assert.NotContains(t, there, key, "%s: a second record of a key", b.api)
			there[key] = b.value(r)
			ids[key], _ = r["id"].(string)
			if available, ok := r["available"].(float64); ok {
				funded += int(available) - 1000
			}
		}
	}
	for _, d := range b.doubts {
		written := 0
		for _, key := range d.keys {
			if there[key] == d.new {
				written++
				b.values[key] = d.new
			}
		}
		assert.True(t, written == 0 || written == len(d.keys), "%s: %d of the %d records of one write", b.api, written, len(d.keys))
	}
	b.doubts = nil
	for key, value := range b.values {
		assert.Equal(t, value, there[key], "%s: %s was acknowledged", b.api, key)
	}
	for _, key := range slices.Sorted(maps.Keys(there)) {
		assert.Contains(t, b.values, key, "%s: nobody wrote it so that it was taken", b.api)
		if b.batch == 1 {
			b.ids[key] = ids[key]
		}
		if b.api == "cobrofacil" {
			b.ids[key] = key
		}
	}
	if b.api == "subclients" {
		assert.True(t, b.funds <= funded && funded <= b.funds+b.unsure, "%d fundings were acknowledged and %d unknown, and there are %d", b.funds, b.unsure, funded)
		b.funds, b.unsure = funded, 0
	}
}

func newBooks() []*books {
	all := make([]*books, len(keepers))
	for i, k := range keepers {
		all[i] = &books{keeper: k, values: map[string]string{}, ids: map[string]string{}}
	}
	return all
}

func compareAll(t *testing.T, p *program, all []*books) {
	t.Helper()
	exported := p.export(t, "default")
	for _, b := range all {
		require.Contains(t, exported, b.api)
		b.compare(t, exported[b.api][b.collection])
	}
}
