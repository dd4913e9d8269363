package subclients

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"strings"

	"github.com/seed-0f456478/sandbox/internal/gate"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// publicKeyAnswer is what setting a public key answers.
type publicKeyAnswer struct {
	Client struct {
		ID    string `json:"id"`
		Name  string `json:"name"`
		Alias string `json:"alias"`
	} `json:"client"`
	APIKey struct {
		ID        string `json:"id"`
		Alias     string `json:"alias"`
		PublicKey string `json:"public_key"`
	} `json:"api_key"`
}

// setPublicKey keeps the public key of the caller's api key (SUB-62).
func (a *api) setPublicKey(r *http.Request) (web.Response, error) {
	x := gate.From(r)
	var body publicKeyRequest
	if err := x.Decode(&body); err != nil {
		return web.Response{}, err
	}
	if err := invalid(a.valid().Whole(body)); err != nil {
		return web.Response{}, err
	}
	var c client
	err := x.Write(r.Context(), func(tx *workspace.Tx) (err error) {
		if c, err = ownClient(tx.View, tx.Workspace, x.Owner); err != nil {
			return err
		}
		c.publicKey, c.updatedAt = &body.PublicKey.Value, x.Now
		return saveClient(tx.Tx, tx.Workspace, c)
	})
	var shown publicKeyAnswer
	shown.Client.ID, shown.Client.Name, shown.Client.Alias = c.id, c.name, c.alias
	shown.APIKey.ID, shown.APIKey.Alias, shown.APIKey.PublicKey = c.apiKey, c.alias, body.PublicKey.Value
	return ok(shown), err
}

// isPublicKey says whether a text is one public RSA key of 2048 bits in PEM and nothing else, as PKIX or PKCS #1 (SUB-64).
func isPublicKey(text string) bool {
	text = strings.TrimSpace(text)
	block, rest := pem.Decode([]byte(text))
	// Decode passes over whatever is before the first whole block, a broken block too.
	if block == nil || len(rest) > 0 || !strings.HasPrefix(text, "-----BEGIN "+block.Type) || strings.Count(text, "-----BEGIN ") > 1 {
		return false
	}
	var key any
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	}
	public, isRSA := key.(*rsa.PublicKey)
	return err == nil && isRSA && public.N.BitLen() == 2048
}
