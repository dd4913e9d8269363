package gate

import (
	"context"
	"math"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics counts what a gate answers. No label has a value that a client chooses: what is no route has the operation "",
// and what is outside all APIs the API "".
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	took     map[*API]prometheus.Observer         // nil stands for outside all APIs
	refusals func() map[string]prometheus.Counter // by the ledgers' rules
	limited  *prometheus.CounterVec
	cache    *prometheus.CounterVec
	process  func() // adds the process's own
}

// durations bounds the histogram's buckets, in seconds: most answers take less than a millisecond, and the longest are
// those that a user delays.
var durations = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// Metrics are the gate's series, and those of the process.
func (g *Gate) Metrics() prometheus.Gatherer {
	g.metrics.refusals()
	g.metrics.process()
	return g.metrics.registry
}

func newMetrics(o Options) *metrics {
	registry := prometheus.NewRegistry()
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		vec := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
		registry.MustRegister(vec)
		return vec
	}
	gauge := func(name, help string, value func() float64) {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
	}
	m := &metrics{
		registry: registry,
		requests: counter("sandbox_requests_total", "Answers of the emulated APIs; the status 0 is that of connections which a fault has closed before the operation.", "api", "operation", "status"),
		took:     map[*API]prometheus.Observer{},
		process: sync.OnceFunc(func() {
			registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
		}),
		limited: counter("sandbox_limit_refusals_total", "Requests that a rate limit has refused.", "limit"),
		cache:   counter("sandbox_cache_lookups_total", "Requests that a kept answer may serve, by whether there was one.", "api", "result"),
	}
	took := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "sandbox_request_duration_seconds", Help: "From a request's arrival until its answer is about to be sent.", Buckets: durations,
	}, []string{"api"})
	registry.MustRegister(took)
	gauge("sandbox_workspaces", "Workspaces that there are.", func() float64 { return float64(len(o.Workspaces.List())) })
	gauge("sandbox_journal_entries", "Requests that the journal holds, that of all replicas.", func() float64 { entries, _, err := o.Journal.Holds(context.Background()); return gaugeOf(entries, err) })
	gauge("sandbox_journal_bytes", "What they take, about.", func() float64 { _, bytes, err := o.Journal.Holds(context.Background()); return gaugeOf(bytes, err) })

	// What is known beforehand stands at zero until it happens, as rates need it.
	m.took[nil] = took.WithLabelValues("")
	for _, api := range o.APIs {
		m.took[api] = took.WithLabelValues(api.Name)
		for _, l := range api.Limits {
			m.limited.WithLabelValues(l.name(api))
		}
	}
	// There is one for each of hundreds of rules, so that the first who counts or asks makes them, and no start does.
	m.refusals = sync.OnceValue(func() map[string]prometheus.Counter {
		vec, all := counter("sandbox_refusals_total", "Reasons for refusals, by the ledger's rule; a request may have several.", "rule"), map[string]prometheus.Counter{}
		rules := slices.Clone(Rules)
		for _, api := range o.APIs {
			rules = append(rules, api.Rules...)
		}
		for _, r := range rules {
			all[r.ID] = vec.WithLabelValues(r.ID)
		}
		return all
	})
	return m
}

// gaugeOf is a number that may be unknown.
func gaugeOf(n int, err error) float64 {
	if err != nil {
		return math.NaN()
	}
	return float64(n)
}

// count counts an exchange whose answer is about to be sent.
func (m *metrics) count(x *Exchange, took time.Duration) {
	api := ""
	if x.API != nil {
		api = x.API.Name
	}
	m.requests.WithLabelValues(api, x.Operation, strconv.Itoa(x.answer.Status)).Inc()
	m.took[x.API].Observe(took.Seconds())
	for _, v := range x.violations {
		if refusals, ok := m.refusals()[v.Rule]; ok {
			refusals.Inc()
		}
	}
	if x.limited {
		m.limited.WithLabelValues(x.limit.Limit).Inc()
	}
	if x.cache != nil {
		m.cache.WithLabelValues(api, x.cache.String()).Inc()
	}
}
