package workspace

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	mathrand "math/rand/v2"

	"github.com/seed-0f456478/sandbox/internal/store"
)

// Secret is a key of 32 bytes by which what a workspace hands out can be signed: the installation's own, which the
// database keeps, or one made from the random seed in a workspace whose ids repeat.
func (w *Workspace) Secret() []byte {
	if seed := w.Life().randomSeed; seed.Valid {
		mac := hmac.New(sha256.New, []byte(seed.String))
		mac.Write([]byte("secret"))
		return mac.Sum(nil)
	}
	return w.dir.secret
}

// installationSecret reads the installation's key, and makes it the first time.
func installationSecret(tx store.Tx) ([]byte, error) {
	var text string
	err := tx.QueryRow("SELECT value FROM installation WHERE name = 'secret'").Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		fresh := make([]byte, sha256.Size)
		_, _ = rand.Read(fresh) // it never fails
		// Another process may make one at the same time: the first one counts.
		if err := tx.Exec("INSERT INTO installation (name, value) VALUES ('secret', $1) ON CONFLICT (name) DO NOTHING", hex.EncodeToString(fresh)); err != nil {
			return nil, err
		}
		err = tx.QueryRow("SELECT value FROM installation WHERE name = 'secret'").Scan(&text)
	}
	if err != nil {
		return nil, err
	}
	return hex.DecodeString(text)
}

// Repeats says that the workspace has a random seed, so that its identifiers repeat.
func (w *Workspace) Repeats() bool { return w.Life().randomSeed.Valid }

// Random is a source of chances that repeats in a workspace with a random seed, one for each purpose. It is for one
// goroutine at a time.
func (w *Workspace) Random(purpose string) *mathrand.Rand {
	return mathrand.New(mathrand.NewChaCha8(sha256.Sum256([]byte(w.Life().randomSeed.String + "\n" + purpose)))) //nolint:gosec // chances, no secrets
}
