// Package ids makes identifiers from a time and a source of randomness that the caller hands in, so that they repeat
// when both do.
package ids

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"io"
	mathrand "math/rand/v2"
	"time"
)

// Unique is the source for identifiers that never repeat.
var Unique io.Reader = rand.Reader

// Repeatable is the n-th source of a seed: the same seed and n give the same bytes. It is for one goroutine.
func Repeatable(seed string, n int64) io.Reader {
	hash := sha256.New()
	hash.Write(binary.BigEndian.AppendUint64(nil, uint64(n))) //nolint:gosec // n only tells sources apart
	hash.Write([]byte(seed))
	return mathrand.NewChaCha8([32]byte(hash.Sum(nil)))
}

// UUIDv7 is a UUID version 7 (RFC 9562): the time in milliseconds, then 74 random bits.
func UUIDv7(now time.Time, random io.Reader) (string, error) {
	var id [16]byte
	if _, err := io.ReadFull(random, id[6:]); err != nil {
		return "", err
	}
	ms := uint64(now.UnixMilli()) //nolint:gosec // the clock's bounds are after 1970
	binary.BigEndian.PutUint16(id[0:], uint16(ms>>32))
	binary.BigEndian.PutUint32(id[2:], uint32(ms)) //nolint:gosec // the low half
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return uuidText(id), nil
}
