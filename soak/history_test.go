package soak

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
)

// asked and heard are an operation's two ends; the model says what a record may answer.
type asked struct {
	op, value string
	amount    int64
	late      bool // a reset came while it was under way
}

type heard struct {
	status int
	values [2]string // of a client
	money  [2]int64  // what the parent and the subclient have, in cents
}

// history lets several clients choose and make operations at once, and returns what happened.
func history(clients, each int, choose func(r *rand.Rand) asked, do func(asked) heard) []porcupine.Operation {
	var all []porcupine.Operation
	var mu sync.Mutex
	var wait sync.WaitGroup
	begun := time.Now()
	for client := range clients {
		seeded := rand.New(rand.NewPCG(*seed, uint64(client)))
		wait.Go(func() {
			for range each {
				in := choose(seeded)
				call := time.Since(begun).Nanoseconds()
				out := do(in)
				done := time.Since(begun).Nanoseconds()
				mu.Lock()
				all = append(all, porcupine.Operation{ClientId: client, Input: in, Call: call, Output: out, Return: done})
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	for i, o := range all {
		for _, other := range all {
			if other.Input.(asked).op == "reset" && o.Call < other.Return && other.Call < o.Return {
				in := o.Input.(asked)
				in.late = true
				all[i].Input = in
			}
		}
	}
	return all
}

// linear says whether the operations could have happened one after the other, each between its call and its answer.
func linear(t *testing.T, what string, start any, step func(state any, in asked, out heard) (bool, any), all []porcupine.Operation) {
	t.Helper()
	possible := porcupine.NondeterministicModel{
		Init: func() []any { return []any{start} },
		Step: func(state, in, out any) (all []any) {
			if ok, next := step(state, in.(asked), out.(heard)); ok {
				all = append(all, next)
			}
			if in := in.(asked); in.late && in.op != "read" && in.op != "reset" {
				all = append(all, state) // it is answered as it may be, and dropped
			}
			return all
		},
		DescribeOperation: func(in, out any) string { return fmt.Sprintf("%v → %v", in, out) },
	}
	model := possible.ToModel()
	result := porcupine.CheckOperationsTimeout(model, all, 2*time.Minute)
	if !assert.Equal(t, porcupine.Ok, result, "%s: seed %d", what, *seed) {
		for _, o := range all {
			t.Logf("%d: %d–%d %+v → %+v", o.ClientId, o.Call, o.Return, o.Input, o.Output)
		}
		t.FailNow()
	}
}

// client is a record of two values that are written apart.
type client struct {
	there  bool
	values [2]string
}

// stepClient is a client of any API: created once, changed and read while it is there.
func stepClient(state any, in asked, out heard) (bool, any) {
	c := state.(client)
	found := out.status == 200 && out.values == c.values
	switch in.op {
	case "create":
		if c.there {
			return out.status == 422, c
		}
		return out.status == 201, client{true, [2]string{in.value, ""}}
	case "read":
		return c.there && found || !c.there && out.status == 404, c
	case "first", "second":
		changed := c
		changed.values[map[string]int{"first": 0, "second": 1}[in.op]] = in.value
		if !c.there {
			return out.status == 404, c
		}
		return out.status == 200 && out.values == changed.values, changed
	case "delete":
		return c.there == (out.status == 204), client{}
	default: // reset
		return out.status == 204, client{}
	}
}

func anyOf(ops ...string) func(*rand.Rand) asked {
	return func(r *rand.Rand) asked {
		return asked{op: ops[r.IntN(len(ops))], value: fmt.Sprint("v", r.IntN(1_000_000))}
	}
}

// Each of Cobrofácil's clients is as if its requests had come one after the other, resets among them. A write that is under
// way while its workspace is reset may be answered as before it or as behind it, and leaves nothing if it is dropped.
func TestCobrofacilIsLinear(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{DB: t.TempDir() + "/sandbox.db"})
	const path = "/cobrofacil/api/v1/clients"
	for i := range pick(3, 1000) {
		root := fmt.Sprintf("/w/run-%d", i%50)
		s.Send(t, "POST", "/_sandbox/workspaces"+root[2:]+"/reset", "", "Host: localhost")
		do := func(in asked) heard {
			var a apptest.Answer
			switch in.op {
			case "create":
				a = s.Send(t, "POST", root+path, `{"external_reference":"one","first_name":"`+in.value+`","last_name":"x","phone_number":"+526640000000"}`, cobrofacilToken)
			case "read":
				a = s.Send(t, "GET", root+path+"/one", "", cobrofacilToken)
			case "first":
				a = s.Send(t, "PATCH", root+path+"/one", `{"first_name":"`+in.value+`"}`, cobrofacilToken)
			case "second":
				a = s.Send(t, "PATCH", root+path+"/one", `{"mm_name":"`+in.value+`"}`, cobrofacilToken)
			case "reset":
				a = s.Send(t, "POST", "/_sandbox/workspaces"+root[2:]+"/reset", "", "Host: localhost")
			}
			var body struct {
				Data struct {
					First  string `json:"first_name"`
					Second string `json:"mm_name"`
				} `json:"data"`
			}
			if a.Status == 200 {
				assert.NoError(t, json.Unmarshal([]byte(a.Body), &body))
			}
			return heard{status: a.Status, values: [2]string{body.Data.First, body.Data.Second}}
		}
		ops := []string{"create", "create", "read", "read", "first", "second", "second", "reset"}
		if i%2 == 0 {
			ops = ops[:len(ops)-1] // and every other history without resets
		}
		linear(t, "client", client{}, stepClient, history(6, 15, anyOf(ops...), do))
	}
	t.Logf("seed %d: %d histories of 90 operations", *seed, pick(3, 1000))
}

// Each of ComplyCube's clients is as if its requests had come one after the other.
func TestComplyCubeIsLinear(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{DB: t.TempDir() + "/sandbox.db", Settings: map[string]string{"limits": "off"}})
	const path = "/complycube/v1/clients"
	type shown struct {
		ID, Mobile, Telephone string
	}
	for range pick(3, 1000) {
		var made shown
		a := s.Send(t, "POST", path, `{"type":"person","email":"a@example.com","personDetails":{"firstName":"A","lastName":"B"}}`, complycubeToken)
		require.NoError(t, json.Unmarshal([]byte(a.Body), &made))
		do := func(in asked) heard {
			var a apptest.Answer
			switch in.op {
			case "read":
				a = s.Send(t, "GET", path+"/"+made.ID, "", complycubeToken)
			case "first":
				a = s.Send(t, "POST", path+"/"+made.ID, `{"mobile":"`+in.value+`"}`, complycubeToken)
			case "second":
				a = s.Send(t, "POST", path+"/"+made.ID, `{"telephone":"`+in.value+`"}`, complycubeToken)
			case "delete":
				a = s.Send(t, "DELETE", path+"/"+made.ID, "", complycubeToken)
			}
			var body shown
			if a.Status == 200 {
				assert.NoError(t, json.Unmarshal([]byte(a.Body), &body))
			}
			return heard{status: a.Status, values: [2]string{body.Mobile, body.Telephone}}
		}
		seldom := func(r *rand.Rand) asked {
			if r.IntN(60) == 0 {
				return asked{op: "delete"}
			}
			return anyOf("read", "first", "second")(r)
		}
		linear(t, "client", client{there: true}, stepClient, history(6, 15, seldom, do))
	}
	t.Logf("seed %d: %d histories of 90 operations", *seed, pick(3, 1000))
}

// purse is what a parent has, and a subclient of it.
type purse struct{ parent, child int64 }

// stepPurse moves money, to the cent, and never more than there is.
func stepPurse(state any, in asked, out heard) (bool, any) {
	p := state.(purse)
	moved := purse{p.parent - in.amount, p.child}
	switch in.op {
	case "read":
		return out.status == 200 && out.money[0] == p.parent, p
	case "fund":
		moved.child += in.amount
		if moved.parent < 0 {
			return out.status == 422, p
		}
		return out.status == 200 && out.money == [2]int64{moved.parent, moved.child}, moved
	default: // create, which gives a new one its first money
		if moved.parent < 0 {
			return out.status == 422, p
		}
		return out.status == 200 && out.money[1] == in.amount, moved
	}
}

// Nueve09's money is moved as if one request had come after the other.
func TestBalancesAreLinear(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{DB: t.TempDir() + "/sandbox.db"})
	const child = "0c1e6d0a-5b0f-4a53-8d0e-1f2a9c7b6e01"
	aliases := make(chan string)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for i := 0; ; i++ {
			select {
			case aliases <- fmt.Sprintf("sub%06d", i):
			case <-stop:
				return
			}
		}
	}()
	for i := range pick(3, 1000) {
		root := fmt.Sprintf("/w/run-%d", i%50)
		require.Equal(t, 204, s.Send(t, "POST", "/_sandbox/workspaces"+root[2:]+"/reset", "", "Host: localhost").Status)
		do := func(in asked) heard {
			amount := fmt.Sprintf("%d.%02d", in.amount/100, in.amount%100)
			var a apptest.Answer
			switch in.op {
			case "read":
				a = s.Send(t, "GET", root+"/subclients/clients", "", subclientsToken)
			case "fund":
				a = s.Send(t, "POST", root+"/subclients/clients/fund", `{"client_id":"`+child+`","amount":`+amount+`}`, subclientsToken)
			case "create":
				body := marked(<-aliases)
				a = s.Send(t, "POST", root+"/subclients/clients", withAvailable(body, amount), subclientsToken)
			}
			var body struct {
				Data struct {
					Client, Subclient struct{ Available json.Number }
				}
			}
			if a.Status == 200 {
				assert.NoError(t, json.Unmarshal([]byte(a.Body), &body))
			}
			return heard{status: a.Status, money: [2]int64{cents(t, body.Data.Client.Available), cents(t, body.Data.Subclient.Available)}}
		}
		choose := func(r *rand.Rand) asked {
			in := anyOf("read", "fund", "fund", "create")(r)
			if in.op != "read" { // some twelve of them empty the purse
				in.amount = 10_000 + int64(r.IntN(20_000_000))
			}
			return in
		}
		linear(t, "purse", purse{100_000_051, 2_500_000}, stepPurse, history(5, 10, choose, do))
	}
	t.Logf("seed %d: %d histories of 50 operations", *seed, pick(3, 1000))
}

func withAvailable(body, amount string) string {
	return strings.Replace(body, `"available":100`, `"available":`+amount, 1)
}

func cents(t *testing.T, amount json.Number) int64 {
	t.Helper()
	if amount == "" {
		return 0
	}
	pesos, rest, _ := strings.Cut(string(amount), ".")
	n, err := strconv.ParseInt(pesos+(rest + "00")[:2], 10, 64)
	assert.NoError(t, err)
	return n
}
