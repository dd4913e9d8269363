package kobra_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
	"github.com/seed-0f456478/sandbox/internal/golden"
)

// The page's example of accounts is not JSON. As it is printed it is refused, with the place of the first missing comma;
// with its seven commas it is imported, every member as it was sent.
func TestDocumentedAccounts(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "KOB-10", "KOB-13", "KOB-14", "KOB-40", "KOB-42", "KOB-43")
	s := apptest.New(t, app.Options{})

	printed := documented(t, "import_accounts.txt")
	a := s.Do(t, "POST", imports, printed, token)
	assert.Equal(t, 400, a.Status)
	golden.Equal(t, "testdata/import_printed.json", a.Body)
	assert.Equal(t, 1+strings.Index(printed, `"inactive"`), columnOf(t, a.Body))

	// Laid out as one would write it.
	laidOut := strings.NewReplacer(`", "`, "\",\n    \"", `, "`, ",\n    \"", ` "inactive"`, "\n    \"inactive\"").Replace(printed)
	before, _, _ := strings.Cut(laidOut, `"inactive"`)
	line := 1 + strings.Count(before, "\n")
	a = s.Do(t, "POST", imports, laidOut, token)
	assert.Contains(t, a.Body, "at line "+jsonOf(line)+", column 5: expected a comma")

	a = s.Do(t, "POST", imports, entire(t), token)
	assert.Equal(t, 200, a.Status)
	golden.Equal(t, "testdata/import.json", a.Body)
	golden.Equal(t, "testdata/import_exported.json", account(t, s, "default", "106")+"\n")
	var sent struct{ Accounts []map[string]any }
	require.NoError(t, json.Unmarshal([]byte(entire(t)), &sent))
	delete(sent.Accounts[0], "additionalSurname") // which is empty
	var stored map[string]any
	require.NoError(t, json.Unmarshal([]byte(account(t, s, "default", "106")), &stored))
	assert.Equal(t, sent.Accounts[0], stored)
}

func TestDocumentedPromises(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "KOB-30", "KOB-40", "KOB-S1")
	s := apptest.New(t, app.Options{Settings: map[string]string{"kobra.unknown_visit": "reject"}})
	a := s.Do(t, "POST", imports, documented(t, "import_promises.json"), token)
	assert.Equal(t, 200, a.Status, "the visit is in the seed")
	assert.Equal(t, imported, a.Body)
	assert.JSONEq(t, `{"visitID":1045637,"paymentPromiseStatus":3}`, string(exported(t, s, "default")["promises"][0]))
}

// columnOf is the column that a refusal names on line 1.
func columnOf(t *testing.T, body string) (column int) {
	t.Helper()
	_, rest, found := strings.Cut(body, "at line 1, column ")
	require.True(t, found, body)
	number, _, _ := strings.Cut(rest, ":")
	require.NoError(t, json.Unmarshal([]byte(number), &column))
	return column
}

func jsonOf(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}
