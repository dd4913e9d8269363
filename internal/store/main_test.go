package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/store/storetest"
)

// TestMain looks for goroutines that outlive the tests. With childTask in the environment it is another process instead,
// see startChild.
func TestMain(m *testing.M) {
	if task := os.Getenv(childTask); task != "" {
		if err := children[task](os.Getenv(childPath)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// notesTable is the table that the tests write to, so that they do not depend on the migrations. A note about one that is
// not there makes the commit fail, and nothing before it.
const notesTable = `
	CREATE TABLE IF NOT EXISTS notes (
		name  TEXT NOT NULL PRIMARY KEY,
		about TEXT REFERENCES notes (name) DEFERRABLE INITIALLY DEFERRED
	) STRICT`

// makeNotes makes the table.
func makeNotes(ctx context.Context, s *store.Store) error {
	table := notesTable
	if s.Shared() {
		table = strings.NewReplacer("TEXT", `TEXT COLLATE "C"`, "STRICT", "").Replace(notesTable)
	}
	return s.Write(ctx, "", func(tx store.Tx) error { return tx.Exec(table) })
}

// openStore opens a store with the table notes, and closes it with the test.
func openStore(t testing.TB, path string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), path)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	require.NoError(t, makeNotes(t.Context(), s))
	return s
}

// kinds is a database for each kind of store.
func kinds(t *testing.T) map[string]string {
	t.Helper()
	all := files(t)
	if storetest.Server() != "" {
		all["postgres"] = storetest.DB(t)
	}
	return all
}

// files is a path for each kind of store that is in a file.
func files(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{"memory": store.Memory, "file": filepath.Join(t.TempDir(), "sandbox.db")}
}

// engines are the databases' engines that tests run on.
func engines() []string {
	if storetest.Server() == "" {
		return []string{"sqlite"}
	}
	return []string{"sqlite", "postgres"}
}

// database is a database of an engine for one test.
func database(t *testing.T, engine string) string {
	t.Helper()
	if engine == "sqlite" {
		return store.Memory
	}
	return storetest.DB(t)
}

func insert(tx store.Tx, name string) error {
	return tx.Exec("INSERT INTO notes (name) VALUES ($1)", name)
}

// note is a write that inserts a note.
func note(name string) func(store.Tx) error {
	return func(tx store.Tx) error { return insert(tx, name) }
}

// notes are the names of the notes that a reader sees.
func notes(t testing.TB, s *store.Store) []string {
	t.Helper()
	var names []string
	require.NoError(t, s.Read(t.Context(), func(v store.View) (err error) {
		names, err = allNotes(v)
		return err
	}))
	return names
}

func allNotes(v store.View) ([]string, error) {
	return texts(v, "SELECT name FROM notes ORDER BY name")
}

// texts are the rows of a query for one column.
func texts(v store.View, query string, args ...any) (all []string, err error) {
	rows, err := v.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}

func countNotes(v store.View) (n int, err error) {
	err = v.QueryRow("SELECT count(*) FROM notes").Scan(&n)
	return n, err
}

// readers is how many connections a store has for reading.
func readers(s *store.Store) int {
	if s.Shared() {
		return 8
	}
	return max(2, runtime.GOMAXPROCS(0))
}

// onEveryReader runs fn on all connections for reading, in as many reads at once as there are.
func onEveryReader(t *testing.T, s *store.Store, fn func(store.View) error) {
	t.Helper()
	n := readers(s)
	var inside sync.WaitGroup
	inside.Add(n)
	answers := make(chan error, n)
	for range n {
		go func() {
			answers <- s.Read(t.Context(), func(v store.View) error {
				inside.Done()
				inside.Wait()
				return fn(v)
			})
		}()
	}
	for range n {
		assert.NoError(t, <-answers)
	}
}

// start calls fn in another goroutine, and returns when that waits for something or has ended. So writes that are started
// one after the other queue in that order. It needs a synctest bubble.
func start(fn func() error) (answer <-chan error) {
	c := make(chan error, 1)
	go func() { c <- fn() }()
	synctest.Wait()
	return c
}

// answered says whether the answer is there, after everybody has done what they can.
func answered(answer <-chan error) bool {
	synctest.Wait()
	return len(answer) > 0
}

// queue is a store whose writer is busy, so that writes queue up behind it.
type queue struct {
	*store.Store
	busy chan struct{}
}

func hold(s *store.Store) queue {
	q := queue{s, make(chan struct{})}
	start(func() error {
		return s.Write(context.Background(), "", func(store.Tx) error {
			<-q.busy
			return nil
		})
	})
	return q
}

// release lets the writer go on, through all that is queued.
func (q queue) release() {
	close(q.busy)
	synctest.Wait()
}

// write queues a write.
func (q queue) write(fn func(store.Tx) error) (answer <-chan error) {
	return start(func() error { return q.Write(context.Background(), "", fn) })
}

const (
	childTask = "STORE_TEST_CHILD"
	childPath = "STORE_TEST_PATH"
)

// children are what another process can do with the store at a path.
var children = map[string]func(path string) error{
	// hold opens it, prints the file that it is in, and closes it at the end of the input.
	"hold": func(path string) error {
		s, err := store.Open(context.Background(), path)
		if err != nil {
			return err
		}
		var file string
		if err := s.Read(context.Background(), func(v store.View) (err error) {
			file, err = databaseFile(v)
			return err
		}); err != nil {
			return err
		}
		fmt.Println(file)
		_, err = io.Copy(io.Discard, os.Stdin)
		return errors.Join(err, s.Close())
	},
	// open opens it, says so, and closes it at the end of the input.
	"open": func(path string) error {
		s, err := store.Open(context.Background(), path)
		if err != nil {
			return err
		}
		fmt.Println("open")
		_, err = io.Copy(io.Discard, os.Stdin)
		return errors.Join(err, s.Close())
	},
	// write writes notes, one after the other, and prints the name of each when it is written, until it is killed.
	"write": func(path string) error {
		s, err := store.Open(context.Background(), path)
		if err != nil {
			return err
		}
		if err := makeNotes(context.Background(), s); err != nil {
			return err
		}
		for i := 0; ; i++ {
			name := fmt.Sprintf("%06d", i)
			if err := s.Write(context.Background(), "", note(name)); err != nil {
				return err
			}
			if _, err := fmt.Println(name); err != nil {
				return err
			}
		}
	},
}

// databaseFile is the file that the database is in.
func databaseFile(v store.View) (file string, err error) {
	err = v.QueryRow("SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&file)
	return file, err
}

// child is another process that has a store open.
type child struct {
	t      *testing.T
	cmd    *exec.Cmd
	input  io.Closer
	output *bufio.Scanner
	ended  bool
}

// startChild starts another process on one of children's tasks, and kills it with the test. Temporary folders are made in
// temp.
func startChild(t *testing.T, task, path, temp string) *child {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childTask+"="+task, childPath+"="+path, "TMPDIR="+temp, "TMP="+temp)
	cmd.Stderr = os.Stderr
	input, err := cmd.StdinPipe()
	require.NoError(t, err)
	output, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	c := &child{t: t, cmd: cmd, input: input, output: bufio.NewScanner(output)}
	t.Cleanup(func() { c.kill() })
	return c
}

// line waits for a line of its output.
func (c *child) line() string {
	c.t.Helper()
	require.True(c.t, c.output.Scan(), "it ended: %v", c.output.Err())
	return c.output.Text()
}

// kill gives it no time to put anything in order, and returns the rest of its output.
func (c *child) kill() (rest []string) {
	if c.ended {
		return nil
	}
	c.ended = true
	assert.NoError(c.t, c.cmd.Process.Kill())
	for c.output.Scan() {
		rest = append(rest, c.output.Text())
	}
	assert.Error(c.t, c.cmd.Wait(), "killed")
	return rest
}

// stop ends its input, and waits until it has ended.
func (c *child) stop() {
	c.ended = true
	assert.NoError(c.t, c.input.Close())
	assert.False(c.t, c.output.Scan())
	assert.NoError(c.t, c.cmd.Wait())
}
