package postgrestest_test

import (
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/postgrestest"
)

func TestStopAndRestart(t *testing.T) {
	t.Parallel()
	s := postgrestest.Start(t)
	db := s.DB(t)
	s.Stop()
	_, err := pgconn.Connect(t.Context(), db)
	require.Error(t, err)
	s.Restart(t)
	one, err := pgconn.Connect(t.Context(), db)
	require.NoError(t, err)
	require.NoError(t, one.Close(t.Context()))
}
