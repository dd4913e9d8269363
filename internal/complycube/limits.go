package complycube

import (
	"time"

	"github.com/seed-0f456478/sandbox/internal/gate"
)

// Requests a second, of each key (CC-4).
var limits = []gate.Limit{
	{Owner: ownerTest, Requests: 5, Window: time.Second, Rule: "CC-4"},
	{Owner: ownerLive, Requests: 10, Window: time.Second, Rule: "CC-4"},
}
