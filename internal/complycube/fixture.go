package complycube

import (
	"cmp"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-0f456478/sandbox/internal/ids"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// fixtureClient is a client as fixtures show it.
type fixtureClient struct {
	wireClient
	Owner string `json:"_owner,omitempty"` // left out for the first owner
}

// fixtureRequest is a client as fixtures set it: a creation, and what the sandbox would make itself.
type fixtureRequest struct {
	clientRequest
	fixtureMembers
}

type fixtureMembers struct {
	ID         web.Opt[string] `json:"id"         validate:"omitempty,string,object_id"`
	EntityName web.Opt[string] `json:"entityName" validate:"omitempty,string"`
	CreatedAt  web.Opt[string] `json:"createdAt"  validate:"omitempty,string,time"`
	UpdatedAt  web.Opt[string] `json:"updatedAt"  validate:"omitempty,string,time"`
	Owner      web.Opt[string] `json:"_owner"     validate:"omitempty,string,max=63"`
}

// clients is the collection complycube.clients.
func (a *api) clients() workspace.Collection {
	return workspace.Collection{API: "complycube", Name: "clients", Key: "id", Schema: web.Schema(fixtureRequest{}), Rows: "complycube_clients WHERE workspace = $1", Export: exportClients, Import: a.importClient, Delete: deleteClient}
}

// exportClients lists the clients of every owner, oldest first.
func exportClients(v store.View, workspace string) ([]any, error) {
	all, err := queryClients(v, 0, " WHERE c.workspace = $1 ORDER BY c.created_at, c.number", workspace)
	records := make([]any, len(all))
	for i, c := range all {
		r := fixtureClient{wire(c), c.owner}
		if c.owner == ownerTest {
			r.Owner = ""
		}
		records[i] = r
	}
	return records, err
}

func (a *api) importClient(tx *workspace.Tx, record jsontext.Value, created time.Time) error {
	var r fixtureRequest
	if err := web.Decode(record, &r); err != nil {
		return err
	}
	if unknown := r.UnreadMembers(); len(unknown) > 0 {
		return &workspace.RecordError{Member: unknown[0], Problem: "is no member of a client"}
	}
	wrong := append(a.check(r.clientRequest, r.Type.Value, true, mostKeys), violations("", a.valid().Whole(r.fixtureMembers))...)
	if len(wrong) > 0 {
		return &workspace.RecordError{Member: wrong[0].Member, Problem: wrong[0].Message + "; what passes is " + wrong[0].Passes}
	}
	if unfit := r.unfit(r.Type.Value); len(unfit) > 0 {
		return &workspace.RecordError{Member: unfit[0], Problem: "does not fit the type " + r.Type.Value}
	}
	c := client{owner: cmp.Or(r.Owner.Value, ownerTest), id: r.ID.Value, kind: r.Type.Value, createdAt: shown(created)}
	if at, ok := parseTime(r.CreatedAt.Value); ok {
		c.createdAt = at
	}
	c.updatedAt = c.createdAt
	if at, ok := parseTime(r.UpdatedAt.Value); ok {
		c.updatedAt = at
	}
	c.take(r.clientRequest)
	if name := r.EntityName.Value; name != "" && name != c.entityName() {
		return &workspace.RecordError{Member: "entityName", Problem: fmt.Sprintf("follows from the names, and is %q", c.entityName())}
	}
	return identify(tx, c)
}

// identify stores a fixture's client under its id, or under a new one if it has none.
func identify(tx *workspace.Tx, c client) error {
	if c.id == "" {
		random, err := tx.Random()
		if err != nil {
			return err
		}
		if c.id, err = ids.ObjectID(c.createdAt, random); err != nil {
			return err
		}
	}
	var taken bool
	err := tx.QueryRow("SELECT EXISTS (SELECT 1 FROM complycube_clients WHERE workspace = $1 AND owner = $2 AND id = $3)", tx.Workspace, c.owner, c.id).Scan(&taken)
	if err != nil {
		return err
	}
	if taken {
		return &workspace.RecordError{Member: "id", Problem: c.id + " is another client's"}
	}
	return insertClient(tx, c)
}
