package subclients

import (
	"net/http"
	"time"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/web"
)

// loginLifetime is how long a login's token lives (SUB-3).
const loginLifetime = 24 * time.Hour

// timezone is the partner's, by name and as times are written in it.
const timezone = "America/Mexico_City"

// loginRequest is the body of a login.
type loginRequest struct {
	APIClient web.Opt[struct {
		APIKey   web.Opt[string] `json:"api_key"`
		Password web.Opt[string] `json:"password"`
		web.Unread
	}] `json:"api_client"`
	web.Unread
}

// UnreadMembers lists the members that are unknown, those of api_client by their path.
func (r loginRequest) UnreadMembers() []string {
	all := r.Unread.UnreadMembers()
	for _, name := range r.APIClient.Value.UnreadMembers() {
		all = append(all, "api_client."+name)
	}
	return all
}

// loginAnswer is what a login answers, beside the token in its header.
type loginAnswer struct {
	Status loginStatus `json:"status"`
	Data   struct {
		Client loginClient `json:"client"`
	} `json:"data"`
}

type loginStatus struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// loginClient is a client as a login shows it.
type loginClient struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Alias      string `json:"alias"`
	Code       string `json:"code"`
	EntityCode string `json:"entity_code"`
	Email      string `json:"email"`
	Available  money  `json:"available"`
	Balance    money  `json:"balance"`
	Timezone   string `json:"timezone"`
	Status     string `json:"status"`
	CreatedAt  string `json:"created_at"`
	UpdatedAt  string `json:"updated_at"`
}

// byLogin finds the client that the body's api key and password belong to (SUB-2). A password may have @ and a
// workspace's name behind it; whether the api key is known cannot be told from the time it takes.
func (a *api) byLogin(x *gate.Exchange) (gate.Credential, error) {
	var body loginRequest
	if err := x.Decode(&body); err != nil {
		return gate.Credential{}, err
	}
	apiKey, password := body.APIClient.Value.APIKey.Value, body.APIClient.Value.Password.Value
	if apiKey == "" {
		return gate.Credential{}, web.Refuse(web.ErrUnauthorized, web.Violation{
			Member: "api_client.api_key", Rule: "SUB-7", Message: "is missing or no string", Passes: "a client's api key, like " + capsuleKey,
		})
	}
	ctx := x.Request.Context()
	return x.Resolve(gate.Password, password, func(records, secret string) (gate.Credential, bool, error) {
		var c client
		var found bool
		err := a.store.Read(ctx, func(v store.View) (err error) {
			c, found, err = findByAPIKey(v, records, apiKey)
			return err
		})
		if err != nil {
			return gate.Credential{}, false, err
		}
		match, err := a.passwords.match(ctx, secret, c.passwordHash)
		return gate.Credential{ID: c.id, Owner: c.id}, found && match, err
	})
}

func (a *api) login(r *http.Request) (web.Response, error) {
	x := gate.From(r)
	var c client
	err := a.store.Read(r.Context(), func(v store.View) (err error) {
		c, err = ownClient(v, x.Workspace.Name, x.Owner)
		return err
	})
	if err != nil {
		return web.Response{}, err
	}
	token, err := x.IssueToken(c.id, loginLifetime)
	if err != nil {
		return web.Response{}, err
	}
	answer := loginAnswer{Status: loginStatus{http.StatusOK, "Logged in successfully."}}
	answer.Data.Client = loginClient{
		c.id, c.name, c.alias, c.code, c.code, c.email, c.available, c.balance, timezone, statusActive, a.local(c.createdAt), a.local(c.updatedAt),
	}
	return web.Response{Status: http.StatusOK, Header: http.Header{"Authorization": {"Bearer " + token}}, Body: answer}, nil
}

// local writes a time as a login does: milliseconds, and the offset of Mexico City.
func (a *api) local(t time.Time) string { return t.In(a.zone).Format("2006-01-02T15:04:05.000-07:00") }
