package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/seed-0f456478/sandbox/internal/app"
	"github.com/seed-0f456478/sandbox/internal/store"
)

type caCommand struct {
	URL   string `name:"url" env:"SANDBOX_URL" placeholder:"URL" help:"The running sandbox to ask, like http://127.0.0.1:8080, instead of reading the file."`
	DB    string `name:"db" default:"sandbox.db" help:"The database beside which the CA is."`
	TLSCA string `name:"tls-ca" placeholder:"FILE" help:"Where the CA is kept, if not beside the database."`
}

func (c *caCommand) Validate() error {
	if c.URL == "" && c.TLSCA == "" && store.IsURL(c.DB) {
		return errors.New("--db is on a server, so the CA is not beside it: say with --tls-ca where it is kept, or ask the sandbox with --url")
	}
	return checkURL(c.URL)
}

// Run prints the CA that the next sandbox of the same flags will have: it is made if there is none.
func (c *caCommand) Run(ctx context.Context, s streams) (err error) {
	var certificate []byte
	if c.URL != "" {
		certificate, err = (&connection{URL: c.URL}).client().CA(ctx)
	} else {
		certificate, err = c.kept()
	}
	if err != nil {
		return err
	}
	if _, err = s.out.Write(certificate); err != nil {
		return err
	}
	_, err = fmt.Fprint(s.err, howToTrust)
	return err
}

func (c *caCommand) kept() ([]byte, error) {
	file := caFile(c.TLSCA, c.DB)
	if file == "" {
		return nil, errors.New("a sandbox in memory makes a CA at every start: ask it with --url, or keep the CA in a file with --tls-ca, here and there")
	}
	ca, err := app.OpenCA(file, nil)
	if err != nil {
		return nil, err
	}
	return ca.PEM(), nil
}

// caFile is where the CA is kept: where a flag says, or beside the database; "" is nowhere.
func caFile(given, db string) string {
	if db == store.Memory {
		return given
	}
	return cmp.Or(given, db+".ca")
}

const howToTrust = `
With that in ca.pem (sandbox ca > ca.pem), and port 8443 for that of --tls-addr:

curl     curl --cacert ca.pem https://localhost:8443/…
Node.js  NODE_EXTRA_CA_CERTS=ca.pem node app.js
Python   SSL_CERT_FILE=ca.pem python3 app.py
         REQUESTS_CA_BUNDLE=ca.pem python3 app.py    for the library requests
Go       SSL_CERT_FILE=$PWD/ca.pem ./app             on Linux; elsewhere in tls.Config.RootCAs
Java     keytool -importcert -noprompt -alias sandbox -file ca.pem -keystore sandbox.p12 -storepass changeit
         java -Djavax.net.ssl.trustStore=sandbox.p12 -Djavax.net.ssl.trustStorePassword=changeit -jar app.jar
`
