package apidev

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// fixtureProfile is what clients and accounts have in common, as fixtures show it: in the members of a creation.
type fixtureProfile struct {
	ID           string         `json:"id"`
	Name         *string        `json:"name"`
	ExternalCode *string        `json:"external_code"`
	Status       *string        `json:"status"`
	Document     *string        `json:"document"`
	BusinessName *string        `json:"business_name"`
	TaxID        *string        `json:"tax_id"`
	Phone        *string        `json:"phone"`
	Mobile       *string        `json:"mobile"`
	Email        *string        `json:"email"`
	ImageURL     *string        `json:"image_url"`
	Street       *string        `json:"street"`
	DoorNumber   *string        `json:"door_number"`
	Apartment    *string        `json:"apartment"`
	Corner       *string        `json:"corner"`
	ZipCode      *string        `json:"zip_code"`
	CountryID    *string        `json:"country_id"`
	DepartmentID *string        `json:"department_id"`
	Notes        *string        `json:"notes"`
	DocumentType jsontext.Value `json:"document_type"`
	Latitude     jsontext.Value `json:"latitude"`
	Longitude    jsontext.Value `json:"longitude"`
}

// fixtureOrigin is what only a fixture can say.
type fixtureOrigin struct {
	Owner     string    `json:"_owner,omitempty"` // left out for the first owner
	CreatedAt time.Time `json:"_created_at"`
}

type fixtureClient struct {
	fixtureProfile
	fixtureOrigin
}

type fixtureAccount struct {
	fixtureProfile
	ClientID   *string `json:"client_id"`
	QRCode     *string `json:"qr_code"`
	StartDate  *string `json:"start_date"`
	EndDate    *string `json:"end_date"`
	BirthDate  *string `json:"birth_date"`
	ProviderID *string `json:"provider_id"`
	CityID     *string `json:"city_id"`
	fixtureOrigin
}

func (p profile) fixture() (fixtureProfile, fixtureOrigin) {
	origin := fixtureOrigin{Owner: p.owner, CreatedAt: p.createdAt}
	if p.owner == ownerDemo {
		origin.Owner = ""
	}
	return fixtureProfile{
		p.id, p.name, p.externalCode, p.status, p.document, p.businessName, p.taxID, p.phone, p.mobile, p.email, p.imageURL,
		p.street, p.doorNumber, p.apartment, p.corner, p.zipCode, p.countryID, p.departmentID, p.notes,
		numeral(p.documentType), numeral(p.latitude), numeral(p.longitude),
	}, origin
}

// originRequest is what only a fixture can say of a record, as it sets it.
type originRequest struct {
	ID        web.Opt[string] `json:"id"          validate:"omitempty,string,decimal"`
	Owner     web.Opt[string] `json:"_owner"      validate:"omitempty,string,max=63"`
	CreatedAt web.Opt[string] `json:"_created_at" validate:"omitempty,string,datetime=2006-01-02T15:04:05.999999999Z07:00"`
	web.Unread
}

// placeRequest is what only a fixture can say of an account.
type placeRequest struct {
	ProviderID web.Opt[string] `json:"provider_id" validate:"omitempty,string,max=30"`
	CityID     web.Opt[string] `json:"city_id"     validate:"omitempty,string,max=30"`
	web.Unread
}

// collections are apidev.clients and apidev.accounts. An account refers to its client by value, whichever comes first.
func (a *api) collections() []workspace.Collection {
	return []workspace.Collection{
		{API: "apidev", Name: "clients", Key: "id", Schema: web.Schema(profileRequest{}, originRequest{}), Rows: "apidev_clients WHERE workspace = $1", Export: exportClients, Import: a.importClient, Delete: deleteClient},
		{API: "apidev", Name: "accounts", Key: "id", Schema: web.Schema(profileRequest{}, accountRequest{}, placeRequest{}, originRequest{}), Rows: "apidev_accounts WHERE workspace = $1", Export: exportAccounts, Import: a.importAccount, Delete: deleteAccount},
	}
}

func exportClients(v store.View, workspace string) ([]any, error) {
	all, err := allClients(v, workspace)
	records := make([]any, len(all))
	for i, c := range all {
		shared, origin := c.fixture()
		records[i] = fixtureClient{shared, origin}
	}
	return records, err
}

func exportAccounts(v store.View, workspace string) ([]any, error) {
	all, err := allAccounts(v, workspace)
	records := make([]any, len(all))
	for i, a := range all {
		shared, origin := a.fixture()
		records[i] = fixtureAccount{shared, a.clientID, a.qrCode, a.startDate, a.endDate, a.birthDate, a.providerID, a.cityID, origin}
	}
	return records, err
}

func (a *api) importClient(tx *workspace.Tx, record jsontext.Value, at time.Time) error {
	var shared profileRequest
	var origin originRequest
	if err := known("a client", record, &shared, &origin); err != nil {
		return err
	}
	var c client
	if err := a.importProfile(tx, clientTable, &c.profile, shared, origin, at); err != nil {
		return err
	}
	return insertClient(tx, c)
}

func (a *api) importAccount(tx *workspace.Tx, record jsontext.Value, at time.Time) error {
	var shared profileRequest
	var origin originRequest
	var own accountRequest
	var place placeRequest
	if err := known("an account", record, &shared, &origin, &own, &place); err != nil {
		return err
	}
	if err := firstOf(append(a.valid().Whole(own), a.valid().Whole(place)...)); err != nil {
		return err
	}
	var imported account
	imported.take(profileRequest{}, own)
	imported.providerID, imported.cityID = filled(place.ProviderID), filled(place.CityID)
	if err := a.importProfile(tx, accountTable, &imported.profile, shared, origin, at); err != nil {
		return err
	}
	return insertAccount(tx, imported)
}

// known decodes a record, and refuses members that none of its parts knows.
func known(what string, record jsontext.Value, parts ...part) error {
	unknown, err := decode(record, parts...)
	if err == nil && len(unknown) > 0 {
		err = &workspace.RecordError{Member: unknown[0], Problem: "is no member of " + what}
	}
	return err
}

// firstOf refuses a record for the first thing that is wrong with it.
func firstOf(findings []web.Finding) error {
	if len(findings) == 0 {
		return nil
	}
	f := findings[0]
	return &workspace.RecordError{Member: f.Member, Problem: strings.TrimSpace("must pass "+f.Tag+" "+f.Param) + ": " + wordings[f.Tag].passes}
}

// importProfile fills the common part of a record, and gives it its id and its place among the others. Unlike a request a
// fixture can leave the name empty (COM-32).
func (a *api) importProfile(tx *workspace.Tx, table string, p *profile, shared profileRequest, origin originRequest, at time.Time) error {
	findings := slices.DeleteFunc(a.valid().Whole(shared), func(f web.Finding) bool { return f.Tag == "required" })
	if err := firstOf(append(findings, a.valid().Whole(origin)...)); err != nil {
		return err
	}
	p.take(shared)
	p.owner, p.createdAt, p.id = cmp.Or(origin.Owner.Value, ownerDemo), at, origin.ID.Value
	if said, err := time.Parse(time.RFC3339Nano, origin.CreatedAt.Value); err == nil {
		if p.createdAt = said.UTC(); p.createdAt.Year() < 1970 || p.createdAt.Year() > 9999 {
			return &workspace.RecordError{Member: "_created_at", Problem: "must be from 1970 to 9999 in UTC"}
		}
	}
	if p.id != "" {
		taken, err := isTaken(tx.View, table, tx.Workspace, p.owner, p.id)
		if err != nil {
			return err
		}
		if taken {
			return &workspace.RecordError{Member: "id", Problem: p.id + " is another record's"}
		}
	}
	return identify(tx, table, p)
}
