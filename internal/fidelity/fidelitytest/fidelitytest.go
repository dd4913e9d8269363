// Package fidelitytest holds the ledger and the tests to each other.
package fidelitytest

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/fidelity"
	"github.com/seed-0f456478/sandbox/internal/golden"
)

// Covers says that the test claims the rules with these ids. A test can claim a rule by the id column of its table just
// as well: [Check] reads the sources, so neither -run nor a cached result changes what it finds.
func Covers(testing.TB, ...string) {}

var ruleID = regexp.MustCompile(`^[A-Z]+-[A-Z]?[0-9]+$`)

// Check fails unless a package's claims.json names exactly the tests that claim each of its rules in the test sources of
// the named folders, at least one unless the rule is not emulated, and unless every id claimed there is a rule's.
// `go test -update` writes claims.json. A test claims every id that stands in it as a string of its own; ids with
// another prefix than the rules' are somebody else's.
func Check(t *testing.T, rules []fidelity.Rule, folders ...string) {
	t.Helper()
	require.NotEmpty(t, rules)
	prefix, _, _ := strings.Cut(rules[0].ID, "-")
	claims := map[string][]string{}
	for _, folder := range folders {
		for id, tests := range claimsIn(t, folder) {
			if strings.HasPrefix(id, prefix+"-") {
				claims[id] = slices.Compact(slices.Sorted(slices.Values(append(claims[id], tests...))))
			}
		}
	}
	known := map[string]bool{}
	for _, rule := range rules {
		assert.Regexp(t, ruleID, rule.ID)
		assert.NotEmpty(t, rule.Text, rule.ID)
		assert.NotEmpty(t, rule.Source, rule.ID)
		assert.False(t, known[rule.ID], "%s stands in the ledger twice", rule.ID)
		known[rule.ID] = true
		if rule.Provenance != fidelity.NotEmulated {
			assert.NotEmpty(t, claims[rule.ID], "no test claims %s", rule.ID)
		}
	}
	for id, tests := range claims {
		assert.True(t, known[id], "%s is claimed by %v and stands in no ledger", id, tests)
	}
	text, err := json.MarshalIndent(claims, "", "  ")
	require.NoError(t, err)
	golden.Equal(t, "claims.json", string(text)+"\n")
}

// claimsIn maps the rule ids in a folder's test files to the tests in which they stand.
func claimsIn(t *testing.T, folder string) map[string][]string {
	t.Helper()
	files, err := parser.ParseDir(token.NewFileSet(), folder, nil, parser.SkipObjectResolution) //nolint:staticcheck // no types are needed
	require.NoError(t, err)
	claims := map[string][]string{}
	for _, pkg := range files {
		for name, file := range pkg.Files {
			if !strings.HasSuffix(name, "_test.go") {
				continue
			}
			for _, decl := range file.Decls {
				test, ok := decl.(*ast.FuncDecl)
				if !ok || !strings.HasPrefix(test.Name.Name, "Test") {
					continue
				}
				ast.Inspect(test, func(n ast.Node) bool {
					if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
						if id, err := strconv.Unquote(literal.Value); err == nil && ruleID.MatchString(id) {
							claims[id] = append(claims[id], test.Name.Name)
						}
					}
					return true
				})
			}
		}
	}
	return claims
}
