package workspace

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/seed-0f456478/sandbox/internal/clock"
	"github.com/seed-0f456478/sandbox/internal/store"
)

// Minted is a credential that was made in a workspace, beside the published ones.
type Minted struct {
	ID          string     `json:"id"`
	API         string     `json:"api"`
	In          string     `json:"in" doc:"the header that carries the secret" example:"Authorization"`
	Digest      string     `json:"digest" doc:"SHA-256 of the secret, in hexadecimal: the secret itself is not kept"`
	Owner       string     `json:"owner" doc:"whose records it sees"`
	Permissions []string   `json:"permissions,omitempty"`
	ExpiresAt   *time.Time `json:"expires_at,omitempty" doc:"on the workspace's clock"`
}

var (
	id     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	digest = regexp.MustCompile(`^[0-9a-f]*$`)
)

// ValidID says whether something in a workspace may be called so: what can stand in a path and in a line of a log.
func ValidID(s string) bool { return len(s) <= 63 && id.MatchString(s) }

// check says what is wrong with a credential: nil if nothing is.
func (c Minted) check() error {
	switch {
	case !ValidID(c.ID):
		return fmt.Errorf("id: %q is not 1 to 63 letters, digits, dots, underscores and hyphens", c.ID)
	case c.In == "":
		return errors.New("in: names no header")
	case len(c.Digest) != 64 || !digest.MatchString(c.Digest):
		return errors.New("digest: must be 64 hexadecimal digits in lower case")
	case c.Owner == "" || utf8.RuneCountInString(c.Owner) > 63 || strings.ContainsFunc(c.Owner, unicode.IsControl):
		return fmt.Errorf("owner: %q is not 1 to 63 characters", c.Owner)
	case c.ExpiresAt != nil && (c.ExpiresAt.UTC().Year() < 1970 || c.ExpiresAt.UTC().Year() > 9999):
		return errors.New("expires_at: must be from 1970 to 9999 in UTC")
	}
	for _, p := range c.Permissions {
		if p == "" || strings.ContainsFunc(p, unicode.IsSpace) {
			return fmt.Errorf("permissions: %q is empty or has a blank in it", p)
		}
	}
	return nil
}

// MostCredentials bounds the minted credentials of a workspace.
const MostCredentials = 1000

func (d *Directory) putCredential(tx store.Tx, workspace string, c Minted) error {
	if !slices.ContainsFunc(d.options.Collections, func(known Collection) bool { return known.API == c.API }) {
		return fmt.Errorf("no API is called %q", c.API)
	}
	if err := c.check(); err != nil {
		return err
	}
	var expires sql.NullString
	if c.ExpiresAt != nil {
		expires = sql.NullString{String: clock.Text(*c.ExpiresAt), Valid: true}
	}
	if err := tx.Exec("DELETE FROM credentials WHERE workspace = $1 AND (id = $2 OR api = $3 AND carrier = $4 AND digest = $5)", workspace, c.ID, c.API, c.In, c.Digest); err != nil {
		return err
	}
	var taken int
	if err := tx.QueryRow("SELECT count(*) FROM credentials WHERE workspace = $1", workspace).Scan(&taken); err != nil {
		return err
	}
	if taken >= MostCredentials {
		return fmt.Errorf("%w: %d credentials were minted, which is the most; revoke some", ErrTooMany, MostCredentials)
	}
	return tx.Exec(`
		INSERT INTO credentials (workspace, id, api, carrier, digest, owner, permissions, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		workspace, c.ID, c.API, c.In, c.Digest, c.Owner, strings.Join(c.Permissions, " "), expires)
}

func credentialsOf(v store.View, workspace string) ([]Minted, error) {
	return queryCredentials(v, "workspace = $1", workspace)
}

func queryCredentials(v store.View, condition string, args ...any) (all []Minted, err error) {
	found, err := v.Query("SELECT id, api, carrier, digest, owner, permissions, expires_at FROM credentials WHERE "+condition+" ORDER BY id", args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = found.Close() }()
	for found.Next() {
		var c Minted
		var permissions string
		var expires sql.NullString
		if err := found.Scan(&c.ID, &c.API, &c.In, &c.Digest, &c.Owner, &permissions, &expires); err != nil {
			return nil, err
		}
		c.Permissions = strings.Fields(permissions)
		if expires.Valid {
			at, err := clock.FromText(expires.String)
			if err != nil {
				return nil, fmt.Errorf("credential %s: %w", c.ID, err)
			}
			c.ExpiresAt = &at
		}
		all = append(all, c)
	}
	return all, found.Err()
}

// Digest is what a secret is kept as.
func Digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Minted finds the credential whose secret a header carries among those minted in a workspace, or in the seed.
func (d *Directory) Minted(ctx context.Context, records, api, header, secret string) (c Minted, found bool, err error) {
	err = d.store.Read(ctx, func(v store.View) error {
		all, err := queryCredentials(v, "workspace = $1 AND api = $2 AND carrier = $3 AND digest = $4", records, api, header, Digest(secret))
		if len(all) > 0 {
			c, found = all[0], true
		}
		return err
	})
	return c, found, err
}

// Credentials lists what was minted in the workspace, by id.
func (w *Workspace) Credentials(ctx context.Context) (all []Minted, err error) {
	err = w.dir.store.Read(ctx, func(v store.View) error {
		all, err = credentialsOf(v, w.Name)
		return err
	})
	return all, err
}

// Mint adds a credential, in the place of one with the same id or secret. It fails with [ErrTooMany].
func (w *Workspace) Mint(ctx context.Context, c Minted) error {
	return w.dir.store.Write(ctx, w.Name, func(tx store.Tx) error { return w.dir.putCredential(tx, w.Name, c) })
}

// Revoke removes a minted credential. It fails with [ErrNotFound].
func (w *Workspace) Revoke(ctx context.Context, id string) error {
	return w.dir.store.Write(ctx, w.Name, func(tx store.Tx) error {
		err := tx.QueryRow("DELETE FROM credentials WHERE workspace = $1 AND id = $2 RETURNING 1", w.Name, id).Scan(new(int))
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNotFound
		}
		return err
	})
}
