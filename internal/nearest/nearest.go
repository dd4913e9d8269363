// Package nearest suggests names in the place of one that does not exist.
package nearest

import (
	"cmp"
	"slices"

	"github.com/agnivade/levenshtein"
)

// most is how many names are suggested.
const most = 3

// longest is how much of a wrong name is looked at, in bytes: the work grows with it.
const longest = 200

// Of lists the up to three names that are nearest to a wrong one by edits, the nearest first.
func Of(wrong string, names []string) []string {
	wrong = wrong[:min(len(wrong), longest)]
	near := slices.Clone(names)
	slices.SortStableFunc(near, func(a, b string) int {
		return cmp.Compare(Edits(wrong, a), Edits(wrong, b))
	})
	return near[:min(len(near), most)]
}

// Edits is how many letters are to be put in, left out or changed to make one name of the other.
func Edits(a, b string) int { return levenshtein.ComputeDistance(a, b) }
