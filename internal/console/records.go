package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/seed-0f456478/sandbox/internal/control/client"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// rowsShown is how many records a page of a collection shows.
const rowsShown = 25

// records is what the page of a collection shows.
type records struct {
	client.Collection
	Key, Alias string // the members that name a record
	Search     string
	Total      int
	Page       int // from 1
	Pages      int
	Columns    []string
	Rows       []record
	Owned      bool   // there are records of another owner than the API's first
	Sample     string // of a record to add
}

// record is one, in the order of its members.
type record struct {
	Members []member
	Key     string
	Alias   string
	Owner   string // "" for the API's first
	JSON    string
}

// member of a record: its name and its value as text, or as JSON where it has parts.
type member struct {
	Name, Value string
	Scalar      bool // a text, a number, true or false
	quoted      bool
}

// Get is the value of a member, or "".
func (r record) Get(name string) string {
	for _, m := range r.Members {
		if m.Name == name {
			return m.Value
		}
	}
	return ""
}

func (r record) scalar(name string) bool {
	return slices.ContainsFunc(r.Members, func(m member) bool { return m.Name == name && m.Scalar })
}

// Link is the record's address below its collection's.
func (r record) Link(v *visit, of client.Collection) string {
	link := v.At("data", of.API, of.Name, r.Key)
	if r.Owner != "" {
		link += "?owner=" + url.QueryEscape(r.Owner)
	}
	return link
}

// readRecord reads a record, whose members keep their order.
func readRecord(text []byte, key, alias string) (r record, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if _, err = decoder.Token(); err != nil {
		return r, err
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return r, err
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return r, err
		}
		m := member{Name: fmt.Sprint(name), Value: string(value)}
		switch value[0] {
		case '{', '[':
		case 'n':
			m.Value = ""
		case '"':
			m.Scalar, m.quoted = true, true
			if err := json.Unmarshal(value, &m.Value); err != nil {
				return r, err
			}
		default:
			m.Scalar = true
		}
		r.Members = append(r.Members, m)
	}
	r.Key, r.Owner, r.JSON = r.Get(key), r.Get("_owner"), pretty(string(text))
	if alias != "" {
		r.Alias = r.Get(alias)
	}
	return r, nil
}

// asked is the collection that the address names.
func (v *visit) asked() client.Collection {
	return client.Collection{API: v.Param("api"), Name: v.Param("collection")}
}

func (c *console) collection(v *visit) (any, error) {
	asked := v.Request.URL.Query()
	r := records{Collection: v.asked(), Search: asked.Get("q"), Page: 1}
	if n, err := strconv.Atoi(asked.Get("page")); err == nil {
		r.Page = min(max(n, 1), 1_000_000)
	}
	found, err := v.API.Records(v, v.Workspace, r.Collection, r.Search, (r.Page-1)*rowsShown, rowsShown)
	if err != nil {
		return nil, err
	}
	r.Key, r.Alias, r.Total, r.Pages = found.Key, found.Alias, found.Total, max(1, (found.Total+rowsShown-1)/rowsShown)
	for _, text := range found.Records {
		one, err := readRecord(text, r.Key, r.Alias)
		if err != nil {
			return nil, err
		}
		r.Owned = r.Owned || one.Owner != ""
		r.Rows = append(r.Rows, one)
	}
	r.Columns = columns(r.Rows, r.Key, r.Alias)
	r.Sample = sample(r.Rows, r.Key, r.Alias)
	return r, nil
}

// Link is the address of another page of the same search.
func (r records) Link(v *visit, page int) string {
	query := url.Values{"page": {strconv.Itoa(page)}}
	if r.Search != "" {
		query.Set("q", r.Search)
	}
	return v.At("data", r.API, r.Name) + "?" + query.Encode()
}

// Earlier is the page before, or 0.
func (r records) Earlier() int { return min(r.Page-1, r.Pages) }

// Later is the next page, or 0.
func (r records) Later() int {
	if r.Page >= r.Pages {
		return 0
	}
	return r.Page + 1
}

// The bounds of a table's columns, in characters: of one, and of all beside those that name a record.
const (
	widest  = 40
	widests = 90
)

// columns are the members that a table shows: those that name a record, and of those that most records have, and that
// are short, as many as there is room for; first those that differ.
func columns(rows []record, key, alias string) []string {
	shown := slices.DeleteFunc([]string{key, alias}, func(name string) bool { return name == "" })
	var differing, alike []string
	width := map[string]int{}
	for _, name := range memberNames(rows) {
		if strings.HasPrefix(name, "_") || slices.Contains(shown, name) {
			continue
		}
		values, have := map[string]bool{}, 0
		for _, r := range rows {
			if value, scalar := r.Get(name), r.scalar(name); value != "" {
				values[value], have = true, have+1
				width[name] = max(width[name], len(name), utf8.RuneCountInString(value))
				if !scalar {
					width[name] = widest + 1
				}
			}
		}
		switch {
		case width[name] > widest || 2*have <= len(rows):
		case len(values) > 1:
			differing = append(differing, name)
		default:
			alike = append(alike, name)
		}
	}
	room := widests
	for _, name := range append(differing, alike...) {
		if room -= width[name]; room < 0 {
			break
		}
		shown = append(shown, name)
	}
	return shown
}

// memberNames are all that the records have, in their order.
func memberNames(rows []record) []string {
	var all []string
	for _, r := range rows {
		for _, m := range r.Members {
			if !slices.Contains(all, m.Name) {
				all = append(all, m.Name)
			}
		}
	}
	return all
}

// sample is a record to begin with: the first one's members but for those that tell records apart, which are those that
// name it, those that only fixtures have, and those that hold another number in every record.
func sample(rows []record, key, alias string) string {
	members := []string{}
	for _, m := range first(rows).Members {
		if strings.HasPrefix(m.Name, "_") && m.Name != "_owner" || m.Value == "" || m.Name == alias || m.Name == key && len(first(rows).Members) > 2 || identifies(rows, m) {
			continue
		}
		value := m.Value
		if m.quoted {
			text, _ := json.Marshal(m.Value) // a string can be written
			value = string(text)
		}
		name, _ := json.Marshal(m.Name)
		members = append(members, string(name)+":"+value)
	}
	return pretty("{" + strings.Join(members, ",") + "}")
}

func first(rows []record) record {
	if len(rows) == 0 {
		return record{}
	}
	return rows[0]
}

// identifies says that a member is a long number, and another one in every record.
func identifies(rows []record, m member) bool {
	if len(m.Value) < 10 || strings.Trim(m.Value, "0123456789") != "" {
		return false
	}
	seen := map[string]bool{}
	for _, r := range rows {
		value := r.Get(m.Name)
		if value != "" && seen[value] {
			return false
		}
		seen[value] = true
	}
	return true
}

// addRecord adds a record as a fixture does: it gets a key of its own where it has none.
func addRecord(v *visit) (next string, err error) {
	of, text := v.asked(), []byte(v.Form.Get("record"))
	if !json.Valid(text) {
		return "", errNotJSON(text)
	}
	fixture, err := json.Marshal(map[string]any{of.API: map[string]any{of.Name: []json.RawMessage{text}}})
	if err != nil {
		return "", err
	}
	loaded, err := v.API.AddFixture(v, v.Workspace, fixture)
	v.Told = loaded
	return "", err
}

// errNotJSON says where a text ceases to be JSON.
func errNotJSON(text []byte) error {
	err := json.Unmarshal(text, new(any))
	wrong := new(json.SyntaxError)
	if errors.As(err, &wrong) {
		line := 1 + bytes.Count(text[:min(int(wrong.Offset), len(text))], []byte("\n"))
		return fmt.Errorf("line %d: this is not JSON: %w", line, err)
	}
	return fmt.Errorf("this is not JSON: %w", err)
}

// shownRecord is what the page of a record shows.
type shownRecord struct {
	client.Collection
	record
	KeyName string
}

func (c *console) record(v *visit) (any, error) {
	r := shownRecord{Collection: v.asked()}
	text, err := v.API.Record(v, v.Workspace, r.Collection, v.owner(), v.Param("key"))
	if err != nil {
		return nil, err
	}
	names, err := v.API.Records(v, v.Workspace, r.Collection, "", 0, 1)
	if err != nil {
		return nil, err
	}
	r.KeyName = names.Key
	r.record, err = readRecord(text, names.Key, names.Alias)
	return r, err
}

func (v *visit) owner() string { return v.Request.URL.Query().Get("owner") }

func saveRecord(v *visit) (next string, err error) {
	text := []byte(v.Form.Get("record"))
	if !json.Valid(text) {
		return "", errNotJSON(text)
	}
	var loaded workspace.Loaded
	if loaded, err = v.API.PutRecord(v, v.Workspace, v.asked(), v.Param("key"), text); err != nil {
		return "", err
	}
	r, err := readRecord(text, "", "")
	if err != nil || r.Owner == v.owner() {
		v.Told = loaded
		return "", err
	}
	r.Key = v.Param("key")
	return r.Link(v, v.asked()), nil // it has been set for another owner
}

func deleteRecord(v *visit) (next string, err error) {
	of := v.asked()
	return v.At("data", of.API, of.Name), v.API.DeleteRecord(v, v.Workspace, of, v.owner(), v.Param("key"))
}
