package subclients

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"sync"

	"golang.org/x/crypto/argon2"
)

// The cost of a hash: a quarter of a millisecond and 256 KiB. That is far too little for real passwords, and these are
// none: tests log in a thousand times. argon2id takes passwords of any length; bcrypt would stop at 72 bytes.
const (
	hashMemory = 256 // KiB
	hashTime   = 1
	hashLength = 32
	saltLength = 16
)

// hashForm is a hash as the database and fixtures have it, a PHC string.
var hashForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(fmt.Sprintf(`^\$argon2id\$v=%d\$m=%d,t=%d,p=1\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$`, argon2.Version, hashMemory, hashTime))
})

// passwords hashes them, as many at once as leave a core for other requests.
type passwords struct {
	turns chan struct{}
}

func newPasswords() passwords {
	return passwords{turns: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)-1))}
}

// saltOf makes a salt of what tells one password from all others. It need not be secret, and so golden runs repeat.
func saltOf(parts ...string) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", parts))
	return sum[:saltLength]
}

// hash is the hash of a password. It takes its time: in a request, take a turn.
func hash(password string, salt []byte) string {
	key := argon2.IDKey([]byte(password), salt, hashTime, hashMemory, 1, hashLength)
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, hashMemory, hashTime, encode(salt), encode(key))
}

// hash is hash, when it is its turn.
func (p passwords) hash(ctx context.Context, password string, salt []byte) (string, error) {
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
		return hash(password, salt), nil
	case <-ctx.Done():
		return "", fmt.Errorf("wait to hash a password: %w", ctx.Err())
	}
}

// match says whether a password is the one with this hash. Nil is nobody's, and costs the same.
func (p passwords) match(ctx context.Context, password string, known *string) (bool, error) {
	stored := capsuleHash
	if known != nil {
		stored = *known
	}
	parts := hashForm().FindStringSubmatch(stored)
	if parts == nil {
		return false, errors.New("the stored password hash is of another form or cost than this version's")
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[1])
	if err != nil {
		return false, err
	}
	got, err := p.hash(ctx, password, salt)
	return known != nil && subtle.ConstantTimeCompare([]byte(got), []byte(stored)) == 1, err
}
