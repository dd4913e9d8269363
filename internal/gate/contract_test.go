package gate_test

import (
	"testing"

	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
	"github.com/seed-0f456478/sandbox/internal/gate"
)

func TestLedger(t *testing.T) {
	t.Parallel()
	fidelitytest.Check(t, gate.Rules, "../app", "../control", "../cobrofacil", "../subclients", "../complycube", "../kobra", "../apidev")
}
