package workspace

import (
	"cmp"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"go.yaml.in/yaml/v3"

	"github.com/seed-0f456478/sandbox/internal/clock"
	"github.com/seed-0f456478/sandbox/internal/store"
)

// stateName is the member of a fixture that holds a workspace's state.
const stateName = "workspace"

// state is all of a workspace but its records: what a fixture's member workspace says.
type state struct {
	Clock       *clockState       `json:"clock,omitempty"`
	RandomSeed  string            `json:"random_seed,omitempty"`
	Sequences   map[string]int64  `json:"sequences,omitempty"`   // the last number given out
	Settings    map[string]string `json:"settings,omitempty"`    // those that were set in the workspace
	Credentials []Minted          `json:"credentials,omitempty"` // those that were minted in it

	at section // where it stands in a fixture
}

// mostSequence bounds where a sequence stands, so that it never comes to an end.
const mostSequence = 1 << 53

// mostSequenceName bounds the name of a sequence, in bytes.
const mostSequenceName = 200

// clockState is a clock: where it stands, or how far it is ahead of real time.
type clockState struct {
	Now    *time.Time `json:"now,omitempty"`
	Offset string     `json:"offset,omitempty"` // a Go duration
	Frozen bool       `json:"frozen,omitempty"`
}

// text is the clock as clock.Parse takes it.
func (c *clockState) text() (string, error) {
	text := ""
	switch {
	case c == nil:
		return "", nil
	case c.Now != nil && c.Offset != "":
		return "", fmt.Errorf("now and offset are two ways to say the same: keep one")
	case c.Now != nil:
		text = c.Now.Format(time.RFC3339Nano)
	default:
		offset, err := time.ParseDuration(cmp.Or(c.Offset, "0s"))
		if err != nil {
			return "", fmt.Errorf("offset: %q is no duration like 1h or 61s", c.Offset)
		}
		text = fmt.Sprintf("%+dns", offset.Nanoseconds())
	}
	if c.Frozen {
		text += "!"
	}
	return text, nil
}

// readState reads the member workspace of a fixture.
func (s section) readState() (*state, error) {
	if s.node.Kind != yaml.MappingNode {
		return nil, s.errorf(s.node, s.name, "must be an object")
	}
	text, err := s.json()
	if err != nil {
		return nil, err
	}
	var read state
	if err := json.Unmarshal(text, &read, json.RejectUnknownMembers(true)); err != nil {
		return nil, s.errorf(s.node, s.name, "%w", err)
	}
	read.at = s
	for name, value := range read.Sequences {
		if len(name) > mostSequenceName {
			return nil, s.errorf(member(s.node, "sequences"), s.name+".sequences", "the name %.20q… has %d bytes, and %d are the most", name, len(name), mostSequenceName)
		}
		if value < 0 || value > mostSequence {
			return nil, s.errorf(member(s.node, "sequences"), s.name+".sequences."+name, "must be from 0 to %d, and is %d", mostSequence, value)
		}
	}
	start, err := read.Clock.text()
	if err == nil {
		_, err = clock.Parse(start, time.Now())
	}
	if err != nil {
		return nil, s.errorf(member(s.node, "clock"), s.name+".clock", "%w", err)
	}
	return &read, nil
}

// begin is how a workspace begins that starts with the fixture.
func (f *Fixture) begin() begin {
	if f.state == nil {
		return begin{}
	}
	text, err := f.state.Clock.text()
	if err != nil {
		panic(err) // Add has read it
	}
	return begin{sql.NullString{String: f.state.RandomSeed, Valid: f.state.RandomSeed != ""}, text}
}

// apply gives a workspace the sequences, settings and credentials of a fixture.
func (d *Directory) apply(tx *Tx, s *state) error {
	for _, name := range slices.Sorted(maps.Keys(s.Sequences)) {
		if err := tx.Raise(name, s.Sequences[name]); err != nil {
			return err
		}
	}
	if err := checkSettings(d.options.Switches, s.Settings); err != nil {
		return s.at.errorf(member(s.at.node, "settings"), s.at.name+".settings", "%w", err)
	}
	if err := putSettings(tx.Tx, tx.Workspace, s.Settings); err != nil {
		return err
	}
	for i, c := range s.Credentials {
		if err := d.putCredential(tx.Tx, tx.Workspace, c); err != nil {
			return s.at.errorf(member(s.at.node, "credentials").Content[i], fmt.Sprintf("%s.credentials[%d]", s.at.name, i), "%w", err)
		}
	}
	return nil
}

// stateOf is the state of a workspace.
func (w *Workspace) stateOf(v store.View) (s state, err error) {
	setting, life := w.Clock(), w.Life()
	switch {
	case !setting.Frozen.IsZero():
		s.Clock = &clockState{Now: &setting.Frozen, Frozen: true}
	case setting.Offset != 0:
		s.Clock = &clockState{Offset: setting.Offset.String()}
	}
	s.RandomSeed = life.randomSeed.String
	if s.Settings, err = w.dir.settingsOf(v, w.Name); err != nil {
		return state{}, err
	}
	if s.Credentials, err = credentialsOf(v, w.Name); err != nil {
		return state{}, err
	}
	s.Sequences, err = sequencesOf(v, w.Name)
	return s, err
}

func sequencesOf(v store.View, workspace string) (map[string]int64, error) {
	found, err := v.Query("SELECT name, value FROM sequences WHERE workspace = $1 ORDER BY name", workspace)
	if err != nil {
		return nil, err
	}
	defer func() { _ = found.Close() }()
	all := map[string]int64{}
	for found.Next() {
		var name string
		var value int64
		if err := found.Scan(&name, &value); err != nil {
			return nil, err
		}
		all[name] = value
	}
	return all, found.Err()
}
