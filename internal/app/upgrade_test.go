package app_test

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // to write a database as an older sandbox did

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/migrations"
)

// since is what a database shows through the APIs when it was written at a migration's level: with the level's rows in
// testdata/levels, and those of all levels before it.
var since = map[int64][]struct{ path, header, shows string }{
	1: {{"/_sandbox/workspaces/old", "", `"name":"old"`}},
	2: {{"/w/old/cobrofacil/api/v1/clients/old-1", token, `"display":"Eva Vieja"`}},
	3: {{"/_sandbox/workspaces/old/fixture?format=json", "", `"cobrofacil.create_status": "200"`}},
	4: {
		{"/w/old/apidev/v1/clients/982710394857200099", apidev, `"Distribuidora Vieja"`},
		{"/w/old/apidev/v1/accounts/982710394857201699", apidev, `"Cuenta Vieja"`},
	},
	5: {{"/w/old/complycube/v1/clients/6928e20fde0de82ac6a33899", "Authorization: test_sandbox", `"metadata":{"age":"old"}`}},
	6: {{"/_sandbox/workspaces/old/fixture?format=json", "", `"alias": "VIEJO"`}},
	7: {
		{"/_sandbox/workspaces/old/fixture?format=json", "", `"firstSurname": "Vieja"`},
		{"/_sandbox/workspaces/old/fixture?format=json", "", `"visitID": 99`},
		{"/_sandbox/workspaces/old/fixture?format=json", "", `"visitID": 98`},
	},
	8:  {{"/w/old/cobrofacil/api/v1/clients/old-1", "Authorization: Bearer old-secret-of-many-letters", `"display":"Eva Vieja"`}},
	9:  {{"/_sandbox/workspaces/old/clock", "", `"frozen":true`}},
	10: {{"/_sandbox/workspaces/old", "", `"name":"old"`}},
}

const apidev = "Authorization: Bearer sandbox-apidev-token"

// A database of any earlier level opens, keeps its records, and takes new ones; a restart changes nothing of that.
func TestADatabaseOfEachLevelKeepsItsData(t *testing.T) {
	t.Parallel()
	for level := range int64(len(since)) {
		t.Run(fmt.Sprint(level+1), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "sandbox.db")
			newest := writeLevel(t, path, level+1)
			require.Len(t, since, int(newest), "say what a database of the newest level shows, and add its rows to testdata/levels")
			for _, run := range []string{"opened", "restarted"} {
				s := apptest.New(t, app.Options{DB: path})
				for of, all := range since {
					for _, ask := range all {
						if of <= level+1 {
							a := s.Do(t, "GET", ask.path, "", ask.header, "X-API-Key: gtk_sandbox", "tenant: demo", local)
							assert.Equal(t, 200, a.Status, a.Body)
							assert.Contains(t, a.Body, ask.shows, run)
						}
					}
				}
				assert.Less(t, s.Do(t, "POST", "/w/old"+clients, eva, token).Status, 300)
				if run == "restarted" {
					assert.Equal(t, 204, s.Do(t, "POST", "/_sandbox/workspaces/old/reset", "", local).Status)
					assert.Equal(t, 404, s.Do(t, "GET", "/w/old"+clients+"/old-1", "", token).Status)
					assert.Equal(t, 200, s.Do(t, "GET", "/w/old"+clients+"/client-200", "", token).Status, "what began before there were origins begins with the seed")
				}
				require.NoError(t, s.Close(t.Context()))
			}
		})
	}
}

// writeLevel writes a database as a sandbox did that knew no further migrations, and returns the newest one's number.
func writeLevel(t *testing.T, path string, level int64) (newest int64) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	files, err := fs.Sub(migrations.FS, "sqlite")
	require.NoError(t, err)
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	require.NoError(t, err)
	_, err = p.UpTo(context.Background(), level)
	require.NoError(t, err)
	for of := range level {
		rows, err := os.ReadFile(fmt.Sprintf("testdata/levels/%04d.sql", of+1))
		require.NoError(t, err)
		_, err = db.ExecContext(context.Background(), string(rows))
		require.NoError(t, err)
	}
	sources := p.ListSources()
	return sources[len(sources)-1].Version
}
