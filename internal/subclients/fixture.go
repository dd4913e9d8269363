package subclients

import (
	"cmp"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// fixtureParent is a parent as fixtures show and set it.
type fixtureParent struct {
	ID        web.Opt[string]         `json:"id"        validate:"omitempty,string,uuid"`
	Name      web.Opt[string]         `json:"name"      validate:"required,string,chars=5-30"`
	Alias     web.Opt[string]         `json:"alias"     validate:"required,string,chars=3-10"`
	Code      web.Opt[string]         `json:"code"      validate:"omitempty,string,chars=1-5"`
	Email     web.Opt[string]         `json:"email"     validate:"required,string,email"`
	RFC       web.Opt[string]         `json:"rfc"       validate:"required,string,chars=10-13"`
	Available web.Opt[jsontext.Value] `json:"available" validate:"required,amount"`
	// Another way to say _password_hash.
	APIKeyPassword web.Opt[string] `json:"api_key_password,omitzero" validate:"omitempty,string,chars=1-30"`
	account
	web.Unread
}

// fixtureSubclient is a subclient as fixtures show and set it: a creation's members, and what the sandbox would make.
type fixtureSubclient struct {
	ID   web.Opt[string] `json:"id"   validate:"omitempty,string,uuid"`
	Code web.Opt[string] `json:"code" validate:"omitempty,string,chars=1-5"`
	createRequest
	account
	Owner web.Opt[string] `json:"_owner,omitzero" validate:"omitempty,string,uuid"` // the parent, left out for the first one
}

// account is what only a fixture says of a client, parent or subclient.
type account struct {
	Balance      web.Opt[jsontext.Value] `json:"balance"        validate:"omitempty,amount"`
	APIKey       web.Opt[string]         `json:"_api_key"       validate:"omitempty,string,chars=1-63"`
	PasswordHash web.Opt[string]         `json:"_password_hash" validate:"omitempty,string,password_hash"` // null where nobody logs in
	PublicKey    web.Opt[string]         `json:"_public_key"    validate:"omitempty,string,public_key"`
	CreatedAt    web.Opt[string]         `json:"_created_at"    validate:"omitempty,string,datetime=2006-01-02T15:04:05.999999999Z07:00"`
	UpdatedAt    web.Opt[string]         `json:"_updated_at"    validate:"omitempty,string,datetime=2006-01-02T15:04:05.999999999Z07:00"`
}

var uuidForm = web.Pattern(`^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$`)

// parents is the collection subclients.clients: what their subclients draw on.
func (a *api) parents() workspace.Collection {
	return workspace.Collection{API: "subclients", Name: "clients", Key: "id", Schema: web.Schema(fixtureParent{}), Rows: "subclients_clients WHERE workspace = $1 AND parent IS NULL", Export: exportParents, Import: a.importParent, Delete: deleteParent}
}

// subclients is the collection subclients.subclients, those of every client.
func (a *api) subclients() workspace.Collection {
	return workspace.Collection{API: "subclients", Name: "subclients", Key: "id", Schema: web.Schema(fixtureSubclient{}), Rows: "subclients_clients WHERE workspace = $1 AND parent IS NOT NULL", Export: exportSubclients, Import: a.importSubclient, Delete: deleteSubclient}
}

// sent is a member that is there.
func sent[T any](value T) web.Opt[T] { return web.Opt[T]{Sent: true, Value: value} }

// orNull is a member that may be null.
func orNull(value *string) web.Opt[string] {
	if value == nil {
		return web.Opt[string]{Sent: true, Null: true}
	}
	return sent(*value)
}

func (c client) account() account {
	return account{
		sent(c.balance.json()), sent(c.apiKey), orNull(c.passwordHash), orNull(c.publicKey),
		sent(c.createdAt.Format(time.RFC3339Nano)), sent(c.updatedAt.Format(time.RFC3339Nano)),
	}
}

func exportParents(v store.View, workspace string) ([]any, error) {
	all, err := allClients(v, workspace, false)
	records := make([]any, len(all))
	for i, c := range all {
		records[i] = fixtureParent{
			ID: sent(c.id), Name: sent(c.name), Alias: sent(c.alias), Code: sent(c.code), Email: sent(c.email), RFC: sent(c.rfc),
			Available: sent(c.available.json()), account: c.account(),
		}
	}
	return records, err
}

func exportSubclients(v store.View, workspace string) ([]any, error) {
	all, err := allClients(v, workspace, true)
	records := make([]any, len(all))
	for i, c := range all {
		r := fixtureSubclient{ID: sent(c.id), Code: sent(c.code), account: c.account()}
		if err := web.Decode([]byte(c.details), &r.createRequest); err != nil {
			return nil, err
		}
		r.Name, r.Alias, r.Email, r.RFC, r.Available = sent(c.name), sent(c.alias), sent(c.email), sent(c.rfc), sent(c.available.json())
		if *c.parent != capsule {
			r.Owner = sent(*c.parent)
		}
		records[i] = r
	}
	return records, err
}

func (a *api) importParent(tx *workspace.Tx, record jsontext.Value, created time.Time) error {
	var r fixtureParent
	if err := web.Decode(record, &r); err != nil {
		return err
	}
	if err := refuseRecord(r.UnreadMembers(), a.valid().Whole(r)); err != nil {
		return err
	}
	c := client{
		id: r.ID.Value, name: r.Name.Value, alias: r.Alias.Value, code: r.Code.Value, email: r.Email.Value, rfc: r.RFC.Value,
		available: readNumber(string(r.Available.Value)).money, details: "{}",
	}
	return importClient(tx, c, r.account, r.APIKeyPassword, created)
}

func (a *api) importSubclient(tx *workspace.Tx, record jsontext.Value, created time.Time) error {
	var r fixtureSubclient
	if err := web.Decode(record, &r); err != nil {
		return err
	}
	findings := slices.DeleteFunc(a.valid().Whole(r), func(f web.Finding) bool {
		return f.Member == "api_key_password" && f.Tag == "required" && r.PasswordHash.Ptr() != nil
	})
	if err := refuseRecord(r.UnreadMembers(), findings); err != nil {
		return err
	}
	c := client{id: r.ID.Value, code: r.Code.Value, parent: new(cmp.Or(r.Owner.Value, capsule))}
	if err := c.take(r.createRequest); err != nil {
		return err
	}
	switch taken, err := isTaken(tx.View, tx.Workspace, *c.parent, c.alias); {
	case err != nil:
		return err
	case taken:
		return &workspace.RecordError{Member: "alias", Problem: c.alias + " is another subclient's of the same owner"}
	case *c.parent == c.id:
		return &workspace.RecordError{Member: "_owner", Problem: "is the record's own id"}
	case c.available > mostMoney:
		return &workspace.RecordError{Member: "available", Problem: wordings["amount"].sentence}
	}
	return importClient(tx, c, r.account, r.APIKeyPassword, created)
}

// refuseRecord refuses a record for the first thing that is wrong with it.
func refuseRecord(unknown []string, findings []web.Finding) error {
	switch {
	case len(unknown) > 0:
		return &workspace.RecordError{Member: unknown[0], Problem: "is no member of a client"}
	case len(findings) > 0:
		v := violation(findings[0].Member, findings[0].Tag, findings[0].Param, nil)
		return &workspace.RecordError{Member: v.Member, Problem: v.Message + ": " + v.Passes}
	}
	return nil
}

// importClient adds what every record says beside its own members. A password counts more than a hash.
func importClient(tx *workspace.Tx, c client, r account, password web.Opt[string], created time.Time) (err error) {
	c.balance = readNumber(string(r.Balance.Value)).money
	c.apiKey, c.passwordHash, c.publicKey = r.APIKey.Value, r.PasswordHash.Ptr(), r.PublicKey.Ptr()
	if c.createdAt, err = timeOf("_created_at", r.CreatedAt, created); err != nil {
		return err
	}
	if c.updatedAt, err = timeOf("_updated_at", r.UpdatedAt, c.createdAt); err != nil {
		return err
	}
	if c.code == "" {
		c.code = codeFrom(c.name)
	}
	if err := identify(tx, &c); err != nil {
		return err
	}
	if password.Value != "" {
		c.passwordHash = new(hash(password.Value, saltOf(tx.Workspace, c.id)))
	}
	if err := checkFree(tx, c); err != nil {
		return err
	}
	return saveClient(tx.Tx, tx.Workspace, c)
}

// timeOf is the time that a record says, or the one to take where it says none.
func timeOf(member string, said web.Opt[string], otherwise time.Time) (time.Time, error) {
	at, err := time.Parse(time.RFC3339Nano, said.Value)
	if err != nil {
		return otherwise, nil //nolint:nilerr // a record that says another is refused before
	}
	if at = at.UTC(); at.Year() < 1970 || at.Year() > 9999 {
		return at, &workspace.RecordError{Member: member, Problem: "must be from 1970 to 9999 in UTC"}
	}
	return at, nil
}

// checkFree refuses an id or api key of another client, the published parents among them even where they have no row.
func checkFree(tx *workspace.Tx, c client) error {
	for _, p := range parents {
		if p.id == c.id && c.parent != nil {
			return &workspace.RecordError{Member: "id", Problem: c.id + " is a published parent's"}
		}
		if p.apiKey == c.apiKey && p.id != c.id {
			return &workspace.RecordError{Member: "_api_key", Problem: c.apiKey + " is a published parent's"}
		}
	}
	for _, unique := range []struct{ member, column, value string }{{"id", "id", c.id}, {"_api_key", "api_key", c.apiKey}} {
		var used bool
		err := tx.QueryRow("SELECT EXISTS (SELECT 1 FROM subclients_clients WHERE workspace = $1 AND "+unique.column+" = $2)", tx.Workspace, unique.value).Scan(&used)
		if err != nil {
			return err
		}
		if used {
			return &workspace.RecordError{Member: unique.member, Problem: unique.value + " is another client's"}
		}
	}
	return nil
}
