package gate_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// series are all values of a gate but zeros, by name and labels. Of a histogram it is how often it was observed.
func series(t *testing.T, g *gate.Gate) map[string]float64 {
	t.Helper()
	families, err := g.Metrics().Gather()
	require.NoError(t, err)
	all := map[string]float64{}
	for _, f := range families {
		name, ours := strings.CutPrefix(f.GetName(), "sandbox_")
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			value := m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			if ours && value != 0 {
				all[strings.TrimSpace(name+" "+strings.Join(labels, " "))] = value
			}
		}
	}
	return all
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	w := s.space(t, workspace.Default)
	arm := func(on, kind string) func() {
		return func() {
			_, err := gate.Arm(t.Context(), []*gate.API{s.api}, w, gate.Fault{ID: on, FaultSpec: gate.FaultSpec{On: on, Kind: kind, Times: 1}})
			require.NoError(t, err)
		}
	}
	refuse := func() {
		s.fill = func() (web.Response, error) {
			return web.Response{}, web.Refuse(web.ErrInvalid, web.Violation{Rule: "SHO-2"}, web.Violation{Rule: "COM-20"}, web.Violation{Rule: "SHO-2"}, web.Violation{Rule: "of no ledger"})
		}
	}
	const answers, took, cached = "requests_total api=shop operation=", "request_duration_seconds api=shop", "cache_lookups_total api=shop result="
	for _, test := range []struct {
		name, method, path, secret string
		before                     func()
		moves                      []string // by one
	}{
		{"an answer", "GET", "/get", alice, nil, []string{answers + "get status=200", took}},
		{"HEAD", "HEAD", "/get", alice, nil, []string{answers + "get status=200", took}},
		{"not kept yet", "GET", "/list", alice, nil, []string{answers + "list status=200", took, cached + "miss"}},
		{"kept", "GET", "/list", alice, nil, []string{answers + "list status=200", took, cached + "hit"}},
		{"beyond a limit", "GET", "/list", alice, nil, []string{answers + "list status=429", took, "limit_refusals_total limit=shop.list", "refusals_total rule=SHO-1"}},
		{"a refusal", "GET", "/list?q=chosen", bob, refuse, []string{answers + "list status=422", took, cached + "miss", "refusals_total rule=SHO-2", "refusals_total rule=COM-20", "refusals_total rule=SHO-2"}},
		{"no credential", "GET", "/get", "chosen", nil, []string{answers + "get status=401", took, "refusals_total rule=COM-13"}},
		{"an unknown path", "GET", "/chosen", alice, nil, []string{answers + " status=404", took, "refusals_total rule=COM-6"}},
		{"an unknown method", "CHOSEN", "/get", alice, nil, []string{answers + " status=405", took, "refusals_total rule=COM-6"}},
		{"outside all APIs", "GET", "s/chosen", alice, nil, []string{"requests_total api= operation= status=404", "request_duration_seconds api=", "refusals_total rule=COM-5"}},
		{"closed by a fault", "GET", "/get", alice, arm("shop.get", gate.FaultClose), []string{answers + "get status=0", took}},
		{"lost by a fault", "GET", "/get", alice, arm("shop.get", gate.FaultLost), []string{answers + "get status=200", took}},
	} {
		if test.before != nil {
			test.before()
		}
		want := series(t, s.Gate)
		for _, moved := range append(test.moves, "journal_entries") {
			want[moved]++
		}
		func() {
			defer func() { // as net/http does, where a fault closes the connection
				if v := recover(); v != nil {
					assert.Equal(t, http.ErrAbortHandler, v, test.name)
				}
			}()
			s.send(test.method, test.path, "", test.secret)
		}()
		got := series(t, s.Gate)
		assert.Greater(t, got["journal_bytes"], want["journal_bytes"], test.name)
		delete(got, "journal_bytes")
		delete(want, "journal_bytes")
		assert.Equal(t, want, got, test.name)
	}
	assert.InDelta(t, 1, series(t, s.Gate)["workspaces"], 0)
	s.space(t, "other")
	require.NoError(t, s.journal.Clear(t.Context(), w))
	cleared := series(t, s.Gate)
	assert.InDelta(t, 2, cleared["workspaces"], 0)
	assert.NotContains(t, cleared, "journal_entries")
	assert.NotContains(t, cleared, "journal_bytes")
}

// What is known beforehand is there from the start.
func TestMetricsBegin(t *testing.T) {
	t.Parallel()
	families, err := newStand(t).Metrics().Gather()
	require.NoError(t, err)
	count := map[string]int{}
	for _, f := range families {
		assert.NotEmpty(t, f.GetHelp())
		if name, ours := strings.CutPrefix(f.GetName(), "sandbox_"); ours {
			count[name] = len(f.GetMetric())
		}
	}
	assert.Equal(t, map[string]int{
		"request_duration_seconds": 2, "limit_refusals_total": 2, "refusals_total": len(gate.Rules) + 2,
		"workspaces": 1, "journal_entries": 1, "journal_bytes": 1,
	}, count)
}
