package workspace

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-0f456478/sandbox/internal/clock"
	"github.com/seed-0f456478/sandbox/internal/store"
)

// About is what is known of a workspace beside its records.
type About struct {
	Name      string    `json:"name"`
	SelfMade  bool      `json:"self_made" doc:"it came into being by being named, and may expire or be evicted"`
	StartsAs  string    `json:"starts_as" enum:"seed,own" doc:"what a reset goes back to: the sandbox's seed, or a state of its own"`
	Idle      string    `json:"idle,omitempty" doc:"without use for so long it goes"`
	CreatedAt time.Time `json:"created_at" doc:"real time, like used_at"`
	UsedAt    time.Time `json:"used_at"`
}

// About tells of the workspace.
func (w *Workspace) About() About {
	a := About{Name: w.Name, SelfMade: w.selfMade, StartsAs: "seed", UsedAt: time.Unix(0, w.used.Load()).UTC()}
	if w.start.origin != Template {
		a.StartsAs = "own"
	}
	if idle, goes := w.idle(); goes {
		a.Idle = idle.String()
	}
	a.CreatedAt, _ = clock.FromText(w.createdAt) // the directory has written it
	return a
}

// Count says how many records each collection holds.
func (w *Workspace) Count(ctx context.Context) (map[string]int, error) {
	all := map[string]int{}
	err := w.dir.store.Read(ctx, func(v store.View) error {
		for _, c := range w.dir.options.Collections {
			var n int
			if err := v.QueryRow("SELECT count(*) FROM "+c.Rows, w.Name).Scan(&n); err != nil {
				return err
			}
			all[c.String()] = n
		}
		return nil
	})
	return all, err
}

// Record is a record of a collection, as fixtures show it.
type Record struct {
	Key   string
	Alias string // "" for none
	Owner string // "" for the API's first
	JSON  jsontext.Value
}

// Export is a collection and its records in a workspace, each a value for [RecordJSON]. It fails with [ErrNotFound] where
// there is no such collection.
func (w *Workspace) Export(ctx context.Context, api, collection string) (c Collection, records []any, err error) {
	if c, err = w.dir.collection(api, collection); err != nil {
		return c, nil, err
	}
	err = w.dir.store.Read(ctx, func(v store.View) (err error) {
		records, err = c.Export(v, w.Name)
		return err
	})
	return c, records, err
}

// RecordJSON is an exported record as fixtures show it.
func RecordJSON(record any) (jsontext.Value, error) {
	return json.Marshal(record, jsontext.AllowInvalidUTF8(true))
}

// Records lists the records of a collection in the order of an export. It fails with [ErrNotFound] where there is no such
// collection.
func (w *Workspace) Records(ctx context.Context, api, collection string) (all []Record, err error) {
	c, exported, err := w.Export(ctx, api, collection)
	if err != nil {
		return nil, err
	}
	for _, one := range exported {
		text, err := RecordJSON(one)
		if err != nil {
			return nil, err
		}
		members, err := membersOf(text)
		if err != nil {
			return nil, err
		}
		all = append(all, Record{Key: members[c.Key], Alias: members[c.Alias], Owner: members["_owner"], JSON: text})
	}
	return all, nil
}

// DeleteRecord removes a record of an owner, "" for the API's first, by its key. It fails with [ErrNotFound].
func (w *Workspace) DeleteRecord(ctx context.Context, api, collection, owner, key string) error {
	c, err := w.dir.collection(api, collection)
	if err != nil {
		return err
	}
	return w.dir.store.Write(ctx, w.Name, func(tx store.Tx) error {
		found, err := c.Delete(&Tx{Tx: tx, Workspace: w.Name}, owner, key)
		if err == nil && !found {
			err = fmt.Errorf("%w: no record of %s has %s %s", ErrNotFound, c, c.Key, key)
		}
		return err
	})
}

func (d *Directory) collection(api, name string) (Collection, error) {
	for _, c := range d.options.Collections {
		if c.API == api && c.Name == name {
			return c, nil
		}
	}
	return Collection{}, fmt.Errorf("%w: no collection is called %s.%s; there are %v", ErrNotFound, api, name, d.options.Collections)
}

// FixtureOf is a fixture of one record, a JSON object, whose key is the given one. It fails with [ErrNotFound] where there
// is no such collection.
func (d *Directory) FixtureOf(api, collection, key string, record []byte) (*Fixture, error) {
	c, err := d.collection(api, collection)
	if err != nil {
		return nil, err
	}
	members, err := membersOf(record)
	if err != nil {
		return nil, fmt.Errorf("%s: the record must be a JSON object: %w", c, err)
	}
	if members[c.Key] != key {
		return nil, fmt.Errorf("%s: the record's %s must be %s, as in the path, and is %q", c, c.Key, key, members[c.Key])
	}
	content, err := json.Marshal(map[string]any{api: map[string]any{collection: []any{jsontext.Value(record)}}})
	if err != nil {
		return nil, err
	}
	f := &Fixture{}
	return f, f.Add("record", content)
}
