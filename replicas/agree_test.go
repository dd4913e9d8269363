package replicas

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/control"
	"github.com/seed-0f456478/sandbox/internal/control/client"
	"github.com/seed-0f456478/sandbox/internal/gate"
)

// pair is two replicas, and a workspace for a test of theirs.
type pair struct {
	*testing.T
	workspace   string
	here, there *replica
}

// inTurn runs a test for every pair of replicas: what is done here is seen there by the very next request.
func (c *cluster) inTurn(t *testing.T, name string, test func(p pair)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		for round := range pick(1, 50) {
			for i, here := range c.replicas {
				for j, there := range c.replicas {
					if i != j {
						test(pair{t, fmt.Sprintf("%s-%d-%d-%d", name, round, i, j), here, there})
					}
				}
			}
		}
	})
}

func (c *cluster) agree(t *testing.T) {
	t.Helper()
	c.inTurn(t, "records", func(p pair) {
		t, w, here, there := p.T, p.workspace, p.here, p.there
		var made struct{ Data struct{ ID string } }
		require.NoError(t, json.Unmarshal([]byte(here.create(t, w, "eva").body), &made))
		assert.Equal(t, 200, there.ask(t, "GET", clients+"/eva", "", cobrofacil+"@"+w).status)
		require.NoError(t, here.DeleteRecord(t.Context(), w, client.Collection{API: "cobrofacil", Name: "clients"}, "sandbox", made.Data.ID))
		assert.Equal(t, 404, there.ask(t, "GET", clients+"/eva", "", cobrofacil+"@"+w).status)
	})
	c.inTurn(t, "clock", func(p pair) {
		t, w, here, there := p.T, p.workspace, p.here, p.there
		there.create(t, w, "eva") // knows the workspace already
		frozen, at := true, time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
		_, err := here.SetClock(t.Context(), w, control.ClockChange{Now: &at, Frozen: &frozen})
		require.NoError(t, err)
		made := there.ask(t, "POST", "/complycube/v1/clients", `{"type":"person","email":"eva@example.com","personDetails":{"firstName":"Eva","lastName":"Sosa"}}`, "Authorization: test_sandbox@"+w)
		assert.Contains(t, made.body, `"createdAt":"2030-01-02T03:04:05.000Z"`)
		_, err = here.AdvanceClock(t.Context(), w, time.Hour)
		require.NoError(t, err)
		now, err := there.Clock(t.Context(), w)
		require.NoError(t, err)
		assert.Equal(t, at.Add(time.Hour), now.Now)
	})
	c.inTurn(t, "faults", func(p pair) {
		t, w, here, there := p.T, p.workspace, p.here, p.there
		there.create(t, w, "eva")
		_, err := here.ArmFault(t.Context(), w, control.NewFault{ID: "once", FaultSpec: gate.FaultSpec{On: "cobrofacil", Kind: "error", Error: "server_error", Times: 1}})
		require.NoError(t, err)
		assert.Equal(t, 500, there.ask(t, "GET", juan, "", cobrofacil+"@"+w).status)
		assert.Equal(t, 200, here.ask(t, "GET", juan, "", cobrofacil+"@"+w).status, "it was to hit once")
		armed, err := here.Faults(t.Context(), w)
		require.NoError(t, err)
		require.Len(t, armed, 1)
		assert.Equal(t, 1, armed[0].Hits)
	})
	c.inTurn(t, "resets", func(p pair) {
		t, w, here, there := p.T, p.workspace, p.here, p.there
		there.create(t, w, "eva")
		require.NoError(t, here.Reset(t.Context(), w, client.KeepNothing))
		assert.Equal(t, 404, there.ask(t, "GET", clients+"/eva", "", cobrofacil+"@"+w).status)
		assert.Equal(t, 201, there.create(t, w, "eva").status)
		require.NoError(t, here.DeleteWorkspace(t.Context(), w))
		_, err := there.Clock(t.Context(), w)
		assert.Error(t, err, "it has gone")
	})
	c.inTurn(t, "snapshots", func(p pair) {
		t, w, here, there := p.T, p.workspace, p.here, p.there
		there.create(t, w, "before")
		_, err := here.TakeSnapshot(t.Context(), w, "kept")
		require.NoError(t, err)
		there.create(t, w, "behind")
		require.NoError(t, here.RestoreSnapshot(t.Context(), w, "kept", "", client.KeepNothing))
		assert.Equal(t, 404, there.ask(t, "GET", clients+"/behind", "", cobrofacil+"@"+w).status)
		assert.Equal(t, 200, there.ask(t, "GET", clients+"/before", "", cobrofacil+"@"+w).status)
		fixture, err := there.ExportFixture(t.Context(), w, client.YAML)
		require.NoError(t, err)
		_, err = here.ReplaceFixture(t.Context(), w+"-copy", fixture)
		require.NoError(t, err)
		assert.Equal(t, 200, there.ask(t, "GET", clients+"/before", "", cobrofacil+"@"+w+"-copy").status)
	})
	c.inTurn(t, "credentials", func(p pair) {
		t, w, here, there := p.T, p.workspace, p.here, p.there
		there.create(t, w, "eva")
		minted, err := here.MintCredential(t.Context(), w, control.NewCredential{API: "cobrofacil"})
		require.NoError(t, err)
		bearer := "Authorization: Bearer " + minted.Secret + "@" + w
		assert.Equal(t, 200, there.ask(t, "GET", juan, "", bearer).status)
		require.NoError(t, here.RevokeCredential(t.Context(), w, minted.ID))
		assert.Equal(t, 401, there.ask(t, "GET", juan, "", bearer).status)
	})
	c.inTurn(t, "settings", func(p pair) {
		t, w, here, there := p.T, p.workspace, p.here, p.there
		assert.Equal(t, 201, there.create(t, w, "eva").status)
		_, err := here.SetSettings(t.Context(), w, "", map[string]string{"cobrofacil.create_status": "200"})
		require.NoError(t, err)
		assert.Equal(t, 200, there.create(t, w, "ada").status)
	})
	c.inTurn(t, "journal", func(p pair) {
		t, w, here, there := p.T, p.workspace, p.here, p.there
		asked := there.ask(t, "GET", clients+"/nobody", "", cobrofacil+"@"+w)
		entry, err := here.Request(t.Context(), w, asked.id)
		require.NoError(t, err)
		assert.Equal(t, 404, entry.Response.Status)
		again, err := here.ReplayRequest(t.Context(), w, asked.id)
		require.NoError(t, err)
		_, err = there.Request(t.Context(), w, again.ID)
		require.NoError(t, err)
		require.NoError(t, here.ClearRequests(t.Context(), w))
		left, err := there.Requests(t.Context(), w, "", client.List{})
		require.NoError(t, err)
		assert.Empty(t, left)
	})
	c.inTurn(t, "cache", func(p pair) {
		t, w, here, there := p.T, p.workspace, p.here, p.there
		list := func(r *replica) answer {
			return r.ask(t, "GET", "/apidev/v1/clients", "", "Authorization: Bearer sandbox-apidev-token@"+w, "X-API-Key: gtk_sandbox", "tenant: demo.geotareas.com")
		}
		require.Equal(t, 200, list(here).status)
		list(there)
		kept, err := there.KeptAnswers(t.Context(), w)
		require.NoError(t, err)
		require.Len(t, kept, 1)
		require.NoError(t, here.EmptyCache(t.Context(), w))
		kept, err = there.KeptAnswers(t.Context(), w)
		require.NoError(t, err)
		assert.Empty(t, kept)
	})
}

// Exactly as many pass as a window has room for, whichever replica they come to.
func (c *cluster) limits(t *testing.T) {
	t.Parallel()
	const workspace, room = "limits", 5
	client, frozen := connections(), true
	first := ask(t, client, "GET", c.proxy.URL+juan, "", cobrofacil+"@"+workspace)
	require.Equal(t, 200, first.status)
	_, err := c.replicas[0].SetClock(t.Context(), workspace, control.ClockChange{Frozen: &frozen})
	require.NoError(t, err)
	for range pick(3, 100) {
		var mu sync.Mutex
		answered := map[int]int{}
		var all sync.WaitGroup
		for range 40 {
			all.Go(func() {
				a := ask(t, client, "GET", c.proxy.URL+"/complycube/v1/clients?pageSize=1", "", "Authorization: test_sandbox@"+workspace)
				mu.Lock()
				defer mu.Unlock()
				answered[a.status]++
			})
		}
		all.Wait()
		assert.Equal(t, map[int]int{200: room, 429: 40 - room}, answered)
		_, err := c.replicas[1].AdvanceClock(t.Context(), workspace, time.Second)
		require.NoError(t, err)
	}
}

// Whoever waits hears of what comes to other replicas.
func (c *cluster) waits(t *testing.T) {
	t.Parallel()
	for i, here := range c.replicas {
		workspace := fmt.Sprintf("waits-%d", i)
		var entries []*gate.Entry
		var waiting sync.WaitGroup
		waiting.Go(func() {
			var err error
			entries, err = here.Requests(t.Context(), workspace, "status:200", client.List{Wait: patience, Count: 3})
			assert.NoError(t, err)
		})
		for _, r := range c.replicas {
			require.Equal(t, 200, r.ask(t, "GET", juan, "", cobrofacil+"@"+workspace).status)
		}
		waiting.Wait()
		assert.Len(t, entries, 3)
	}
}

// A request that is held at one replica goes on when another is told so.
func (c *cluster) holds(t *testing.T) {
	t.Parallel()
	for i, here := range c.replicas {
		workspace, there := fmt.Sprintf("holds-%d", i), c.replicas[(i+1)%size]
		require.Equal(t, 200, here.ask(t, "GET", juan, "", cobrofacil+"@"+workspace).status)
		_, err := here.ArmFault(t.Context(), workspace, control.NewFault{ID: "hold", FaultSpec: gate.FaultSpec{On: "cobrofacil", Kind: "hold"}})
		require.NoError(t, err)
		held := make(chan answer, 1)
		go func() {
			held <- there.ask(t, "GET", juan, "", cobrofacil+"@"+workspace) //nolint:testifylint // what it asserts is its own address
		}()
		arrived, err := there.Requests(t.Context(), workspace, "", client.List{Wait: patience, Count: 2}) // once it is in the journal
		require.NoError(t, err)
		require.Len(t, arrived, 2)
		_, err = here.ReleaseFault(t.Context(), workspace, "hold")
		require.NoError(t, err)
		select {
		case a := <-held:
			assert.Equal(t, 200, a.status, a.body)
		case <-time.After(patience):
			require.Fail(t, "it is held for ever")
		}
	}
}

// A stream shows what comes to all replicas, in the order in which it was answered.
func (c *cluster) streams(t *testing.T) {
	t.Parallel()
	for i, here := range c.replicas {
		workspace := fmt.Sprintf("streams-%d", i)
		require.Equal(t, 200, here.ask(t, "GET", juan, "", cobrofacil+"@"+workspace).status)
		ctx, leave := context.WithTimeout(t.Context(), patience)
		defer leave()
		r, err := http.NewRequestWithContext(ctx, "GET", here.URL+"/_sandbox/workspaces/"+workspace+"/requests/stream", nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+controlToken)
		stream, err := here.HTTP.Do(r)
		require.NoError(t, err)
		defer func() { _ = stream.Body.Close() }()
		lines := bufio.NewScanner(stream.Body)
		lines.Buffer(nil, 1<<20)
		for n := range pick(6, 300) {
			asked := c.replicas[n%size].ask(t, "GET", juan, "", cobrofacil+"@"+workspace)
			var entry gate.Entry
			for entry.State != "answered" { // it has only arrived
				require.True(t, lines.Scan(), "the stream has ended: %v", lines.Err())
				if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
					entry = gate.Entry{}
					require.NoError(t, json.Unmarshal([]byte(data), &entry), data)
				}
			}
			assert.Equal(t, asked.id, entry.ID)
		}
	}
}

// A browser that has signed in at one replica is known to all, and when it has signed out to none.
func (c *cluster) signIn(t *testing.T) {
	t.Parallel()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	browser := connections()
	browser.Jar = jar
	browser.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	page := func() int {
		return ask(t, browser, "GET", c.proxy.URL+"/_sandbox/console/default/reference", "", "Accept: text/html").status
	}
	form := func(path string) int {
		return ask(t, browser, "POST", c.proxy.URL+path, url.Values{"token": {controlToken}}.Encode(), "Content-Type: application/x-www-form-urlencoded").status
	}
	require.Equal(t, 303, page())
	require.Equal(t, 303, form("/_sandbox/login"))
	for range 2 * size {
		assert.Equal(t, 200, page())
	}
	require.Equal(t, 303, form("/_sandbox/logout"))
	for range 2 * size {
		assert.Equal(t, 303, page())
	}
}
