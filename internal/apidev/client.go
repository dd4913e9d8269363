package apidev

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// client is a client, and how many accounts are tied to it.
type client struct {
	profile
	accounts int
}

// clientItem is a client as a list shows it (API-12).
type clientItem struct {
	ID                 string  `json:"id"`
	Name               *string `json:"name"`
	BusinessName       *string `json:"business_name"`
	Email              *string `json:"email"`
	Phone              *string `json:"phone"`
	ImageURL           *string `json:"image_url"`
	Status             *string `json:"status"`
	Document           *string `json:"document"`
	TaxID              *string `json:"tax_id"`
	ExternalCode       *string `json:"external_code"`
	AssociatedAccounts int     `json:"associated_accounts"`
}

func (c client) item() clientItem {
	return clientItem{c.id, c.name, c.businessName, c.email, c.phone, c.imageURL, c.status, c.document, c.taxID, c.externalCode, c.accounts}
}

// clientDetail is a client as its own page shows it (API-20).
type clientDetail struct {
	ID                 string          `json:"id"`
	Name               *string         `json:"name"`
	BusinessName       *string         `json:"business_name"`
	Email              *string         `json:"email"`
	Phone              *string         `json:"phone"`
	Mobile             *string         `json:"mobile"`
	ImageURL           *string         `json:"image_url"`
	Status             *string         `json:"status"`
	Document           *string         `json:"document"`
	TaxID              *string         `json:"tax_id"`
	ExternalCode       *string         `json:"external_code"`
	Notes              *string         `json:"notes"`
	DocumentType       jsontext.Value  `json:"document_type"`
	Address            wireAddress     `json:"address"`
	CountryID          *string         `json:"country_id"`
	DepartmentID       *string         `json:"department_id"`
	AssociatedAccounts int             `json:"associated_accounts"`
	Accounts           []clientAccount `json:"accounts"`
}

// clientAccount is an account as its client shows it.
type clientAccount struct {
	ID           string  `json:"id"`
	Name         *string `json:"name"`
	ExternalCode *string `json:"external_code"`
	Status       *string `json:"status"`
}

func (c client) detail(accounts []clientAccount) clientDetail {
	return clientDetail{
		c.id, c.name, c.businessName, c.email, c.phone, c.mobile, c.imageURL, c.status, c.document, c.taxID, c.externalCode,
		c.notes, numeral(c.documentType), c.address(), c.countryID, c.departmentID, len(accounts), accounts,
	}
}

func (a *api) listClients(r *http.Request) (web.Response, error) {
	x := gate.From(r)
	asked, err := readList(x, filter{name: "status", most: 10}, filter{name: "search", most: 120})
	if err != nil {
		return web.Response{}, err
	}
	return cached(x, listLifetime, asked.key(), func() (web.Response, error) {
		items := []clientItem{}
		meta := page{Limit: asked.limit, Offset: asked.offset}
		err := a.store.Read(r.Context(), func(v store.View) error {
			found, total, err := pageOfClients(v, x.Workspace.Name, x.Owner, asked)
			for _, c := range found {
				items = append(items, c.item())
			}
			meta.Total = total
			return err
		})
		return web.Response{Status: http.StatusOK, Body: success{true, items, meta}}, err
	})
}

func (a *api) getClient(r *http.Request) (web.Response, error) {
	x := gate.From(r)
	id := x.Param("id")
	return cached(x, detailLifetime, []string{id}, func() (web.Response, error) {
		var found clientDetail
		err := a.store.Read(r.Context(), func(v store.View) error {
			c, err := findClient(v, x.Workspace.Name, x.Owner, id)
			if err != nil {
				return err
			}
			accounts, err := accountsOf(v, x.Workspace.Name, x.Owner, id)
			found = c.detail(accounts)
			return err
		})
		return web.Response{Status: http.StatusOK, Body: success{true, found, none{}}}, err
	})
}

func (a *api) createClient(r *http.Request) (web.Response, error) {
	x := gate.From(r)
	var body profileRequest
	if err := decodeBody(x, &body); err != nil {
		return web.Response{}, err
	}
	if err := invalid(a.valid().Whole(body), "API-50"); err != nil {
		return web.Response{}, err
	}
	var made client
	err := x.Write(r.Context(), func(tx *workspace.Tx) error {
		made = client{profile: profile{owner: x.Owner, createdAt: x.Now}}
		made.take(body)
		if err := identify(tx, clientTable, &made.profile); err != nil {
			return err
		}
		return insertClient(tx, made)
	})
	return web.Response{Status: http.StatusCreated, Body: success{Success: true, Data: created{made.id}}}, err
}

func (a *api) updateClient(r *http.Request) (web.Response, error) {
	x := gate.From(r)
	var body profileRequest
	if err := decodeBody(x, &body); err != nil {
		return web.Response{}, err
	}
	findings := append(withoutID(body.Unread), a.valid().Sent(body)...)
	if err := invalid(findings, "API-51"); err != nil {
		return web.Response{}, err
	}
	id, changed := x.Param("id"), []string{}
	err := x.Write(r.Context(), func(tx *workspace.Tx) error {
		c, err := findClient(tx.View, tx.Workspace, x.Owner, id)
		if err != nil {
			return err
		}
		changed = c.take(body)
		if _, err := deleteClient(tx, c.owner, c.id); err != nil {
			return err
		}
		return insertClient(tx, c)
	})
	return web.Response{Status: http.StatusOK, Body: success{Success: true, Data: updated{id, changed}}}, err
}

// withoutID finds an id among the members of an update that its struct does not know (API-51).
func withoutID(unread web.Unread) []web.Finding {
	if id, sent := unread.Members["id"]; sent {
		return []web.Finding{{Member: "id", Tag: "unknown", Value: id}}
	}
	return nil
}
