package localca_test

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-0f456478/sandbox/internal/localca"
)

var names = []string{"api.partner.example", "*.tenants.example", "tenants.example"}

// options are those of an authority in a file of the test's own, which does not exist yet.
func options(t *testing.T) localca.Options {
	t.Helper()
	return localca.Options{File: filepath.Join(t.TempDir(), "sandbox.db.ca"), Names: names, Now: time.Now}
}

func open(t *testing.T, o localca.Options) *localca.Authority {
	t.Helper()
	a, err := localca.Open(o)
	require.NoError(t, err)
	return a
}

// certificate is that of the authority itself.
func certificate(t *testing.T, a *localca.Authority) *x509.Certificate {
	t.Helper()
	block, rest := pem.Decode(a.PEM())
	require.NotNil(t, block)
	require.Empty(t, rest, "and no key")
	c, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	return c
}

// handshake asks for a server name, at a local address, and returns the certificate once it is verified for the client.
func handshake(t *testing.T, a *localca.Authority, address string, client *tls.Config) (*x509.Certificate, error) {
	t.Helper()
	listener, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	go func() {
		connection, err := listener.Accept()
		if err == nil {
			_ = tls.Server(connection, a.TLS()).Handshake() // the client has its error too
			_ = connection.Close()
		}
	}()
	client.RootCAs = x509.NewCertPool()
	client.RootCAs.AddCert(certificate(t, a))
	connection, err := tls.Dial("tcp", listener.Addr().String(), client)
	if err != nil {
		return nil, err
	}
	defer func() { _ = connection.Close() }()
	return connection.ConnectionState().PeerCertificates[0], nil
}

func TestNamesOnTheList(t *testing.T) {
	t.Parallel()
	a := open(t, options(t))
	deep := strings.Repeat("a.", 100) + "tenants.example"
	for _, name := range []string{
		"localhost", "LocalHost", "localhost.", "kobra.localhost", "a.b.localhost", "api.partner.example", "API.Partner.EXAMPLE", "tenants.example", "one.tenants.example",
		"a.b.c.tenants.example", deep, "xn--maana-pta.localhost", "under_score.localhost", "127.0.0.1", "127.1.2.3", "::1",
	} {
		leaf, err := handshake(t, a, "127.0.0.1", &tls.Config{ServerName: name})
		if name == "127.1.2.3" { // it called 127.0.0.1
			assert.ErrorContains(t, err, "127.1.2.3")
			continue
		}
		if assert.NoError(t, err, name) {
			assert.LessOrEqual(t, leaf.NotAfter.Sub(leaf.NotBefore), 398*24*time.Hour)
		}
	}
	_, err := handshake(t, a, "127.1.2.3", &tls.Config{ServerName: "127.1.2.3"})
	assert.NoError(t, err)
}

func TestNamesOffTheList(t *testing.T) {
	t.Parallel()
	o := options(t)
	var log bytes.Buffer
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	a := open(t, o)
	get := func(name string) (*tls.Certificate, error) {
		return a.TLS().GetCertificate(&tls.ClientHelloInfo{ServerName: name, Conn: &net.TCPConn{}})
	}
	off := []string{
		"example.com", "partner.example", "x.api.partner.example", "api.partner.example.", "nottenants.example", "localhost.example", ".localhost", "a..localhost",
		"*.localhost", "a b.localhost", "mañana.localhost", "a\x00.localhost", strings.Repeat("a", 64) + ".localhost", strings.Repeat("a.", 128) + "localhost", "192.168.1.1", "::2", "0.0.0.0", "127.1",
	}
	for range 2 {
		for _, name := range off {
			leaf, err := get(name)
			assert.NoError(t, err)
			assert.Nil(t, leaf, name)
		}
	}
	assert.Equal(t, len(off), strings.Count(log.String(), "\n"), "each once")
	for i := range 1000 {
		_, err := get(fmt.Sprintf("%d.example.com", i))
		assert.NoError(t, err)
	}
	assert.Less(t, strings.Count(log.String(), "\n"), 50)

	_, err := handshake(t, a, "127.0.0.1", &tls.Config{ServerName: "example.com"})
	assert.ErrorContains(t, err, "unrecognized name")
}

// What the authority signs, or who has stolen its key, is believed for no other name.
func TestConstraints(t *testing.T) {
	t.Parallel()
	o := options(t)
	a := open(t, o)
	narrow := certificate(t, a)
	assert.True(t, narrow.PermittedDNSDomainsCritical)
	assert.True(t, narrow.MaxPathLenZero)
	assert.Equal(t, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, narrow.ExtKeyUsage)

	for _, name := range []string{"example.com", "notlocalhost", "partner.example", "192.168.1.1"} {
		leaf := forge(t, o.File, name)
		_, err := leaf.Verify(x509.VerifyOptions{Roots: pool(narrow), DNSName: name})
		assert.ErrorContains(t, err, "not permitted", name)
	}
	leaf := forge(t, o.File, "api.partner.example")
	_, err := leaf.Verify(x509.VerifyOptions{Roots: pool(narrow), DNSName: "api.partner.example"})
	assert.NoError(t, err, "the forgery is good but for the name")
}

func pool(c *x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(c)
	return p
}

// forge signs for a name with the key that a file holds.
func forge(t *testing.T, file, name string) *x509.Certificate {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(file, file)
	require.NoError(t, err)
	template := &x509.Certificate{NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{name}
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, pair.Leaf, pair.Leaf.PublicKey, pair.PrivateKey)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(signed)
	require.NoError(t, err)
	return leaf
}

// A client that names no server has called an address; behind a published port that is another one than the server's.
func TestWithoutAServerName(t *testing.T) {
	t.Parallel()
	a := open(t, options(t))
	for address, others := range map[string][]string{"127.0.0.1": {"::1", "localhost"}, "127.0.0.7": {"127.0.0.1", "localhost"}} {
		leaf, err := handshake(t, a, address, &tls.Config{ServerName: address}) // a client sends no address as a name
		require.NoError(t, err)
		for _, name := range others {
			assert.NoError(t, leaf.VerifyHostname(name))
		}
	}
	published, err := a.TLS().GetCertificate(&tls.ClientHelloInfo{Conn: elsewhere{}})
	require.NoError(t, err)
	assert.NoError(t, published.Leaf.VerifyHostname("127.0.0.1"))
	assert.NoError(t, published.Leaf.VerifyHostname("localhost"))
	assert.Error(t, published.Leaf.VerifyHostname("172.17.0.2"))
}

// elsewhere is a connection that came to an address which is not loopback.
type elsewhere struct{ net.Conn }

func (elsewhere) LocalAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(172, 17, 0, 2), Port: 8443} }

func TestLeavesAreKeptAndRenewed(t *testing.T) {
	t.Parallel()
	o := options(t)
	now := time.Now()
	o.Now = func() time.Time { return now }
	a := open(t, o)
	get := func(name string) *tls.Certificate {
		leaf, err := a.TLS().GetCertificate(&tls.ClientHelloInfo{ServerName: name})
		require.NoError(t, err)
		require.False(t, leaf.Leaf.NotBefore.After(now) || leaf.Leaf.NotAfter.Before(now))
		return leaf
	}
	first := get("localhost")
	assert.Same(t, first, get("localhost"))
	assert.Same(t, first, get("LOCALHOST"))
	for i := range 1000 { // the bound lets go of it
		get(fmt.Sprintf("%d.localhost", i))
	}
	second := get("localhost")
	assert.NotSame(t, first, second)

	for _, forward := range []time.Duration{89, 89, 365, -90} { // a clock that is set back too
		now = now.Add(forward * 24 * time.Hour)
		assert.NotSame(t, second, get("localhost"))
		second = get("localhost")
	}
	end := certificate(t, a).NotAfter
	now = end.Add(-time.Minute)
	last := get("localhost")
	assert.Equal(t, end, last.Leaf.NotAfter, "no longer than the authority")
	assert.Same(t, last, get("localhost"))
	now = end.Add(time.Minute)
	_, err := a.TLS().GetCertificate(&tls.ClientHelloInfo{ServerName: "localhost"})
	assert.ErrorContains(t, err, "has expired")
}

// Many that start at once, in this process or in others, have one authority.
func TestOneIsMade(t *testing.T) {
	t.Parallel()
	o := options(t)
	certificates := make([]string, 16)
	var all sync.WaitGroup
	for i := range certificates {
		all.Go(func() {
			a, err := localca.Open(o)
			if assert.NoError(t, err) {
				certificates[i] = string(a.PEM())
			}
		})
	}
	all.Wait()
	for _, c := range certificates {
		assert.Equal(t, certificates[0], c)
	}
	left, err := os.ReadDir(filepath.Dir(o.File))
	require.NoError(t, err)
	assert.Len(t, left, 1, "and nothing else")
	info, err := os.Stat(o.File)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode())

	o.File = ""
	one, two := open(t, o), open(t, o)
	assert.NotEqual(t, one.PEM(), two.PEM())
}

func TestFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	good := options(t)
	open(t, good)
	text, err := os.ReadFile(good.File)
	require.NoError(t, err)
	another := options(t)
	open(t, another)
	other, err := os.ReadFile(another.File)
	require.NoError(t, err)
	key := bytes.Index(text, []byte("-----BEGIN PRIVATE"))
	otherKey := bytes.Index(other, []byte("-----BEGIN PRIVATE"))
	wrongKey := append(bytes.Clone(text[:key]), other[otherKey:]...)
	damaged := bytes.Clone(text)
	damaged[key+40] ^= 1
	forged := bytes.Clone(text)
	forged[key-60] ^= 1 // in the signature

	future := func() time.Time { return time.Now().Add(-48 * time.Hour) }
	late := func() time.Time { return time.Now().AddDate(20, 0, 0) }
	for name, test := range map[string]struct {
		content []byte
		mode    os.FileMode
		change  func(*localca.Options)
		says    string
	}{
		"empty":        {nil, 0o600, nil, "does not begin with a certificate"},
		"half":         {text[:key-1], 0o600, nil, "move it away"},
		"half a key":   {text[:len(text)-30], 0o600, nil, "not followed by a private key"},
		"the key":      {text[key:], 0o600, nil, "does not begin with a certificate"},
		"more":         {append(bytes.Clone(text), other...), 0o600, nil, "nothing else"},
		"wrong key":    {wrongKey, 0o600, nil, "not that of its certificate"},
		"damaged":      {damaged, 0o600, nil, "is broken"},
		"forged":       {forged, 0o600, nil, "is broken"},
		"no PEM":       {[]byte("no PEM"), 0o600, nil, "is broken"},
		"group":        {text, 0o640, nil, "chmod 600"},
		"all":          {text, 0o644, nil, "mode 0644"},
		"written":      {text, 0o602, nil, "mode 0602"},
		"expired":      {text, 0o600, func(o *localca.Options) { o.Now = late }, "has expired on"},
		"of to-morrow": {text, 0o600, func(o *localca.Options) { o.Now = future }, "set the machine's clock"},
		"other names":  {text, 0o600, func(o *localca.Options) { o.Names = append([]string{"new.example"}, names...) }, "was made for other names"},
		"fewer names":  {text, 0o600, func(o *localca.Options) { o.Names = nil }, "was made for other names"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t)
			if test.change != nil {
				test.change(&o)
			}
			require.NoError(t, os.WriteFile(o.File, test.content, 0o600))
			require.NoError(t, os.Chmod(o.File, test.mode))
			_, err := localca.Open(o)
			require.ErrorContains(t, err, test.says)
			assert.ErrorContains(t, err, o.File)
			for line := range strings.Lines(string(text[key:])) {
				assert.NotContains(t, err.Error(), strings.TrimSpace(line))
			}
			kept, err := os.ReadFile(o.File)
			require.NoError(t, err)
			assert.Equal(t, string(test.content), string(kept), "it is left alone")
		})
	}
	o := options(t)
	o.File = filepath.Join(o.File, "none")
	_, err = localca.Open(o)
	assert.ErrorContains(t, err, o.File)
	o = options(t)
	require.NoError(t, os.Mkdir(o.File, 0o700))
	_, err = localca.Open(o)
	assert.ErrorContains(t, err, o.File)
	o = options(t)
	made, kept := open(t, o), open(t, o)
	assert.Equal(t, made.PEM(), kept.PEM(), "a good one is kept")
}
