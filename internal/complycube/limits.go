package complycube

import (
	"time"

	"github.com/seed-0f456478/sandbox/internal/gate"
)

// Requests a second, of each key (CC-4). A minted key may have an owner of its own, and is a test key all the same.
var limits = []gate.Limit{
	{Owner: ownerLive, Requests: 10, Window: time.Second, Rule: "CC-4"},
	{Requests: 5, Window: time.Second, Rule: "CC-4"},
}
