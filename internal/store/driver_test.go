package store_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/store"
)

// Each connection is a SQLite of its own, with settings of its own.
func TestTheSettingsAreInForceOnEveryConnection(t *testing.T) {
	t.Parallel()
	for kind, path := range files(t) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			synchronous := 2 // FULL: an acknowledged write survives a power cut
			if path == store.Memory {
				synchronous = 0
			}
			check := func(v store.View, queryOnly int) error {
				for name, want := range map[string]int{
					"synchronous":  synchronous,
					"foreign_keys": 1,
					"busy_timeout": 10000,
					"temp_store":   2, // a scratch image has no folder for temporary files
					"query_only":   queryOnly,
				} {
					var got int
					if err := v.QueryRow("PRAGMA " + name).Scan(&got); err != nil {
						return err
					}
					assert.Equal(t, want, got, name)
				}
				var mode string
				err := v.QueryRow("PRAGMA journal_mode").Scan(&mode)
				assert.Equal(t, "wal", mode)
				return err
			}
			s := openStore(t, path)
			onEveryReader(t, s, func(v store.View) error { return check(v, 1) })
			require.NoError(t, s.Write(t.Context(), "", func(tx store.Tx) error { return check(tx.View, 0) }))
		})
	}
}

// The SQLite driver is C translated to Go, and works only with the very libc that it was translated against; a module
// that selects a newer one breaks it, possibly without an error.
func TestLibcIsTheOneThatTheDriverNames(t *testing.T) {
	t.Parallel()
	_, err := exec.LookPath("go")
	require.NoError(t, err, "the go command runs the tests")
	command := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("go", args...).Output()
		require.NoError(t, err, args)
		return strings.TrimSpace(string(out))
	}
	driversFile := command("list", "-m", "-f", "{{.GoMod}}", "modernc.org/sqlite")
	var driver struct {
		Require []struct{ Path, Version string }
	}
	require.NoError(t, json.Unmarshal([]byte(command("mod", "edit", "-json", driversFile)), &driver))
	named := map[string]string{}
	for _, module := range driver.Require {
		named[module.Path] = module.Version
	}
	require.Contains(t, named, "modernc.org/libc")
	assert.Equal(t, named["modernc.org/libc"], command("list", "-m", "-f", "{{.Version}}", "modernc.org/libc"))
}
