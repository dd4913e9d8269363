package subclients

import (
	"errors"
	"net/http"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// fundAnswer is what a funding shows of the two clients, whose members come in different orders.
type fundAnswer struct {
	Client struct {
		ID        string `json:"id"`
		Code      string `json:"code"`
		Name      string `json:"name"`
		Available money  `json:"available"`
		RFC       string `json:"rfc"`
	} `json:"client"`
	Subclient struct {
		ID        string `json:"id"`
		Name      string `json:"name"`
		Code      string `json:"code"`
		Available money  `json:"available"`
		RFC       string `json:"rfc"`
	} `json:"subclient"`
}

// fundClient moves money from the caller to one of its subclients (SUB-61).
func (a *api) fundClient(r *http.Request) (web.Response, error) {
	x := gate.From(r)
	var body fundRequest
	if err := x.Decode(&body); err != nil {
		return web.Response{}, err
	}
	if err := invalid(a.valid().Whole(body)); err != nil {
		return web.Response{}, err
	}
	amount := readNumber(string(body.Amount.Value)).money
	var parent, subclient client
	err := x.Write(r.Context(), func(tx *workspace.Tx) (err error) {
		if parent, err = ownClient(tx.View, tx.Workspace, x.Owner); err != nil {
			return err
		}
		if subclient, err = findSubclient(tx.View, tx.Workspace, x.Owner, body.ClientID.Value); err != nil {
			return err
		}
		if err := checkBalance(parent, "amount", body.Amount.Value); err != nil {
			return err
		}
		if most := mostMoney - subclient.available; amount > most {
			return web.Refuse(web.ErrInvalid, web.Violation{
				Member: "amount", Value: body.Amount.Value, Rule: "SUB-63", Message: "would give the subclient more than 15 digits", Passes: "at most " + most.String(),
			})
		}
		parent.available -= amount
		subclient.available += amount
		parent.updatedAt, subclient.updatedAt = x.Now, x.Now
		return errors.Join(saveClient(tx.Tx, tx.Workspace, parent), saveClient(tx.Tx, tx.Workspace, subclient))
	})
	var shown fundAnswer
	shown.Client.ID, shown.Client.Code, shown.Client.Name = parent.id, parent.code, parent.name
	shown.Client.Available, shown.Client.RFC = parent.available, parent.rfc
	shown.Subclient.ID, shown.Subclient.Name, shown.Subclient.Code = subclient.id, subclient.name, subclient.code
	shown.Subclient.Available, shown.Subclient.RFC = subclient.available, subclient.rfc
	return ok(shown), err
}
