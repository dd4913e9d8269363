package client_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/control/client"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

func TestRecords(t *testing.T) {
	t.Parallel()
	c, ctx := newClient(t, app.Options{}), t.Context()
	of := client.Collection{API: "cobrofacil", Name: "clients"}
	page, err := c.Records(ctx, "default", of, "CLIENT-20", 1, 1)
	require.NoError(t, err)
	assert.Equal(t, control.Records{Total: page.Total, Key: "id", Alias: "external_reference", Records: page.Records}, page)
	assert.Greater(t, page.Total, 1)
	assert.Len(t, page.Records, 1)

	const key = "019734bb-1f46-73bb-95d0-000000000001"
	loaded, err := c.PutRecord(ctx, "default", of, key, []byte(`{"id":"`+key+`","first_name":"Eva","_owner":"default"}`))
	require.NoError(t, err)
	assert.Equal(t, workspace.Loaded{Collection: "cobrofacil.clients", Added: 1}, loaded)
	record, err := c.Record(ctx, "default", of, "default", key)
	require.NoError(t, err)
	assert.Contains(t, string(record), `"first_name":"Eva"`)
	_, err = c.Record(ctx, "default", of, "", key)
	assert.EqualError(t, err, "No record of cobrofacil.clients has this key and owner.", "the first owner has none")
	require.NoError(t, c.DeleteRecord(ctx, "default", of, "default", key))
	assert.ErrorContains(t, c.DeleteRecord(ctx, "default", of, "default", key), "no record of cobrofacil.clients has id "+key)
}

func TestKeptAnswers(t *testing.T) {
	t.Parallel()
	c, ctx := newClient(t, app.Options{}), t.Context()
	r, err := http.NewRequestWithContext(ctx, "GET", c.URL+"/apidev/v1/clients", nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer sandbox-apidev-token")
	r.Header.Set("X-API-Key", "gtk_sandbox")
	r.Header.Set("tenant", "demo.geotareas.com")
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	kept, err := c.KeptAnswers(ctx, "default")
	require.NoError(t, err)
	require.Len(t, kept, 1)
	assert.Contains(t, kept[0].Key, "listClients")
	require.NoError(t, c.EmptyCache(ctx, "default"))
	kept, err = c.KeptAnswers(ctx, "default")
	require.NoError(t, err)
	assert.Empty(t, kept)
}
