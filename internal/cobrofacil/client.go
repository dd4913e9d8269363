package cobrofacil

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/ids"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// data is the envelope of every success (COB-10).
type data struct {
	Data wireClient `json:"data"`
}

// wireClient is a client as the partner shows it.
type wireClient struct {
	ID                string  `json:"id"`
	Display           string  `json:"display"`
	ExternalReference *string `json:"external_reference"`
	FirstName         string  `json:"first_name"`
	MiddleName        *string `json:"middle_name"`
	LastName          *string `json:"last_name"`
	MMName            *string `json:"mm_name"`
	Email             *string `json:"email"`
	PhoneNumber       *string `json:"phone_number"`
	SPEICLABE         *string `json:"spei_clabe"`
}

func wire(c client) wireClient {
	return wireClient{c.id, c.display(), c.externalReference, c.firstName, c.middleName, c.lastName, c.mmName, c.email, c.phoneNumber, c.speiCLABE}
}

// display is the first and the paternal name (COB-12).
func (c client) display() string {
	if c.lastName == nil {
		return c.firstName
	}
	return c.firstName + " " + *c.lastName
}

// createStatus is the switch of COB-21.
var createStatus = workspace.Switch{Name: "cobrofacil.create_status", Rule: "COB-21", Values: []string{"201", "200"}, Default: "201"}

func (a *api) createClient(r *http.Request) (web.Response, error) {
	x := gate.From(r)
	var body createRequest
	if err := x.Decode(&body); err != nil {
		return web.Response{}, err
	}
	body.clean()
	if err := invalid(a.valid().Whole(body)); err != nil {
		return web.Response{}, err
	}
	var created client
	err := x.Write(r.Context(), func(tx *workspace.Tx) error {
		created = client{owner: x.Owner, createdAt: x.Now}
		created.take(body)
		return insertNew(tx, &created)
	})
	if err != nil {
		return web.Response{}, err
	}
	status, err := strconv.Atoi(x.Workspace.Setting(createStatus.Name))
	return web.Response{Status: status, Body: data{wire(created)}}, err
}

// insertNew gives a new client its id and CLABE and stores it, unless its reference is taken (COB-23).
func insertNew(tx *workspace.Tx, c *client) error {
	if r := c.externalReference; r != nil && isID(*r) { // else the index knows whether it is free
		if err := checkReference(tx.View, tx.Workspace, *c); err != nil {
			return err
		}
	}
	random, err := tx.Random()
	if err != nil {
		return err
	}
	if c.id, err = ids.UUIDv7(c.createdAt, random); err != nil {
		return err
	}
	if c.speiCLABE, err = nextCLABE(tx); err != nil {
		return err
	}
	inserted, err := insertClient(tx.Tx, tx.Workspace, *c)
	if err == nil && !inserted {
		err = refuseReference(*c)
	}
	return err
}

func (a *api) getClient(r *http.Request) (web.Response, error) {
	x := gate.From(r)
	asked := x.Param("client_id")
	var body web.JSON
	err := a.store.Read(r.Context(), func(v store.View) (err error) {
		body, err = v.Remember("cobrofacil.client", []any{x.Workspace.Name, x.Owner, asked}, func() ([]byte, error) {
			found, err := findClient(v, x.Workspace.Name, x.Owner, asked)
			if err != nil {
				return nil, err
			}
			return web.Encode(data{wire(found)})
		})
		return err
	})
	return web.Response{Status: http.StatusOK, Body: body}, err
}

func (a *api) updateClient(r *http.Request) (web.Response, error) {
	x := gate.From(r)
	var body updateRequest
	if err := x.Decode(&body); err != nil {
		return web.Response{}, err
	}
	members := (*createRequest)(&body)
	members.clean()
	if err := invalid(a.valid().Sent(body)); err != nil {
		return web.Response{}, err
	}
	var updated client
	err := x.Write(r.Context(), func(tx *workspace.Tx) (err error) {
		if updated, err = findClient(tx.View, x.Workspace.Name, x.Owner, x.Param("client_id")); err != nil {
			return err
		}
		updated.take(*members)
		if members.ExternalReference.Sent {
			if err := checkReference(tx.View, x.Workspace.Name, updated); err != nil {
				return err
			}
		}
		return updateClient(tx.Tx, x.Workspace.Name, updated)
	})
	return web.Response{Status: http.StatusOK, Body: data{wire(updated)}}, err
}

// take sets the members that a valid body sent (COB-31).
func (c *client) take(body createRequest) {
	if body.FirstName.Sent {
		c.firstName = body.FirstName.Value
	}
	for _, m := range []struct {
		sent web.Opt[string]
		to   **string
	}{
		{body.LastName, &c.lastName},
		{body.PhoneNumber, &c.phoneNumber},
		{body.Email, &c.email},
		{body.MiddleName, &c.middleName},
		{body.MMName, &c.mmName},
		{body.ExternalReference, &c.externalReference},
	} {
		if m.sent.Sent {
			*m.to = m.sent.Ptr()
		}
	}
}

// checkReference refuses an external reference that identifies another client of the owner (COB-23, COB-35).
func checkReference(v store.View, workspace string, c client) error {
	if c.externalReference == nil {
		return nil
	}
	taken, err := isTaken(v, workspace, c.owner, *c.externalReference, c.id)
	if err == nil && taken {
		err = refuseReference(c)
	}
	return err
}

func refuseReference(c client) error {
	return web.Refuse(web.ErrInvalid, violation("external_reference", "free", *c.externalReference))
}

// clabeSequence numbers the CLABEs of a workspace, since a CLABE is unique for all owners.
const (
	clabeSequence = "cobrofacil.clabe"
	clabePrefix   = "6461806307"
	lastCLABE     = 9_999_999
)

// nextCLABE is a new CLABE, or nil when the seven digits are used up: it is documented as nullable.
func nextCLABE(tx *workspace.Tx) (*string, error) {
	n, err := tx.Next(clabeSequence)
	if err != nil || n > lastCLABE {
		return nil, err
	}
	clabe := fmt.Sprintf("%s%07d", clabePrefix, n)
	clabe += string(clabeCheckDigit(clabe))
	return &clabe, nil
}

// clabeCheckDigit weighs the 17 digits before it by 3, 7, 1, as Mexican banks do.
func clabeCheckDigit(digits string) rune {
	sum := 0
	for i, d := range digits {
		sum += int(d-'0') * []int{3, 7, 1}[i%3] % 10
	}
	return rune('0' + (10-sum%10)%10)
}
