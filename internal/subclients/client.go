package subclients

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/text/unicode/norm"

	"github.com/seed-0f456478/sandbox/internal/clock"
	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/ids"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// The switches.
var (
	minimumAvailable = workspace.Switch{
		Name: "subclients.minimum_available", Rule: "SUB-13", Default: "100", Takes: "an amount, like 100 or 1000.50",
		Check: func(value string) error {
			_, err := readMinimum(value)
			return err
		},
	}
	minimumOf = workspace.Switch{Name: "subclients.minimum_of", Rule: "SUB-13", Values: []string{"subclient", "parent"}, Default: "subclient"}
	codeOf    = workspace.Switch{Name: "subclients.code", Rule: "SUB-16", Values: []string{"name", "alias"}, Default: "name"}
	apiClient = workspace.Switch{Name: "subclients.api_client", Rule: "SUB-17", Values: []string{"documented", "corrected"}, Default: "documented"}
)

// readMinimum reads the switch minimumAvailable.
func readMinimum(value string) (money, error) {
	n := readNumber(value)
	if !numberForm(value) || n.negative || n.tooFine || n.money > mostMoney {
		return 0, errors.New(wordings["amount"].sentence)
	}
	return n.money, nil
}

// minimum is what a creation needs in the exchange's workspace.
func minimum(x *gate.Exchange) money {
	least, _ := readMinimum(x.Workspace.Setting(minimumAvailable.Name)) // ChangeSettings has checked it
	return least
}

// statusActive is the status of every client: no call changes it.
const statusActive = "active"

// wireSubclient is a new subclient as a creation shows it.
type wireSubclient struct {
	ID        string        `json:"id"`
	Code      string        `json:"code"`
	Name      string        `json:"name"`
	Available money         `json:"available"`
	RFC       string        `json:"rfc"`
	APIClient wireAPIClient `json:"api_client"`
}

type wireAPIClient struct {
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	Alias       string  `json:"alias"`
	Description *string `json:"description"`
}

func (a *api) createClient(r *http.Request) (web.Response, error) {
	x := gate.From(r)
	var body createRequest
	if err := x.Decode(&body); err != nil {
		return web.Response{}, err
	}
	if err := invalid(a.valid().Whole(body)); err != nil {
		return web.Response{}, err
	}
	asked, err := a.newSubclient(r.Context(), x, body)
	if err != nil {
		return web.Response{}, err
	}
	var created client
	err = x.Write(r.Context(), func(tx *workspace.Tx) error {
		created = asked
		parent, err := ownClient(tx.View, tx.Workspace, x.Owner)
		if err != nil {
			return err
		}
		if err := checkCreation(tx, x, parent, body); err != nil {
			return err
		}
		if err := identify(tx, &created); err != nil {
			return err
		}
		parent.available -= created.available
		parent.updatedAt = x.Now
		return errors.Join(saveClient(tx.Tx, tx.Workspace, parent), saveClient(tx.Tx, tx.Workspace, created))
	})
	if err != nil {
		return web.Response{}, err
	}
	shown := wireSubclient{created.id, created.code, created.name, created.available, created.rfc, wireAPIClient{
		Name: created.apiKey, Alias: created.alias, Description: description(body),
	}}
	if x.Workspace.Setting(apiClient.Name) == "corrected" {
		shown.APIClient.ID, shown.APIClient.Name = created.apiKey, body.APIKeyName.Value
	}
	return ok(struct {
		Subclient wireSubclient `json:"subclient"`
	}{shown}), nil
}

// newSubclient is what a valid body asks for, without its id and api key. It hashes the password, which takes longer than a
// write should.
func (a *api) newSubclient(ctx context.Context, x *gate.Exchange, body createRequest) (c client, err error) {
	c = client{parent: &x.Owner, createdAt: x.Now, updatedAt: x.Now}
	if err := c.take(body); err != nil {
		return client{}, err
	}
	c.code = codeFrom(c.name)
	if x.Workspace.Setting(codeOf.Name) == "alias" {
		c.code = codeFrom(c.alias)
	}
	hashed, err := a.passwords.hash(ctx, body.APIKeyPassword.Value, saltOf(x.Workspace.Name, x.Owner, c.alias, clock.Text(x.Now)))
	c.passwordHash = &hashed
	return c, err
}

// take sets what a valid body says of a subclient.
func (c *client) take(body createRequest) error {
	c.name, c.alias, c.email, c.rfc = body.Name.Value, body.Alias.Value, body.Email.Value, body.RFC.Value
	c.available = readNumber(string(body.Available.Value)).money
	// The others are kept for fixtures. The password is not, and neither is what nobody knows.
	for _, member := range []*web.Opt[string]{&body.Name, &body.Alias, &body.Email, &body.RFC, &body.APIKeyPassword} {
		*member = web.Opt[string]{}
	}
	body.Available, body.Unread = web.Opt[jsontext.Value]{}, web.Unread{}
	details, err := web.Encode(body)
	c.details = string(details)
	return err
}

// checkCreation looks at what the parent has: the alias first, so that a creation sent again is told of that and not of
// what the first one has left (SUB-20).
func checkCreation(tx *workspace.Tx, x *gate.Exchange, parent client, body createRequest) error {
	taken, err := isTaken(tx.View, tx.Workspace, parent.id, body.Alias.Value)
	if err != nil {
		return err
	}
	if taken {
		return web.Refuse(web.ErrInvalid, violation("alias", "taken", "", body.Alias.Value))
	}
	member, has := "available", body.Available.Value
	if x.Workspace.Setting(minimumOf.Name) == "parent" {
		member, has = "the parent's available", parent.available.json()
	}
	if least := minimum(x); readNumber(string(has)).money < least {
		return web.Refuse(errBelowMinimum, web.Violation{
			Member: member, Value: has, Rule: "SUB-13", Message: "is below the minimum", Passes: least.fixed() + " or more",
		})
	}
	return checkBalance(parent, "available", body.Available.Value)
}

// checkBalance refuses an amount that a client does not have.
func checkBalance(c client, member string, amount jsontext.Value) error {
	if readNumber(string(amount)).money <= c.available {
		return nil
	}
	return web.Refuse(errInsufficient, web.Violation{
		Member: member, Value: amount, Rule: "SUB-42", Message: "is more than the client has available", Passes: "at most " + c.available.String(),
	})
}

// identify gives a client the id and api key that it lacks.
func identify(tx *workspace.Tx, c *client) error {
	random, err := tx.Random()
	if err != nil {
		return err
	}
	for _, id := range []*string{&c.id, &c.apiKey} {
		if *id == "" {
			if *id, err = ids.UUIDv4(random); err != nil {
				return err
			}
		}
	}
	return nil
}

// codeFrom is a code: the first five letters and digits in upper case, without accents (SUB-16).
func codeFrom(text string) string {
	var code []rune
	for _, r := range norm.NFD.String(strings.ToUpper(text)) {
		if (unicode.IsLetter(r) || unicode.IsDigit(r)) && len(code) < 5 {
			code = append(code, r)
		}
	}
	return string(code)
}

// description is what a body says of the api key, or nil.
func description(body createRequest) *string {
	if body.APIKeyDescription.Value == "" {
		return nil
	}
	return &body.APIKeyDescription.Value
}

// wireClient is the caller's own client. A login spells the time zone otherwise (SUB-60).
type wireClient struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Alias     string `json:"alias"`
	Code      string `json:"code"`
	Email     string `json:"email"`
	Available money  `json:"available"`
	Balance   money  `json:"balance"`
	TimeZone  string `json:"time_zone"`
	Status    string `json:"status"`
}

func (a *api) getClient(r *http.Request) (web.Response, error) {
	x := gate.From(r)
	var c client
	err := a.store.Read(r.Context(), func(v store.View) (err error) {
		c, err = ownClient(v, x.Workspace.Name, x.Owner)
		return err
	})
	return ok(struct {
		Client wireClient `json:"client"`
	}{wireClient{c.id, c.name, c.alias, c.code, c.email, c.available, c.balance, timezone, statusActive}}), err
}
