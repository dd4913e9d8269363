package localca

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

const (
	organization     = "sandbox"
	certificateBlock = "CERTIFICATE"
	keyBlock         = "PRIVATE KEY"
	life             = 3650 * day
	mostFile         = 64 << 10 // bytes
)

// anew is the way out of what cannot be mended.
const anew = "move it away to have a new one made, which clients have to trust in its place"

// Open opens the authority that a file holds, and makes it if there is none. It refuses a file that is broken, that others
// may read, that has expired, or that was made for another list of names. Of several processes that begin at once, one
// makes it and all have the same.
func Open(o Options) (*Authority, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	a := &Authority{Options: o, leaves: map[string]*tls.Certificate{}, refused: map[string]bool{}}
	var err error
	if a.leafKey, err = newKey(); err != nil {
		return nil, err
	}
	if o.File == "" {
		_, err = a.make()
		return a, err
	}
	err = a.load()
	if errors.Is(err, fs.ErrNotExist) {
		if err = a.create(); err == nil {
			err = a.load()
		}
	}
	if err != nil {
		return nil, fmt.Errorf("the local CA: %w", err)
	}
	return a, nil
}

// make makes a new authority, and returns what its file holds.
func (a *Authority) make() (file []byte, err error) {
	if a.key, err = newKey(); err != nil {
		return nil, err
	}
	now := a.Now()
	template := &x509.Certificate{
		// Names of their own tell two authorities apart in one client's store.
		Subject:                     pkix.Name{Organization: []string{organization}, CommonName: "sandbox local CA " + rand.Text()[:8]},
		NotBefore:                   now.Add(-early),
		NotAfter:                    now.Add(life),
		IsCA:                        true,
		BasicConstraintsValid:       true,
		MaxPathLenZero:              true,
		KeyUsage:                    x509.KeyUsageCertSign,
		ExtKeyUsage:                 []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         a.domains(),
		PermittedIPRanges:           []*net.IPNet{{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)}, {IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)}},
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	if a.certificate, err = x509.ParseCertificate(signed); err != nil {
		return nil, err
	}
	key, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		return nil, err
	}
	return append(a.PEM(), pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: key})...), nil
}

// domains are the names that the constraints permit: those on the list, and all below them.
func (a *Authority) domains() []string {
	all := []string{"localhost"}
	for _, name := range a.Names {
		all = append(all, strings.TrimPrefix(name, "*."))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// create makes the file. It appears whole, and never takes the place of another.
func (a *Authority) create() error {
	content, err := a.make()
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(a.File), filepath.Base(a.File)+".*") // with mode 0600
	if err != nil {
		return fmt.Errorf("make %s: %w", a.File, err)
	}
	defer func() { _ = os.Remove(temporary.Name()) }()
	_, err = temporary.Write(content)
	if err := errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return fmt.Errorf("make %s: %w", a.File, err)
	}
	if err := os.Link(temporary.Name(), a.File); err != nil && !errors.Is(err, fs.ErrExist) { // another has been faster
		return fmt.Errorf("make %s: %w", a.File, err)
	}
	return nil
}

func (a *Authority) load() error {
	file, err := os.Open(a.File)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" { // where modes say nothing
		return fmt.Errorf("%s has mode %#o, so that others may have its key: chmod 600 it, or %s", a.File, mode, anew)
	}
	content, err := io.ReadAll(io.LimitReader(file, mostFile))
	if err != nil {
		return err
	}
	if a.certificate, a.key, err = parse(content); err != nil {
		return fmt.Errorf("%s is broken (%w): %s", a.File, err, anew)
	}
	return a.check()
}

// parse reads a certificate and its key. No error of it shows a part of the key.
func parse(content []byte) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	first, rest := pem.Decode(content)
	if first == nil || first.Type != certificateBlock {
		return nil, nil, errors.New("it does not begin with a certificate in PEM")
	}
	second, rest := pem.Decode(rest)
	if second == nil || second.Type != keyBlock || len(bytes.TrimSpace(rest)) > 0 {
		return nil, nil, errors.New("its certificate is not followed by a private key in PEM, and nothing else")
	}
	certificate, err := x509.ParseCertificate(first.Bytes)
	if err != nil {
		return nil, nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(second.Bytes)
	if err != nil {
		return nil, nil, errors.New("its private key cannot be read")
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || !key.PublicKey.Equal(certificate.PublicKey) {
		return nil, nil, errors.New("its private key is not that of its certificate")
	}
	return certificate, key, certificate.CheckSignatureFrom(certificate)
}

// check refuses what clients would refuse later, with worse words.
func (a *Authority) check() error {
	switch now := a.Now(); {
	case now.After(a.certificate.NotAfter):
		return a.expired()
	case now.Before(a.certificate.NotBefore):
		return fmt.Errorf("%s is valid from %s: set the machine's clock, which says %s", a.File, a.certificate.NotBefore.Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	case !slices.Equal(slices.Sorted(slices.Values(a.certificate.PermittedDNSDomains)), a.domains()):
		return fmt.Errorf("%s was made for other names (%s) than this version serves (%s): %s", a.File,
			strings.Join(a.certificate.PermittedDNSDomains, ", "), strings.Join(a.domains(), ", "), anew)
	}
	return nil
}

func (a *Authority) expired() error {
	return fmt.Errorf("%s has expired on %s: %s", a.File, a.certificate.NotAfter.Format(time.DateOnly), anew)
}
