package replicas

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/control/client"
	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/postgrestest"
)

func TestReplicas(t *testing.T) {
	t.Parallel()
	c := startCluster(t, postgrestest.Start(t)) // at the same moment, on a database that has nothing
	t.Run("together", func(t *testing.T) {
		c.agree(t)
		t.Run("limits", c.limits)
		t.Run("waits", c.waits)
		t.Run("holds", c.holds)
		t.Run("streams", c.streams)
		t.Run("browsers", c.signIn)
		t.Run("killed", c.killed)
		t.Run("replaced", c.replaced)
	})
	t.Run("without PostgreSQL", c.outage)
	for _, r := range c.replicas {
		r.stop(t)
		assert.NotContains(t, r.log.String(), "panic")
	}
}

// load is clients that create records through a proxy, one after the other, until it is ended.
type load struct {
	wait sync.WaitGroup
	quit chan struct{}

	mu           sync.Mutex
	changed      *sync.Cond
	acknowledged []string
	failed       map[int]int // by writer
	odd          []answer    // neither
}

const (
	writers   = 12
	workspace = "load"
)

func startLoad(t *testing.T, p *proxy) *load {
	t.Helper()
	l := &load{quit: make(chan struct{}), failed: map[int]int{}}
	l.changed = sync.NewCond(&l.mu)
	for w := range writers {
		l.wait.Go(func() {
			c := connections()
			for i := 0; ; i++ {
				select {
				case <-l.quit:
					return
				default:
				}
				reference := fmt.Sprintf("w%d-%d", w, i)
				a := ask(t, c, "POST", p.URL+clients, strings.Replace(eva, "REFERENCE", reference, 1), cobrofacil+"@"+workspace)
				l.mu.Lock()
				switch a.status {
				case http.StatusCreated:
					l.acknowledged = append(l.acknowledged, reference)
				case http.StatusBadGateway:
					l.failed[w]++
				default:
					l.odd = append(l.odd, a)
				}
				l.changed.Broadcast()
				l.mu.Unlock()
			}
		})
	}
	return l
}

// more returns when so many more were acknowledged.
func (l *load) more(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for until := len(l.acknowledged) + n; len(l.acknowledged) < until && len(l.odd) == 0; {
		l.changed.Wait()
	}
}

func (l *load) failures() map[int]int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.failed)
}

func (l *load) end() {
	close(l.quit)
	l.wait.Wait()
}

// check fails if something that was acknowledged is not there, or something is there by halves.
func (l *load) check(t *testing.T, r *replica) {
	t.Helper()
	assert.Empty(t, l.odd)
	text, err := r.ExportFixture(t.Context(), workspace, client.JSON)
	require.NoError(t, err)
	var fixture struct {
		Cobrofacil struct {
			Clients []struct {
				Reference string `json:"external_reference"`
				Name      string `json:"first_name"`
				CLABE     string `json:"spei_clabe"`
			}
		}
	}
	require.NoError(t, json.Unmarshal(text, &fixture))
	there, clabes := map[string]int{}, map[string]int{}
	for _, made := range fixture.Cobrofacil.Clients {
		there[made.Reference]++
		clabes[made.CLABE]++
		if strings.HasPrefix(made.Reference, "w") {
			assert.Equal(t, "Eva", made.Name)
		}
	}
	for _, reference := range l.acknowledged {
		assert.Equal(t, 1, there[reference], "%s was acknowledged", reference)
	}
	for clabe, n := range clabes {
		assert.Equal(t, 1, n, "CLABE %s was given out twice", clabe)
	}
}

// kill -9 of a replica under load: nothing acknowledged is lost, and no client loses more than the request under way.
func (c *cluster) killed(t *testing.T) {
	t.Parallel()
	c = startCluster(t, c.server)
	l := startLoad(t, c.proxy)
	for range pick(2, 30) {
		l.more(100)
		dead := c.replicas[0]
		dead.kill()
		before := l.failures()
		l.more(100)
		for w, failed := range l.failures() {
			assert.LessOrEqual(t, failed, before[w]+1, "writer %d lost more than what was under way", w)
		}
		c.proxy.remove(dead)
		again := startReplica(t, c.db)
		c.replicas = append(c.replicas[1:], again)
		c.proxy.add(again)
	}
	l.end()
	l.check(t, c.replicas[0])
}

// Replicas are replaced by others, one after the other, and no client sees it.
func (c *cluster) replaced(t *testing.T) {
	t.Parallel()
	c = startCluster(t, c.server)
	l := startLoad(t, c.proxy)
	for range pick(1, 20) {
		for i, old := range c.replicas {
			c.replicas[i] = startReplica(t, c.db)
			c.proxy.add(c.replicas[i])
			l.more(30)
			c.proxy.remove(old)
			old.stop(t)
		}
	}
	l.end()
	assert.Empty(t, l.failed)
	l.check(t, c.replicas[0])
}

// inEachAPI is a request to each, and its internal error by the name in its catalogue.
var inEachAPI = []struct {
	api, path, fault string
	headers          []string
}{
	{"cobrofacil", juan, "server_error", []string{"Authorization: Bearer sandbox-cobrofacil-token@outage"}},
	{"subclients", "/subclients/clients", "server_error", []string{"Authorization: Bearer sandbox-subclients-token@outage"}},
	{"complycube", "/complycube/v1/clients?pageSize=1", "internal_server_error", []string{"Authorization: test_sandbox@outage"}},
	{"kobra", "/kobra/api/import", "internal_error", []string{"Authorization: Bearer sandbox-kobra-token@outage"}},
	{"apidev", "/apidev/v1/clients/982710394857200005", "internal_error", []string{"Authorization: Bearer sandbox-apidev-token@outage", "X-API-Key: gtk_sandbox", "tenant: demo.geotareas.com"}},
}

func (c *cluster) inEachAPI(t *testing.T, i int) answer {
	t.Helper()
	e := inEachAPI[i]
	method, body := "GET", ""
	if e.api == "kobra" {
		method, body = "POST", `[{"visitID": 1045637, "paymentPromiseStatus": 3}]`
	}
	return ask(t, connections(), method, c.proxy.URL+e.path, body, e.headers...)
}

// Without PostgreSQL each API answers its internal error as it does otherwise, and the control API 503; with it again all
// goes on, in the same processes.
func (c *cluster) outage(t *testing.T) {
	status := func(r *replica, path string) int {
		return r.ask(t, "GET", "/_sandbox"+path, "", "Authorization: Bearer "+controlToken).status
	}
	var asFault []answer
	for i, e := range inEachAPI {
		require.Less(t, c.inEachAPI(t, i).status, 300, e.api)
		_, err := c.replicas[0].ArmFault(t.Context(), "outage", control.NewFault{FaultSpec: gate.FaultSpec{On: e.api, Kind: "error", Error: e.fault}})
		require.NoError(t, err)
		asFault = append(asFault, c.inEachAPI(t, i))
	}
	require.NoError(t, c.replicas[0].Reset(t.Context(), "outage", client.KeepNothing))
	kept := c.replicas[0].create(t, "outage", "kept")
	require.Equal(t, 201, kept.status)

	for range pick(2, 20) {
		c.server.Stop()
		for range 2 * size {
			for i, e := range inEachAPI {
				a := c.inEachAPI(t, i)
				assert.Equal(t, asFault[i].status, a.status, e.api)
				assert.Equal(t, strings.ReplaceAll(asFault[i].body, asFault[i].id, "ID"), strings.ReplaceAll(a.body, a.id, "ID"), e.api)
			}
		}
		for _, r := range c.replicas {
			assert.Equal(t, []int{200, 503, 503, 503}, []int{status(r, "/healthz"), status(r, "/readyz"), status(r, "/workspaces"), status(r, "/workspaces/outage/clock")})
		}
		c.server.Restart(t)
		for _, r := range c.replicas {
			require.Eventually(t, func() bool { return status(r, "/readyz") == 200 }, patience, 10*time.Millisecond)
		}
		for range 2 * size {
			for i, e := range inEachAPI {
				a := c.inEachAPI(t, i)
				assert.True(t, a.status < 300 || a.status == 429, "%s: %d %s", e.api, a.status, a.body)
			}
			assert.Equal(t, 200, ask(t, connections(), "GET", c.proxy.URL+clients+"/kept", "", cobrofacil+"@outage").status)
		}
	}
}
