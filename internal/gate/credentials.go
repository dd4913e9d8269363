package gate

import (
	"crypto/sha256"
	"net/http"
	"strings"

	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// Bearer is the token of an Authorization header (RFC 6750), or "".
func Bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// digest is what secrets are looked up by, so that the time it takes tells nothing about them.
type digest = [sha256.Size]byte

func published(api *API) map[digest]Credential {
	all := map[digest]Credential{}
	for _, c := range api.Credentials {
		all[sha256.Sum256([]byte(c.Secret))] = c
	}
	return all
}

// CredentialOf looks up a secret that the request presents in the named header: the whole value first, and if it is
// unknown, the part before the last @ with a workspace's name behind it (COM-11). An API with several secrets calls it
// for each; those that name different workspaces are refused.
func (x *Exchange) CredentialOf(header, secret string) (Credential, error) {
	refuse := func(rule, message string) (Credential, error) {
		return Credential{}, web.Refuse(web.ErrUnauthorized, web.Violation{
			Member: header, Rule: rule, Message: message,
			Passes: "a credential from /_sandbox/apis, with @ and a workspace's name behind it or not",
		})
	}
	if secret == "" {
		return refuse("COM-13", "holds no credential")
	}
	known := x.gate.apis[x.API].credentials
	credential, ok := known[sha256.Sum256([]byte(secret))]
	if !ok {
		named := ""
		if at := strings.LastIndexByte(secret, '@'); at >= 0 && workspace.ValidName(secret[at+1:]) {
			secret, named = secret[:at], secret[at+1:]
			credential, ok = known[sha256.Sum256([]byte(secret))]
		}
		if x.named != "" && named != "" && named != x.named {
			return refuse("COM-11", "names workspace "+named+", and the request names "+x.named+" elsewhere")
		}
		if named != "" {
			x.named = named
		}
	}
	switch {
	case ok && credential.Expired:
		return refuse("COM-15", "holds a credential that has expired")
	case ok:
		return credential, nil
	case x.API.Production(secret):
		return refuse("COM-13", "looks like a secret of the partner's production: never send one to a sandbox, and replace it if it was real")
	case x.gate.open && x.API.OpenOwner(secret) != "":
		return Credential{ID: "open", Owner: x.API.OpenOwner(secret)}, nil
	default:
		return refuse("COM-13", "holds an unknown credential")
	}
}
