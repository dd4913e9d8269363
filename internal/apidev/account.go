package apidev

import (
	"errors"
	"net/http"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// account is an account, and the name of the client that it is tied to.
type account struct {
	profile
	clientID, qrCode, startDate, endDate, birthDate *string
	providerID, cityID                              *string // which only a fixture sets
	clientName                                      *string
}

// take sets the members that a valid body sent, and lists them.
func (a *account) take(shared profileRequest, own accountRequest) []string {
	return append(a.profile.take(shared), takeTexts(
		text{"client_id", own.ClientID, &a.clientID},
		text{"qr_code", own.QRCode, &a.qrCode},
		text{"start_date", own.StartDate, &a.startDate},
		text{"end_date", own.EndDate, &a.endDate},
		text{"birth_date", own.BirthDate, &a.birthDate},
	)...)
}

// accountItem is an account, in a list and alone (API-52).
type accountItem struct {
	ID             string      `json:"id"`
	ExternalCode   *string     `json:"external_code"`
	Name           *string     `json:"name"`
	BusinessName   *string     `json:"business_name"`
	TaxID          *string     `json:"tax_id"`
	Document       *string     `json:"document"`
	Phone          *string     `json:"phone"`
	Mobile         *string     `json:"mobile"`
	Email          *string     `json:"email"`
	ImageURL       *string     `json:"image_url"`
	Status         *string     `json:"status"`
	Address        wireAddress `json:"address"`
	Notes          *string     `json:"notes"`
	StartDate      *string     `json:"start_date"`
	EndDate        *string     `json:"end_date"`
	BirthDate      *string     `json:"birth_date"`
	ClientName     *string     `json:"client_name"`
	CountryName    *string     `json:"country_name"`
	DepartmentName *string     `json:"department_name"`
	CityName       *string     `json:"city_name"`
}

func (a account) item() accountItem {
	return accountItem{
		a.id, a.externalCode, a.name, a.businessName, a.taxID, a.document, a.phone, a.mobile, a.email, a.imageURL, a.status, a.address(),
		a.notes, a.startDate, a.endDate, a.birthDate, a.clientName, nameIn(countries, a.countryID), nameIn(departments, a.departmentID), nameIn(cities, a.cityID),
	}
}

// The places that the seed's accounts lie in. The page's client is of country 1 and department 10; the other numbers are
// the sandbox's own (API-55).
var (
	countries   = map[string]string{"1": "Uruguay", "2": "México"}
	departments = map[string]string{"10": "Montevideo", "20": "Baja California", "21": "Nuevo León", "22": "Ciudad de México", "23": "Jalisco", "24": "Yucatán"}
	cities      = map[string]string{"100": "Montevideo", "200": "Tijuana", "210": "Monterrey", "220": "Ciudad de México", "230": "Guadalajara", "240": "Mérida"}
)

func nameIn(places map[string]string, id *string) *string {
	if id == nil {
		return nil
	}
	if name, ok := places[*id]; ok {
		return &name
	}
	return nil
}

func (a *api) listAccounts(r *http.Request) (web.Response, error) {
	x := gate.From(r)
	asked, err := readList(x,
		filter{name: "status", most: 10}, filter{name: "search", most: 120}, filter{name: "client_id", most: 30}, filter{name: "provider_id", most: 30},
		filter{name: "country_id", most: 30}, filter{name: "department_id", most: 30}, filter{name: "city_id", most: 30},
	)
	if err != nil {
		return web.Response{}, err
	}
	return cached(x, listLifetime, asked.key(), func() (web.Response, error) {
		items := []accountItem{}
		meta := page{Limit: asked.limit, Offset: asked.offset}
		err := a.store.Read(r.Context(), func(v store.View) error {
			found, total, err := pageOfAccounts(v, x.Workspace.Name, x.Owner, asked)
			for _, account := range found {
				items = append(items, account.item())
			}
			meta.Total = total
			return err
		})
		return web.Response{Status: http.StatusOK, Body: success{true, items, meta}}, err
	})
}

func (a *api) getAccount(r *http.Request) (web.Response, error) {
	x := gate.From(r)
	id := x.Param("id")
	return cached(x, detailLifetime, []string{id}, func() (web.Response, error) {
		var found account
		err := a.store.Read(r.Context(), func(v store.View) (err error) {
			found, err = findAccount(v, x.Workspace.Name, x.Owner, id)
			return err
		})
		return web.Response{Status: http.StatusOK, Body: success{true, found.item(), none{}}}, err
	})
}

func (a *api) createAccount(r *http.Request) (web.Response, error) {
	x := gate.From(r)
	var shared profileRequest
	var own accountRequest
	if err := decodeBody(x, &shared, &own); err != nil {
		return web.Response{}, err
	}
	if err := invalid(append(a.valid().Whole(shared), a.valid().Whole(own)...), "API-52"); err != nil {
		return web.Response{}, err
	}
	var made account
	err := x.Write(r.Context(), func(tx *workspace.Tx) error {
		made = account{profile: profile{owner: x.Owner, createdAt: x.Now}}
		made.take(shared, own)
		if err := checkClient(tx.View, tx.Workspace, made); err != nil {
			return err
		}
		if err := identify(tx, accountTable, &made.profile); err != nil {
			return err
		}
		return insertAccount(tx, made)
	})
	return web.Response{Status: http.StatusCreated, Body: success{Success: true, Data: created{made.id}}}, err
}

func (a *api) updateAccount(r *http.Request) (web.Response, error) {
	x := gate.From(r)
	var shared profileRequest
	var own accountRequest
	if err := decodeBody(x, &shared, &own); err != nil {
		return web.Response{}, err
	}
	findings := append(withoutID(shared.Unread), append(a.valid().Sent(shared), a.valid().Sent(own)...)...)
	if err := invalid(findings, "API-52"); err != nil {
		return web.Response{}, err
	}
	id, changed := x.Param("id"), []string{}
	err := x.Write(r.Context(), func(tx *workspace.Tx) error {
		account, err := findAccount(tx.View, tx.Workspace, x.Owner, id)
		if err != nil {
			return err
		}
		changed = account.take(shared, own)
		if own.ClientID.Sent {
			if err := checkClient(tx.View, tx.Workspace, account); err != nil {
				return err
			}
		}
		if _, err := deleteAccount(tx, account.owner, account.id); err != nil {
			return err
		}
		return insertAccount(tx, account)
	})
	return web.Response{Status: http.StatusOK, Body: success{Success: true, Data: updated{id, changed}}}, err
}

// checkClient refuses an account of a client that its owner does not have (API-55).
func checkClient(v store.View, workspace string, a account) error {
	if a.clientID == nil {
		return nil
	}
	_, err := findClient(v, workspace, a.owner, *a.clientID)
	if errors.Is(err, web.ErrNotFound) {
		return invalid([]web.Finding{{Member: "client_id", Tag: "client", Value: *a.clientID}}, "API-55")
	}
	return err
}
