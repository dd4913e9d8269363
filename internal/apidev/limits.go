package apidev

import (
	"time"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// limits are ten requests a minute of each operation (API-30). A login has none, but locks (API-5).
var limits = []gate.Limit{
	{Operation: "listClients", Requests: 10, Window: time.Minute, Rule: "API-30"},
	{Operation: "getClient", Requests: 10, Window: time.Minute, Rule: "API-30"},
	{Operation: "createClient", Requests: 10, Window: time.Minute, Rule: "API-50"},
	{Operation: "updateClient", Requests: 10, Window: time.Minute, Rule: "API-51"},
	{Operation: "listAccounts", Requests: 10, Window: time.Minute, Rule: "API-52"},
	{Operation: "getAccount", Requests: 10, Window: time.Minute, Rule: "API-52"},
	{Operation: "createAccount", Requests: 10, Window: time.Minute, Rule: "API-52"},
	{Operation: "updateAccount", Requests: 10, Window: time.Minute, Rule: "API-52"},
}

// How long answers are kept (API-31).
const (
	listLifetime   = 60 * time.Second
	detailLifetime = 30 * time.Second
)

// cacheSwitch is the switch of API-31.
var cacheSwitch = workspace.Switch{Name: "apidev.cache", Rule: "API-31", Values: []string{"on", "off"}, Default: "on"}

// cached is the kept answer for a key, or fill's.
func cached(x *gate.Exchange, lifetime time.Duration, key []string, fill func() (web.Response, error)) (web.Response, error) {
	if x.Workspace.Setting(cacheSwitch.Name) == "off" {
		return fill()
	}
	return x.Cached(lifetime, key, fill)
}
