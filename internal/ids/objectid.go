package ids

import (
	"encoding/binary"
	"encoding/hex"
	"io"
	"time"
)

// ObjectID is 24 hexadecimal digits like those of MongoDB's ObjectId: the time in seconds, then 64 random bits.
func ObjectID(now time.Time, random io.Reader) (string, error) {
	var id [12]byte
	if _, err := io.ReadFull(random, id[4:]); err != nil {
		return "", err
	}
	binary.BigEndian.PutUint32(id[:], uint32(now.Unix())) //nolint:gosec // 32 bits last until 2106
	return hex.EncodeToString(id[:]), nil
}
