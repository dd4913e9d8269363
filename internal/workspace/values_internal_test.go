package workspace

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"
)

func nodes(of *yaml.Node) int {
	n := 1
	for _, child := range of.Content {
		n += nodes(child)
	}
	return n
}

// A file never holds more values than Values says: otherwise it could take more memory than it may.
func TestValuesAreNeverMore(t *testing.T) {
	t.Parallel()
	pieces := []string{"a", "b", "1", `"c"`, "''", ",", ", ", ":", ": ", "- ", "-\n", "? ", "?\n", "[", "]", "{", "}", "\n", "\n  ", " ", "#", "&x ", "*x", "!t ", "|\n", ">\n", "---\n", "<<: "}
	rapid.Check(t, func(r *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 40).Draw(r, "pieces"), "")
		if root, err := parse([]byte(text)); err == nil && root != nil {
			require.LessOrEqual(r, nodes(root), Values([]byte(text)), text)
		}
	})
}

func TestTooManyValuesAreRefused(t *testing.T) {
	t.Parallel()
	most := `{"a":{"b":[` + strings.Repeat("1,", MostValues-6) + `1]}}` // 5 are the objects, their names and the array
	require.Equal(t, MostValues, Values([]byte(most)))
	assert.NoError(t, (&Fixture{}).Add("most.json", []byte(most)))
	err := (&Fixture{}).Add("more.json", []byte(strings.Replace(most, "[", "[1,", 1)))
	assert.EqualError(t, err, "more.json: it may hold 2097153 values, and a fixture at most 2097152: split it, and add the parts one by one")
}
