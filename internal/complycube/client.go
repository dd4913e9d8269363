package complycube

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/ids"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// The types of client.
const (
	person  = "person"
	company = "company"
)

// wireClient is a client as the partner shows it, without what is empty (CC-10).
type wireClient struct {
	ID             string         `json:"id"`
	Type           string         `json:"type"`
	EntityName     string         `json:"entityName,omitzero"`
	Email          string         `json:"email"`
	Mobile         string         `json:"mobile,omitzero"`
	Telephone      string         `json:"telephone,omitzero"`
	ExternalID     string         `json:"externalId,omitzero"`
	JoinedDate     string         `json:"joinedDate,omitzero"`
	PersonDetails  personDetails  `json:"personDetails,omitzero"`
	CompanyDetails companyDetails `json:"companyDetails,omitzero"`
	Metadata       metadata       `json:"metadata,omitzero"`
	CreatedAt      string         `json:"createdAt"`
	UpdatedAt      string         `json:"updatedAt"`
}

// metadata is a client's key-value pairs, in the order in which they were sent.
type metadata []pair

type pair struct{ key, value string }

// MarshalJSONTo implements json.MarshalerTo.
func (m metadata) MarshalJSONTo(e *jsontext.Encoder) error {
	err := e.WriteToken(jsontext.BeginObject)
	for _, p := range m {
		err = errors.Join(err, e.WriteToken(jsontext.String(p.key)), e.WriteToken(jsontext.String(p.value)))
	}
	return errors.Join(err, e.WriteToken(jsontext.EndObject))
}

// timeLayout is a time as the partner shows it (CC-11).
const timeLayout = "2006-01-02T15:04:05.000Z"

func wire(c client) wireClient {
	return wireClient{
		ID: c.id, Type: c.kind, Email: c.email, Mobile: c.mobile, Telephone: c.telephone, ExternalID: c.externalID, JoinedDate: c.joinedDate,
		PersonDetails: c.person, CompanyDetails: c.company, Metadata: c.metadata,
		CreatedAt: c.createdAt.Format(timeLayout), UpdatedAt: c.updatedAt.Format(timeLayout),
	}
}

// named is wire with the entity's name.
func named(c client) wireClient {
	w := wire(c)
	w.EntityName = c.entityName()
	return w
}

// entityName is the full name of a person, or the company's (CC-12, CC-14).
func (c client) entityName() string {
	var parts []string
	for _, part := range []string{c.person.FirstName, c.person.MiddleName, c.person.LastName, c.company.Name} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " ")
}

// entityName is the switch of CC-12.
var entityName = workspace.Switch{Name: "complycube.entity_name", Rule: "CC-12", Values: []string{"lists", "always"}, Default: "lists"}

// metadataKeys is the switch of CC-24.
var metadataKeys = workspace.Switch{Name: "complycube.metadata_keys", Rule: "CC-24", Values: []string{"20", "50"}, Default: "20"}

// one is the answer to a call about one client.
func one(x *gate.Exchange, c client) web.Response {
	body := wire(c)
	if x.Workspace.Setting(entityName.Name) == "always" {
		body = named(c)
	}
	return web.Response{Status: http.StatusOK, Body: body}
}

// keys is how many keys metadata may have.
func keys(x *gate.Exchange) (int, error) {
	return strconv.Atoi(x.Workspace.Setting(metadataKeys.Name))
}

func (a *api) createClient(r *http.Request) (web.Response, error) {
	x := gate.From(r)
	var body clientRequest
	if err := x.Decode(&body); err != nil {
		return web.Response{}, err
	}
	most, err := keys(x)
	if err != nil {
		return web.Response{}, err
	}
	if err := invalid(a.check(body, body.Type.Value, true, most)); err != nil {
		return web.Response{}, err
	}
	var created client
	err = x.Write(r.Context(), func(tx *workspace.Tx) error {
		created = client{owner: x.Owner, kind: body.Type.Value, createdAt: shown(x.Now), updatedAt: shown(x.Now)}
		created.take(body)
		random, err := tx.Random()
		if err != nil {
			return err
		}
		if created.id, err = ids.ObjectID(x.Now, random); err != nil {
			return err
		}
		return insertClient(tx, created)
	})
	if err != nil {
		return web.Response{}, err
	}
	x.Ignored(body.unfit(created.kind)...)
	return one(x, created), nil
}

// shown is a time as exactly as the partner shows it, so that what is shown can be compared with.
func shown(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

func (a *api) getClient(r *http.Request) (web.Response, error) {
	x := gate.From(r)
	var found client
	err := a.store.Read(r.Context(), func(v store.View) (err error) {
		found, err = findClient(v, x.Workspace.Name, x.Owner, x.Param("id"))
		return err
	})
	if err != nil {
		return web.Response{}, err
	}
	return one(x, found), nil
}

func (a *api) updateClient(r *http.Request) (web.Response, error) {
	x := gate.From(r)
	var body clientRequest
	if err := x.Decode(&body); err != nil {
		return web.Response{}, err
	}
	most, err := keys(x)
	if err != nil {
		return web.Response{}, err
	}
	sentType := body.Type
	body.Type = web.Opt[string]{}
	var updated client
	err = x.Write(r.Context(), func(tx *workspace.Tx) (err error) {
		// The client's type decides what the body may say. It is read in here, since a fixture may put a client of the other
		// type in the place of this one. That there is no client is told last (COM-20).
		var missing error
		if updated, missing = findClient(tx.View, x.Workspace.Name, x.Owner, x.Param("id")); missing != nil && !errors.Is(missing, web.ErrNotFound) {
			return missing
		}
		var wrong []web.Violation
		if missing == nil && sentType.Sent && sentType.Value != updated.kind {
			wrong = violations("", []web.Finding{{Member: "type", Tag: "amended", Param: updated.kind, Value: value(sentType)}})
		}
		if err := invalid(append(wrong, a.check(body, updated.kind, false, most)...)); err != nil {
			return err
		}
		if missing != nil {
			return missing
		}
		updated.take(body)
		updated.updatedAt = shown(x.Now)
		return updateClient(tx, updated)
	})
	if err != nil {
		return web.Response{}, err
	}
	x.Ignored(body.unfit(updated.kind)...)
	return one(x, updated), nil
}

func (a *api) deleteClient(r *http.Request) (web.Response, error) {
	x := gate.From(r)
	err := x.Write(r.Context(), func(tx *workspace.Tx) error {
		found, err := deleteClient(tx, x.Owner, x.Param("id"))
		if err == nil && !found {
			err = unknown(x.Param("id"))
		}
		return err
	})
	return web.Response{Status: http.StatusNoContent}, err
}

// value is what a member was sent as, for the journal.
func value(member web.Opt[string]) any {
	if member.Wrong != nil {
		return member.Wrong
	}
	return member.Value
}

// unfit lists the details that were sent and do not fit the client's type (CC-23).
func (r clientRequest) unfit(kind string) []string {
	switch {
	case kind == person && r.CompanyDetails.Sent:
		return []string{"companyDetails"}
	case kind == company && r.PersonDetails.Sent:
		return []string{"personDetails"}
	}
	return nil
}

// take sets the members that a valid body sent: null and "" alike take one away (CC-26).
func (c *client) take(body clientRequest) {
	set(&c.email, body.Email)
	set(&c.mobile, body.Mobile)
	set(&c.telephone, body.Telephone)
	set(&c.externalID, body.ExternalID)
	set(&c.joinedDate, body.JoinedDate)
	if p := body.PersonDetails.Value; c.kind == person {
		set(&c.person.FirstName, p.FirstName)
		set(&c.person.MiddleName, p.MiddleName)
		set(&c.person.LastName, p.LastName)
		set(&c.person.DOB, p.DOB)
		set(&c.person.Gender, p.Gender)
		set(&c.person.Nationality, p.Nationality)
		set(&c.person.BirthCountry, p.BirthCountry)
		set(&c.person.SSN, p.SSN)
		set(&c.person.SocialInsuranceNumber, p.SocialInsuranceNumber)
		set(&c.person.NationalIdentityNumber, p.NationalIdentityNumber)
		set(&c.person.TaxIdentificationNumber, p.TaxIdentificationNumber)
	}
	if p := body.CompanyDetails.Value; c.kind == company {
		set(&c.company.Name, p.Name)
		set(&c.company.Website, p.Website)
		set(&c.company.RegistrationNumber, p.RegistrationNumber)
		set(&c.company.IncorporationCountry, p.IncorporationCountry)
		set(&c.company.IncorporationType, p.IncorporationType)
	}
	if body.Metadata.Sent {
		c.metadata = nil
		for _, p := range body.Metadata.Value {
			c.metadata = append(c.metadata, pair{p.key, p.value.Value})
		}
	}
}

func set(member *string, sent web.Opt[string]) {
	if sent.Sent {
		*member = sent.Value
	}
}
