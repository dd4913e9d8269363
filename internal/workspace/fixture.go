package workspace

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"

	"github.com/seed-0f456478/sandbox/internal/store"
)

// Collection is one kind of record, as fixtures show it: in the partner's own member names, plus members that begin with
// an underscore for what only a fixture can say.
type Collection struct {
	API, Name string
	Key       string                // the member that tells the records of an owner apart
	Alias     string                // another member by which callers may name a record, or ""
	Schema    func() map[string]any // a JSON Schema of a record, for editors
	Rows      string                // where the records lie: what follows FROM in SQL, with the workspace as $1
	// Export returns the workspace's records, each a value for JSON, in an order that stays.
	Export func(v store.View, workspace string) ([]any, error)
	// Import adds a record, a JSON object; one that does not say when it was created, was at the given time. It refuses
	// a record with a *RecordError.
	Import func(tx *Tx, record jsontext.Value, created time.Time) error
	// Delete removes the record of an owner, "" for the API's first, by its key, and says whether there was one.
	Delete func(tx *Tx, owner, key string) (found bool, err error)
}

func (c Collection) String() string { return c.API + "." + c.Name }

// RecordError says what is wrong with a record.
type RecordError struct {
	Member  string // "" for the record as a whole
	Problem string
}

func (e *RecordError) Error() string { return strings.TrimSpace(e.Member + " " + e.Problem) }

// Fixture is a set of records read from YAML or JSON files: one member an API, in it one array a collection; and maybe a
// member workspace with all else that a workspace is. Its zero value is empty.
type Fixture struct {
	unread   []file
	sections []section
	state    *state // nil for none
	content  [][]byte
}

type file struct {
	name    string
	content []byte
}

// section is what a file says of an API, or an array of records in it.
type section struct {
	file string
	name string // cobrofacil, or cobrofacil.clients
	node *yaml.Node
}

// errorf places an error: the file and line, and what stands there.
func (s section) errorf(node *yaml.Node, place, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s: "+format, append([]any{s.file, node.Line, place}, args...)...)
}

// fingerprint tells fixtures apart.
func (f *Fixture) fingerprint() string {
	sum := sha256.New()
	for _, content := range f.content {
		sum.Write(content)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// AddUnread is Add for a file that is known to be right, and to have no member workspace. It is not read before its
// records are needed, and then before all that Add has read.
func (f *Fixture) AddUnread(name string, content []byte) {
	f.unread = append(f.unread, file{name, content})
	f.content = append(f.content, content)
}

// read is the fixture with nothing unread.
func (f *Fixture) read() (*Fixture, error) {
	whole := &Fixture{}
	for _, u := range f.unread {
		if err := whole.Add(u.name, u.content); err != nil {
			return nil, err
		}
	}
	whole.sections = append(whole.sections, f.sections...)
	whole.state = f.state
	return whole, nil
}

// MostValues bounds the values in a fixture, by [Values]. Each takes some 200 bytes until the fixture is loaded, and may
// have been a single one.
const MostValues = 2 << 20

// Values is how many values a file may hold at most: each has a mark before it, and in YAML a member may leave its value out.
func Values(content []byte) int {
	count := func(marks string) (n int) {
		for _, mark := range []byte(marks) {
			n += bytes.Count(content, []byte{mark})
		}
		return n
	}
	if jsontext.Value(content).IsValid() {
		return 1 + count(",:[{")
	}
	return 1 + count("[-") + 2*count(",:{?")
}

// Add reads a file's content into the fixture, behind what is there. It refuses what is not YAML and not of a fixture's
// shape, and names line and member.
func (f *Fixture) Add(file string, content []byte) error {
	if n := Values(content); n > MostValues {
		return fmt.Errorf("%s: it may hold %d values, and a fixture at most %d: split it, and add the parts one by one", file, n, MostValues)
	}
	root, err := parse(content)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if root == nil {
		return nil // an empty file
	}
	if err := checkNesting(root, 0); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	f.content = append(f.content, content)
	whole := section{file, "fixture", root}
	if root.Kind != yaml.MappingNode {
		return whole.errorf(root, whole.name, "must be an object with one member an API")
	}
	apis, err := whole.members("")
	if err != nil {
		return err
	}
	for _, api := range apis {
		if api.name == stateName {
			if f.state != nil {
				return api.errorf(api.node, api.name, "stands in another file too, and a fixture has one")
			}
			if f.state, err = api.readState(); err != nil {
				return err
			}
			continue
		}
		if api.node.Kind != yaml.MappingNode {
			return api.errorf(api.node, api.name, "must be an object with one array a collection")
		}
		collections, err := api.members(api.name + ".")
		if err != nil {
			return err
		}
		for _, c := range collections {
			if c.node.Kind != yaml.SequenceNode {
				return c.errorf(c.node, c.name, "must be an array of records")
			}
		}
		f.sections = append(append(f.sections, api), collections...)
	}
	return nil
}

// parse reads a file as JSON if that is what it is, else as YAML, whose reader refuses some of JSON's strings. It returns
// nil for an empty file.
func parse(content []byte) (*yaml.Node, error) {
	if jsontext.Value(content).IsValid() {
		return yamlFromJSON(content)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var document yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("a fixture is one YAML document, and this file goes on behind it")
	}
	return document.Content[0], nil
}

// mostNesting is how deep a fixture may nest: deeper than any record, so that what is said of one is said there.
const mostNesting = 64

// checkNesting refuses what nests too deep, whose places would take longer to write than all the rest.
func checkNesting(node *yaml.Node, depth int) error {
	if depth > mostNesting {
		return fmt.Errorf("line %d: values nest deeper than %d levels", node.Line, mostNesting)
	}
	for _, child := range node.Content {
		if err := checkNesting(child, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// members are the sections in a section.
func (s section) members(prefix string) ([]section, error) {
	var all []section
	seen := map[string]bool{}
	for _, p := range pairs(s.node) {
		member := section{s.file, prefix + p.key.Value, p.value}
		if seen[member.name] {
			return nil, s.errorf(p.key, member.name, "is there twice")
		}
		seen[member.name] = true
		all = append(all, member)
	}
	return all, nil
}

// Loaded is what became of the records of a collection in a fixture.
type Loaded struct {
	Collection string `json:"collection"`
	Added      int    `json:"added"`
	Replaced   int    `json:"replaced" doc:"records whose key was there before"`
}

// bring adds every record of a fixture to a workspace, and its state but for the clock and the random seed; records that
// do not say when they were created, were at created. With replace, a record goes whose key comes again; without, that is
// refused.
func (d *Directory) bring(t store.Tx, workspace string, seed sql.NullString, f *Fixture, created time.Time, replace bool) ([]Loaded, error) {
	tx := &Tx{Tx: t, Workspace: workspace, seed: seed}
	f, err := f.read()
	if err != nil {
		return nil, err
	}
	all := []Loaded{}
	for _, s := range f.sections {
		collections := d.options.Collections
		if slices.ContainsFunc(collections, func(c Collection) bool { return c.API == s.name }) {
			continue // an API; its collections follow
		}
		at := slices.IndexFunc(collections, func(c Collection) bool { return c.String() == s.name })
		if at < 0 {
			return nil, s.errorf(s.node, s.name, "is no API and no collection; there are %v", collections)
		}
		loaded := Loaded{Collection: s.name}
		for i, node := range s.node.Content {
			place := fmt.Sprintf("%s[%d]", s.name, i)
			// A millisecond apart, so that they keep their order.
			replaced, err := s.load(tx, collections[at], node, place, created.Add(time.Duration(i)*time.Millisecond), replace)
			if err != nil {
				return nil, err
			}
			if replaced {
				loaded.Replaced++
			} else {
				loaded.Added++
			}
		}
		all = append(all, loaded)
	}
	if !replace {
		// How many identifiers a seed drew is its own matter: a workspace with a random seed begins at its first.
		if err := t.Exec("DELETE FROM sequences WHERE workspace = $1 AND name = 'random'", workspace); err != nil {
			return nil, err
		}
	}
	if f.state == nil {
		return all, nil
	}
	return all, d.apply(tx, f.state)
}

func (s section) load(tx *Tx, to Collection, node *yaml.Node, place string, created time.Time, replace bool) (replaced bool, err error) {
	if node.Kind != yaml.MappingNode {
		return false, s.errorf(node, place, "must be an object")
	}
	record, err := section{s.file, place, node}.json()
	if err != nil {
		return false, err
	}
	if replace {
		if replaced, err = to.remove(tx, record); err != nil {
			return false, s.errorf(node, place, "%w", err)
		}
	}
	err = to.Import(tx, record, created)
	var wrong *RecordError
	switch {
	case errors.As(err, &wrong) && wrong.Member != "":
		return false, s.errorf(member(node, wrong.Member), place+"."+wrong.Member, "%s", wrong.Problem)
	case err != nil:
		return false, s.errorf(node, place, "%w", err)
	}
	return replaced, nil
}

// remove removes the record that has the key of another.
func (c Collection) remove(tx *Tx, record jsontext.Value) (found bool, err error) {
	members, err := membersOf(record)
	if err != nil || members[c.Key] == "" {
		return false, err // it gets a key of its own
	}
	return c.Delete(tx, members["_owner"], members[c.Key])
}

// membersOf are the members of a record that are strings or numbers, as text.
func membersOf(record jsontext.Value) (map[string]string, error) {
	var members map[string]jsontext.Value
	err := json.Unmarshal(record, &members, jsontext.AllowInvalidUTF8(true))
	texts := map[string]string{}
	for name, value := range members {
		switch value.Kind() {
		case '"':
			text, wrong := jsontext.AppendUnquote(nil, value)
			err = errors.Join(err, wrong)
			texts[name] = string(text)
		case '0':
			texts[name] = string(value)
		}
	}
	return texts, err
}

// json is the section as JSON.
func (s section) json() (jsontext.Value, error) {
	var value bytes.Buffer
	if err := s.writeJSON(jsontext.NewEncoder(&value), s.node, s.name); err != nil {
		return nil, err
	}
	return value.Bytes(), nil
}

// member is the node of a record's member, or the record's if it is not there.
func member(record *yaml.Node, name string) *yaml.Node {
	for _, p := range pairs(record) {
		if p.key.Value == name {
			return p.value
		}
	}
	return record
}

type pair struct{ key, value *yaml.Node }

// pairs lists the members of a mapping; of anything else, none.
func pairs(node *yaml.Node) []pair {
	var all []pair
	if node.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(node.Content); i += 2 {
			all = append(all, pair{node.Content[i], node.Content[i+1]})
		}
	}
	return all
}

// writeJSON writes a node as JSON, members in their order.
func (s section) writeJSON(out *jsontext.Encoder, node *yaml.Node, place string) error {
	switch node.Kind {
	case yaml.MappingNode:
		if err := out.WriteToken(jsontext.BeginObject); err != nil {
			return err
		}
		for _, p := range pairs(node) {
			inner := place + "." + p.key.Value
			if err := out.WriteToken(jsontext.String(p.key.Value)); err != nil {
				return s.errorf(p.key, inner, "is there twice")
			}
			if err := s.writeJSON(out, p.value, inner); err != nil {
				return err
			}
		}
		return out.WriteToken(jsontext.EndObject)
	case yaml.SequenceNode:
		if err := out.WriteToken(jsontext.BeginArray); err != nil {
			return err
		}
		for i, element := range node.Content {
			if err := s.writeJSON(out, element, fmt.Sprintf("%s[%d]", place, i)); err != nil {
				return err
			}
		}
		return out.WriteToken(jsontext.EndArray)
	case yaml.ScalarNode:
		return s.writeScalar(out, node, place)
	default:
		return s.errorf(node, place, "YAML aliases are not read here; write the value out")
	}
}

func (s section) writeScalar(out *jsontext.Encoder, node *yaml.Node, place string) error {
	var value any
	switch node.ShortTag() {
	case "!!str", "!!timestamp":
		value = node.Value
	case "!!int", "!!float", "!!bool", "!!null":
		// What is JSON already stays as it is written: 5.0 is not 5 to everybody.
		if raw := jsontext.Value(node.Value); raw.IsValid() {
			return out.WriteValue(raw)
		}
		if err := node.Decode(&value); err != nil {
			return s.errorf(node, place, "%w", err)
		}
	default:
		return s.errorf(node, place, "the tag %s is not read here", node.ShortTag())
	}
	if err := json.MarshalEncode(out, value); err != nil {
		return s.errorf(node, place, "%q cannot be written as JSON", node.Value)
	}
	return nil
}
