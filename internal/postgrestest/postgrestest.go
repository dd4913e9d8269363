// Package postgrestest runs a PostgreSQL server of a test's own, which the test may stop and start again. It takes the
// server's programs, and nothing else of the machine.
package postgrestest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// nobody runs the server where the tests are root's, since it refuses to be.
const nobody = 65534

// Server is a PostgreSQL server on loopback. It keeps nothing safe from a crash of the machine.
type Server struct {
	Port   int
	Socket string // the folder of its Unix socket, which processes in other networks reach too

	programs, data string
	databases      atomic.Int64

	shell *exec.Cmd
	alive io.Closer // ends it when it is closed, by us or because the test has gone
}

// Start starts a server, which ends with the test. It skips the test where the programs are missing, and fails it under
// SANDBOX_REQUIRE=all.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{programs: programs(t)}
	folder, err := os.MkdirTemp("", "sandbox-postgres-*") // not the test's own, into which nobody may look
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(folder)) })
	if os.Geteuid() == 0 {
		require.NoError(t, os.Chown(folder, nobody, nobody))
	}
	s.Socket, s.data = folder, filepath.Join(folder, "data")
	out, err := s.command(t.Context(), filepath.Join(s.programs, "initdb"), "--pgdata="+s.data, "--username=sandbox", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C").CombinedOutput()
	require.NoError(t, err, string(out))
	said := ""
	for range 10 { // below the ports that the system gives to clients one may be taken all the same
		s.Port = 15_000 + rand.IntN(15_000) //nolint:gosec // it is no secret
		if said = s.run(t); said == "" {
			t.Cleanup(s.stop)
			return s
		}
	}
	t.Fatalf("PostgreSQL does not start:\n%s", said)
	return nil
}

// programs is the folder of the server's programs, the newest if there are several.
func programs(t testing.TB) string {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // where Debian has them, in no PATH
	require.NoError(t, err)
	if there, err := exec.LookPath("initdb"); err == nil {
		found = append(found, there)
	}
	if len(found) == 0 {
		const what = "this test needs the programs of a PostgreSQL server: on Debian apt-get install postgresql"
		if os.Getenv("SANDBOX_REQUIRE") == "all" {
			t.Fatal(what)
		}
		t.Skip(what)
	}
	slices.Sort(found)
	return filepath.Dir(found[len(found)-1])
}

func (s *Server) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // one of PostgreSQL's own, or a shell
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	return cmd
}

// run runs the server until it says that it is ready, or returns what it says instead.
func (s *Server) run(t testing.TB) (said string) {
	t.Helper()
	// A shell that ends the server when nobody holds its standard input any more.
	const guard = `"$@" </dev/null & read _; kill -INT $!; wait $!`
	s.shell = s.command(context.Background(), "sh", "-c", guard, "sh", filepath.Join(s.programs, "postgres"), "-D", s.data,
		"-p", fmt.Sprint(s.Port), "-h", "127.0.0.1", "-k", s.Socket, "-F", "-c", "max_connections=300", "-c", "full_page_writes=off")
	alive, err := s.shell.StdinPipe()
	require.NoError(t, err)
	log, err := s.shell.StderrPipe()
	require.NoError(t, err)
	s.alive = alive
	require.NoError(t, s.shell.Start())
	for lines := bufio.NewScanner(log); lines.Scan(); {
		said += lines.Text() + "\n"
		if strings.Contains(lines.Text(), "ready to accept connections") {
			go func() { _, _ = io.Copy(io.Discard, log) }()
			return ""
		}
		if strings.Contains(lines.Text(), "FATAL") {
			break
		}
	}
	s.stop()
	return said
}

func (s *Server) stop() {
	if s.alive != nil {
		_ = s.alive.Close()
		_ = s.shell.Wait() // of the signal that ended it
		s.alive = nil
	}
}

// Stop stops the server, whose clients lose their connections.
func (s *Server) Stop() { s.stop() }

// Restart starts the server again, at the same address and with what it had.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.stop()
	require.Empty(t, s.run(t))
}

// URL is the address of the server's own database, whose user may create others.
func (s *Server) URL() string { return s.named("postgres") }

// DB makes an empty database and returns its URL.
func (s *Server) DB(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("sandbox_%d", s.databases.Add(1))
	s.Exec(t, "CREATE DATABASE "+name)
	return s.named(name)
}

// Exec runs SQL in the server's own database.
func (s *Server) Exec(t testing.TB, sql string) {
	t.Helper()
	one, err := pgconn.Connect(t.Context(), s.URL())
	require.NoError(t, err)
	defer func() { assert.NoError(t, one.Close(context.Background())) }()
	_, err = one.Exec(t.Context(), sql).ReadAll()
	require.NoError(t, err)
}

// Connections is how many the server has of sandboxes.
func (s *Server) Connections(t testing.TB) float64 {
	t.Helper()
	one, err := pgx.Connect(t.Context(), s.URL())
	require.NoError(t, err)
	defer func() { assert.NoError(t, one.Close(context.Background())) }()
	var n float64
	require.NoError(t, one.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sandbox'").Scan(&n))
	return n
}

func (s *Server) named(database string) string {
	return fmt.Sprintf("postgres://sandbox@127.0.0.1:%d/%s?sslmode=disable", s.Port, database)
}
