package ids

import (
	"encoding/hex"
	"io"
)

// UUIDv4 is a UUID version 4 (RFC 9562): 122 random bits.
func UUIDv4(random io.Reader) (string, error) {
	var id [16]byte
	if _, err := io.ReadFull(random, id[:]); err != nil {
		return "", err
	}
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return uuidText(id), nil
}

// uuidText writes a UUID in lower case, in five groups.
func uuidText(id [16]byte) string {
	var text [36]byte
	for i, part := range []struct{ at, from, to int }{{0, 0, 4}, {9, 4, 6}, {14, 6, 8}, {19, 8, 10}, {24, 10, 16}} {
		if i > 0 {
			text[part.at-1] = '-'
		}
		hex.Encode(text[part.at:], id[part.from:part.to])
	}
	return string(text[:])
}
