package soak

import (
	"math/rand/v2"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// SIGTERM under load: what the sandbox took, it has answered. So nothing is there that its client was not told of.
func TestShutdownAnswersWhatItAccepted(t *testing.T) {
	t.Parallel()
	random := draw(t)
	path := filepath.Join(t.TempDir(), "sandbox.db")
	all, count := newBooks(), &tally{}
	rounds, stopped := pick(3, 60), time.Duration(0)
	for range rounds {
		p := start(t, "--db="+path)
		compareAll(t, p, all)
		var clients sync.WaitGroup
		for writer := range 16 {
			drawn := rand.New(rand.NewPCG(random.Uint64(), 0))
			clients.Go(func() {
				for all[drawn.IntN(len(all))].write(t, p, drawn, writer, count) {
				}
			})
		}
		time.Sleep(time.Duration(random.IntN(300)) * time.Millisecond) // when is what is drawn
		begun := time.Now()
		require.NoError(t, p.Process.Signal(syscall.SIGTERM))
		require.NoError(t, p.Wait(), "%s", p.log)
		stopped = max(stopped, time.Since(begun))
		clients.Wait()
		for _, b := range all {
			b.forget()
		}
		require.False(t, t.Failed(), "-soak.seed=%d", *seed)
	}
	p := start(t, "--db="+path)
	compareAll(t, p, all)
	assertSound(t, path)
	t.Logf(`
| SIGTERM | acknowledged | refused | not taken | done without an answer | longest shutdown |
|---|---|---|---|---|---|
| %d | %d | %d | %d | 0 | %s |`, rounds, count.acknowledged, count.refused, count.unknown, stopped.Round(time.Millisecond))
	assert.Positive(t, count.acknowledged)
}

// forget takes writes without an answer for such that were never taken.
func (b *books) forget() {
	b.doubts, b.unsure = nil, 0
}
