package main

import (
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMain lets the test binary be one of the servers to compare with.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "baseline" {
		panic(serveBaseline(os.Args[2:]))
	}
	code := m.Run()
	if built != nil {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// tiny is a run that takes a second or two, whose figures say nothing.
func tiny(t *testing.T) *harness {
	t.Helper()
	h := &harness{
		root: "..", dir: t.TempDir(), out: io.Discard, log: io.Discard,
		rounds: 1, round: 20 * time.Millisecond, warmUp: 5 * time.Millisecond, starts: 1, many: 100, workspaces: 3, most: 200,
	}
	var err error
	h.self, err = os.Executable()
	require.NoError(t, err)
	once.Do(func() { // what is built, both tests use
		dir, err := os.MkdirTemp("", "sandbox-bench-*")
		require.NoError(t, err)
		built = &harness{root: h.root, dir: dir}
		require.NoError(t, built.build(t.Context()))
	})
	h.program, h.bare = built.program, built.bare
	return h
}

var (
	once  sync.Once
	built *harness
)

// Each suite runs, fills every cell that it promises, and its tables have their places in the document.
func TestSuites(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the program")
	}
	t.Parallel()
	h := tiny(t)
	page, err := os.ReadFile(filepath.Join(h.root, document))
	require.NoError(t, err)
	h.root = t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(h.root, "docs"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(h.root, document), page, 0o600))
	for name, suite := range h.suites() {
		if name == "peers" { // it takes npm's packages, Java and minutes: make bench-peers
			for _, place := range []string{"conditions", "bounds", "processes", "commands"} {
				assert.Contains(t, string(page), "<!-- peers-"+place+" -->\n")
			}
			continue
		}
		got, err := suite(t.Context())
		require.NoError(t, err, name)
		require.NoError(t, h.update(got, map[string]string{name + "-conditions": "Measured by a test."}))
		text, err := os.ReadFile(filepath.Join(h.root, document))
		require.NoError(t, err)
		for _, table := range got {
			assert.Contains(t, string(text), table.String())
			for _, row := range table {
				assert.Len(t, row, len(table[0]))
			}
		}
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		bound
		want string
	}{
		{bound{"", 0.80, 0.60, 0.80}, "the aim"},
		{bound{"", 0.79, 0.60, 0.80}, "the bound"},
		{bound{"", 0.59, 0.60, 0.80}, "**neither**"},
		{bound{"", 1.1, 1.5, 1.1}, "the aim"},
		{bound{"", 1.2, 1.5, 1.1}, "the bound"},
		{bound{"", 1.6, 1.5, 1.1}, "**neither**"},
	} {
		assert.Equal(t, c.want, c.verdict(), c.bound)
	}
}

func TestCheckAllowsAFifth(t *testing.T) {
	t.Parallel()
	kept := ratios{Ratios: map[string]float64{"read": 0.5, "write": 0.3}}
	assert.NoError(t, ratios{Ratios: map[string]float64{"read": 0.4, "write": 0.6, "new": 0.1}}.compare(kept))
	assert.EqualError(t, ratios{Ratios: map[string]float64{"read": 0.375, "write": 0.3}}.compare(kept),
		"read: 0.375 now, 0.500 kept: a request takes 33 % more processor time than it did")
}

func TestWrongArguments(t *testing.T) {
	t.Parallel()
	h := &harness{}
	assert.EqualError(t, h.measure(t.Context(), []string{"speed", "sped"}, false), "there is no sped to measure: choose among speed, start, growth, peers, check")
	assert.ErrorContains(t, run(t.Context(), nil, io.Discard, io.Discard), "run it in the root of the repository")
}
