package complycube

import (
	"strings"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/web"
)

// The owners are the partner's environments, which a key's prefix names (CC-2).
const (
	ownerTest = "test"
	ownerLive = "live"
)

var credentials = []gate.Credential{
	{ID: "complycube-test", Secret: "test_sandbox", Owner: ownerTest, Use: "the demo owner: test data"},
	{ID: "complycube-live", Secret: "live_sandbox", Owner: ownerLive, Use: "another owner: live data, one client"},
	{ID: "complycube-expired", Secret: "test_expired", Owner: ownerTest, Expired: true, Use: "answered with 401"},
}

// authenticate takes the bare key (CC-1).
func authenticate(x *gate.Exchange) (gate.Credential, error) {
	return x.CredentialOf("Authorization", x.Request.Header.Get("Authorization"))
}

var testKey = web.Pattern(`^test_[!-~]+$`)

// openOwner takes any test key for the demo owner's.
func openOwner(_, key string) string {
	if !testKey(key) {
		return ""
	}
	return ownerTest
}

// looksLikeProduction says so of every live key; the published one is not asked about.
func looksLikeProduction(key string) bool { return strings.HasPrefix(key, "live_") }
