package subclients_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/app/apptest"
	"github.com/seed-0f456478/sandbox/internal/fidelity/fidelitytest"
)

// rsaKey is a public key whose modulus has so many bits, which nobody has the private key of.
func rsaKey(bits uint) *rsa.PublicKey {
	n := new(big.Int).Lsh(big.NewInt(1), bits-1)
	return &rsa.PublicKey{N: n.Add(n, big.NewInt(12345)), E: 65537}
}

func encodePEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func pkix(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	require.NoError(t, err)
	return der
}

func publicKeyBody(t *testing.T, key string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"public_key": key})
	require.NoError(t, err)
	return string(body)
}

func TestPublicKeys(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, app.Options{})
	const path = clients + "/api_key/public_key"
	good := encodePEM("PUBLIC KEY", pkix(t, rsaKey(2048)))
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	for _, test := range []struct {
		id, name, key string
		valid         bool
	}{
		{"SUB-62", "PKIX", good, true},
		{"SUB-64", "PKCS #1", encodePEM("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&private.PublicKey)), true},
		{"SUB-64", "lines of Windows", strings.ReplaceAll(good, "\n", "\r\n"), true},
		{"SUB-64", "white space around it", "\n" + good + "\n", true},
		{"SUB-64", "no line end", strings.TrimSpace(good), true},
		{"SUB-64", "2047 bits", encodePEM("PUBLIC KEY", pkix(t, rsaKey(2047))), false},
		{"SUB-64", "1024 bits", encodePEM("PUBLIC KEY", pkix(t, rsaKey(1024))), false},
		{"SUB-64", "4096 bits", encodePEM("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(rsaKey(4096))), false},
		{"SUB-64", "another algorithm", encodePEM("PUBLIC KEY", pkix(t, &curve.PublicKey)), false},
		{"SUB-64", "a private key", encodePEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(private)), false},
		{"SUB-64", "another type than its bytes", encodePEM("RSA PUBLIC KEY", pkix(t, rsaKey(2048))), false},
		{"SUB-64", "two keys", good + good, false},
		{"SUB-64", "text before it", "key:\n" + good, false},
		{"SUB-64", "a broken one before it", "-----BEGIN PUBLIC KEY-----\n" + good, false},
		{"SUB-64", "text behind it", good + "key", false},
		{"SUB-64", "cut off", good[:len(good)-30], false},
		{"SUB-64", "no bytes", encodePEM("PUBLIC KEY", nil), false},
		{"SUB-64", "no PEM", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ", false},
	} {
		a := s.Do(t, "POST", path, publicKeyBody(t, test.key), token)
		if !test.valid {
			assert.Equal(t, invalid("public_key: must be a public RSA key of 2048 bits in PEM"), a.Body, test.name)
			continue
		}
		shown, err := json.Marshal(test.key)
		require.NoError(t, err)
		assert.Equal(t, `{"success":true,"code":0,"message":"OK","data":{"client":{"id":"`+capsule+`","name":"Capsule Corp.","alias":"CAPCORP"},`+
			`"api_key":{"id":"sandbox-subclients-key","alias":"CAPCORP","public_key":`+string(shown)+`}}}`, a.Body, test.name)
		assert.Contains(t, export(t, s, "default"), `"_public_key": `+string(shown), test.name)
	}
	for value, sentence := range map[string]string{"null": "is required", `""`: "is required", "5": "must be a string"} {
		assert.Equal(t, invalid("public_key: "+sentence), s.Do(t, "POST", path, `{"public_key":`+value+`}`, token).Body)
	}
	assert.Equal(t, 1, strings.Count(export(t, s, "default"), "BEGIN"), "nobody else's")
}

// Setting a key changes nothing about the money, nor about the login.
func TestPublicKeyChangesNothingElse(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-62")
	s := apptest.New(t, app.Options{})
	made := create(t, s, token)
	header := logIn(t, s, made.apiKey(), "12345")
	a := s.Do(t, "POST", clients+"/api_key/public_key", publicKeyBody(t, encodePEM("PUBLIC KEY", pkix(t, rsaKey(2048)))), header)
	assert.Contains(t, a.Body, `"api_key":{"id":"`+made.apiKey()+`","alias":"NOENT",`)
	assert.Equal(t, "1000", read(t, s, logIn(t, s, made.apiKey(), "12345")).Available.String())
}

// Who sends the private key for the public one finds it neither in the journal nor in the log, however it was escaped.
func TestPrivateKeysAreNotShown(t *testing.T) {
	t.Parallel()
	fidelitytest.Covers(t, "SUB-64")
	s := apptest.New(t, app.Options{})
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	for kind, der := range map[string][]byte{"RSA PRIVATE KEY": x509.MarshalPKCS1PrivateKey(private), "PRIVATE KEY": pkcs8} {
		key := encodePEM(kind, der)
		for _, body := range []string{
			publicKeyBody(t, key),
			strings.ReplaceAll(publicKeyBody(t, key), "/", `\/`),
			publicKeyBody(t, key[:len(key)/2]),
			`{"public_key":["` + strings.ReplaceAll(key, "\n", `\u000a`) + `"]}`,
		} {
			a := s.Do(t, "POST", clients+"/api_key/public_key", body, token)
			require.Equal(t, 422, a.Status, a.Body)
			shown := s.Do(t, "GET", "http://localhost"+a.Header.Get("X-Sandbox-Explain"), "").Body
			assert.Contains(t, shown, "[redacted]")
			for _, text := range []string{shown, s.Log.String()} {
				assert.NotContains(t, text, key[len("-----BEGIN "+kind+"-----\n")+2:][:20], body)
			}
		}
	}
}
