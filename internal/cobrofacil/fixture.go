package cobrofacil

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
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
	Owner     string    `json:"_owner,omitempty"` // left out for the first owner
	CreatedAt time.Time `json:"_created_at"`
}

// fixtureRequest is a client as fixtures set it: unlike a request they can leave names and numbers empty (COM-32), and
// say what the sandbox would make itself.
type fixtureRequest struct {
	ID                web.Opt[string] `json:"id"                 validate:"omitempty,string,uuid_v7"`
	Display           web.Opt[string] `json:"display"            validate:"omitempty,string"`
	ExternalReference web.Opt[string] `json:"external_reference" validate:"omitempty,string,max=255"`
	FirstName         web.Opt[string] `json:"first_name"         validate:"required,string,max=255"`
	MiddleName        web.Opt[string] `json:"middle_name"        validate:"omitempty,string,max=255"`
	LastName          web.Opt[string] `json:"last_name"          validate:"omitempty,string,max=255"`
	MMName            web.Opt[string] `json:"mm_name"            validate:"omitempty,string,max=255"`
	Email             web.Opt[string] `json:"email"              validate:"omitempty,string,max=255,email"`
	PhoneNumber       web.Opt[string] `json:"phone_number"       validate:"omitempty,string,e164_strict"`
	SPEICLABE         web.Opt[string] `json:"spei_clabe"         validate:"omitempty,string,clabe"`
	Owner             web.Opt[string] `json:"_owner"             validate:"omitempty,string,max=63"`
	CreatedAt         web.Opt[string] `json:"_created_at"        validate:"omitempty,string,datetime=2006-01-02T15:04:05.999999999Z07:00"`
	web.Unread
}

// clients is the collection cobrofacil.clients.
func (a *api) clients() workspace.Collection {
	return workspace.Collection{API: "cobrofacil", Name: "clients", Key: "id", Alias: "external_reference", Schema: web.Schema(fixtureRequest{}), Rows: "cobrofacil_clients WHERE workspace = $1", Export: exportClients, Import: a.importClient, Delete: deleteClient}
}

func exportClients(v store.View, workspace string) ([]any, error) {
	all, err := allClients(v, workspace)
	records := make([]any, len(all))
	for i, c := range all {
		r := fixtureClient{wireClient: wire(c), Owner: c.owner, CreatedAt: c.createdAt}
		if c.owner == ownerSandbox {
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
	members := createRequest{
		FirstName: r.FirstName, LastName: r.LastName, PhoneNumber: r.PhoneNumber, Email: r.Email,
		MiddleName: r.MiddleName, MMName: r.MMName, ExternalReference: r.ExternalReference,
	}
	members.clean()
	r.FirstName, r.PhoneNumber, r.Email = members.FirstName, members.PhoneNumber, members.Email
	for _, member := range []*web.Opt[string]{&r.ID, &r.Display, &r.SPEICLABE, &r.Owner, &r.CreatedAt} {
		clean(member)
	}
	if findings := a.valid().Whole(r); len(findings) > 0 {
		f := findings[0]
		return &workspace.RecordError{Member: f.Member, Problem: strings.TrimSpace("must pass "+f.Tag+" "+f.Param) + ": " + wordings[f.Tag].passes}
	}
	c := client{owner: ownerSandbox, createdAt: created}
	if r.Owner.Ptr() != nil {
		c.owner = r.Owner.Value
	}
	if at, err := time.Parse(time.RFC3339Nano, r.CreatedAt.Value); err == nil {
		if c.createdAt = at.UTC(); at.UTC().Year() < 1970 || at.UTC().Year() > 9999 {
			return &workspace.RecordError{Member: "_created_at", Problem: "must be from 1970 to 9999 in UTC"}
		}
	}
	c.take(members)
	if r.Display.Ptr() != nil && r.Display.Value != c.display() {
		return &workspace.RecordError{Member: "display", Problem: fmt.Sprintf("follows from the names, and is %q", c.display())}
	}
	if err := identify(tx, &c, r); err != nil {
		return err
	}
	_, err := insertClient(tx.Tx, tx.Workspace, c) // identify has found its reference free
	return err
}

// identify gives a fixture's client the id and CLABE that it says, or new ones where it says none, and makes sure that
// they and its reference are free.
func identify(tx *workspace.Tx, c *client, r fixtureRequest) error {
	random, err := tx.Random()
	if err != nil {
		return err
	}
	if c.id, err = ids.UUIDv7(c.createdAt, random); err != nil {
		return err
	}
	if r.ID.Ptr() != nil {
		c.id = r.ID.Value
	}
	if taken, err := isTaken(tx.View, tx.Workspace, c.owner, c.id, ""); err != nil {
		return err
	} else if taken {
		return &workspace.RecordError{Member: "id", Problem: c.id + " is another client's id or reference"}
	}
	if err := checkReference(tx.View, tx.Workspace, *c); errors.Is(err, web.ErrInvalid) {
		return &workspace.RecordError{Member: "external_reference", Problem: *c.externalReference + " is another client's reference or id"}
	} else if err != nil {
		return err
	}
	if !r.SPEICLABE.Sent {
		c.speiCLABE, err = nextCLABE(tx)
		return err
	}
	if c.speiCLABE = r.SPEICLABE.Ptr(); c.speiCLABE == nil {
		return nil
	}
	if used, err := isUsed(tx.View, tx.Workspace, *c.speiCLABE); err != nil {
		return err
	} else if used {
		return &workspace.RecordError{Member: "spei_clabe", Problem: *c.speiCLABE + " is another client's"}
	}
	if number, ok := strings.CutPrefix(*c.speiCLABE, clabePrefix); ok {
		n, err := strconv.ParseInt(number[:7], 10, 64)
		if err != nil {
			return err
		}
		return tx.Raise(clabeSequence, n)
	}
	return nil
}
