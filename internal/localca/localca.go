// Package localca is a certificate authority for one machine. It is made once and kept in a file, and what it signs is
// good for the names on its list and nothing else: clients see to that by the constraints in its own certificate.
//
// file.go makes and keeps it; this file signs for the servers that ask.
package localca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"
)

const (
	day = 24 * time.Hour
	// early is how long before it is made a certificate is valid: clocks differ.
	early = day
	// leafLife is below the 398 days, early included, that the strictest clients take.
	leafLife = 90 * day
	// renewal is how long before its end a leaf is made anew.
	renewal = 30 * day
)

// The bounds of what strangers can make grow.
const (
	mostLeaves  = 500 // beyond them all are made anew
	mostRefused = 20  // names that the log is told of
)

// Options says what authority to open.
type Options struct {
	File  string   // where it is kept; "" for one that is not
	Names []string // that it signs for beside localhost, the names under it and loopback addresses; *.example.com is every name under it
	Now   func() time.Time
	Log   *slog.Logger // nil for none
}

// Authority signs for the names on its list. It is safe for concurrent use.
type Authority struct {
	Options
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	leafKey     *ecdsa.PrivateKey // of all leaves, for as long as the process lives

	mu      sync.Mutex
	leaves  map[string]*tls.Certificate
	refused map[string]bool
}

// PEM is the certificate that clients have to trust. It is no secret.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: certificateBlock, Bytes: a.certificate.Raw})
}

// TLS is the configuration of a server whose certificates the authority signs as they are asked for.
func (a *Authority) TLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: a.getCertificate}
}

// getCertificate finds the certificate for the server name that a client asks for, or ends the handshake.
func (a *Authority) getCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := strings.ToLower(hello.ServerName)
	address, err := netip.ParseAddr(name)
	if name == "" { // as from clients that call an address
		address = localAddress(hello.Conn)
	} else if err != nil && !a.lists(name) || err == nil && !address.IsLoopback() {
		a.refuse(name)
		return nil, nil //nolint:nilnil // which crypto/tls answers with the alert for it, unrecognized_name
	}
	if address.IsLoopback() {
		name = "localhost"
	}
	return a.leaf(name, address)
}

// localAddress is the loopback address that a client has called. One behind a published port sees another address here
// than it called, and gets the usual loopback ones.
func localAddress(c net.Conn) netip.Addr {
	if at, ok := c.LocalAddr().(*net.TCPAddr); ok {
		if address := at.AddrPort().Addr().Unmap().WithZone(""); address.IsLoopback() {
			return address
		}
	}
	return netip.IPv6Loopback()
}

// lists says that a name in lower case is on the list.
func (a *Authority) lists(name string) bool {
	if !isHostName(name) {
		return false
	}
	for _, listed := range append([]string{"localhost", "*.localhost"}, a.Names...) {
		if under, ok := strings.CutPrefix(listed, "*"); name == listed || ok && strings.HasSuffix(name, under) {
			return true
		}
	}
	return false
}

func isHostName(name string) bool {
	if len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}

// refuse tells the log of a name, once, and of so many.
func (a *Authority) refuse(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.refused[name] && len(a.refused) < mostRefused {
		a.refused[name] = true
		a.Log.Warn("refused a TLS handshake: the server name is not on the list", "name", name)
	}
}

// leaf is the certificate for a name, or for localhost and a loopback address: one that lasts for a while yet.
func (a *Authority) leaf(name string, address netip.Addr) (*tls.Certificate, error) {
	now := a.Now()
	if now.After(a.certificate.NotAfter) {
		return nil, a.expired()
	}
	key := name + " " + address.String()
	a.mu.Lock()
	defer a.mu.Unlock()
	if leaf := a.leaves[key]; leaf != nil && !now.Before(leaf.Leaf.NotBefore) &&
		(now.Before(leaf.Leaf.NotAfter.Add(-renewal)) || leaf.Leaf.NotAfter.Equal(a.certificate.NotAfter)) {
		return leaf, nil
	}
	leaf, err := a.sign(name, address, now)
	if err != nil {
		return nil, fmt.Errorf("make a certificate for %s: %w", name, err)
	}
	if len(a.leaves) >= mostLeaves {
		clear(a.leaves)
	}
	a.leaves[key] = leaf
	return leaf, nil
}

func (a *Authority) sign(name string, address netip.Addr, now time.Time) (*tls.Certificate, error) {
	template := &x509.Certificate{
		Subject:               pkix.Name{Organization: []string{organization}},
		DNSNames:              []string{name},
		NotBefore:             now.Add(-early),
		NotAfter:              now.Add(leafLife),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	if template.NotAfter.After(a.certificate.NotAfter) {
		template.NotAfter = a.certificate.NotAfter
	}
	if address.IsValid() {
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
		if ip := net.IP(address.AsSlice()); !ip.Equal(template.IPAddresses[0]) && !ip.Equal(net.IPv6loopback) {
			template.IPAddresses = append(template.IPAddresses, ip)
		}
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, a.certificate, a.leafKey.Public(), a.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(signed)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{signed}, PrivateKey: a.leafKey, Leaf: leaf}, nil
}

func newKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }
