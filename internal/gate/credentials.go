package gate

import (
	"cmp"
	"crypto/sha256"
	"net/http"
	"slices"
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

// presentation is what secrets are looked up by: a digest, so that the time it takes tells nothing about them.
type presentation struct {
	in, user string
	digest   [sha256.Size]byte
}

func present(in, user, secret string) presentation {
	return presentation{in, user, sha256.Sum256([]byte(secret))}
}

func published(api *API) map[presentation]Credential {
	all := map[presentation]Credential{}
	for _, c := range api.Credentials {
		all[present(cmp.Or(c.In, "Authorization"), c.User, c.Secret)] = c
	}
	return all
}

// CredentialOf finds the credential whose secret the request presents in the named header, or whose token of IssueToken
// that is. The secret may have @ and a workspace's name behind it (COM-11). An API with several secrets calls it for
// each; those that name different workspaces are refused.
func (x *Exchange) CredentialOf(header, secret string) (Credential, error) {
	for _, p := range x.replayed {
		if p.in == header {
			x.present(header, p.credential)
			return p.credential, nil
		}
	}
	if header == "Authorization" {
		if c, err := x.tokenOf(header, secret); c.ID != "" || err != nil {
			return c, err
		}
	}
	return x.Resolve(header, secret, func(records, secret string) (Credential, bool, error) {
		if c, ok := x.gate.apis[x.API].credentials[present(header, "", secret)]; ok {
			return c, true, nil
		}
		if c, ok, err := x.minted(records, header, secret); ok || err != nil {
			return c, ok, err
		}
		if x.gate.open && !x.API.Production(secret) {
			if owner := x.API.OpenOwner(header, secret); owner != "" {
				return Credential{ID: openID, Owner: owner, Subject: openID + " " + workspace.Digest(secret)[:12], Permissions: x.API.Permissions()}, true, nil
			}
		}
		return Credential{}, false, nil
	})
}

// openID names whom an open door has let in.
const openID = "open"

// minted finds a credential that the control API has made in a workspace, or the seed has brought.
func (x *Exchange) minted(records, header, secret string) (Credential, bool, error) {
	m, found, err := x.gate.spaces.Minted(x.Request.Context(), records, x.API.Name, header, secret)
	if !found || err != nil {
		return Credential{}, false, err
	}
	c := Credential{ID: m.ID, Owner: m.Owner, Permissions: m.Permissions}
	if m.ExpiresAt != nil {
		w, _ := x.gate.spaces.Prospect(records) // which was looked for before
		c.Expired = !w.Clock().Now(x.arrived).Before(*m.ExpiresAt)
	}
	return c, true, nil
}

// LoginOf finds the published credential of a user by a password, which may have @ and a workspace's name behind it.
func (x *Exchange) LoginOf(user, password string) (Credential, error) {
	return x.Resolve(Password, password, func(_, secret string) (Credential, bool, error) {
		c, ok := x.gate.apis[x.API].credentials[present(Password, user, secret)]
		return c, ok, nil
	})
}

// Resolve finds the credential of a secret by try: of the whole value first, in the workspace that the request names
// elsewhere or in the default one, and if that is unknown, of the part before the last @ in the workspace behind it
// (COM-11). Try is told whose records to look in, which are the seed's while the workspace does not exist.
func (x *Exchange) Resolve(in, secret string, try func(records, secret string) (c Credential, found bool, err error)) (Credential, error) {
	if secret == "" {
		return x.refuse(in, "COM-13", "holds no credential")
	}
	if in == Password {
		x.Hide(secret)
	}
	at := strings.LastIndexByte(secret, '@')
	named := ""
	if at >= 0 && workspace.ValidName(secret[at+1:]) {
		named = secret[at+1:]
	}
	_, records, err := x.prospect(cmp.Or(x.named, workspace.Default))
	if err != nil {
		return Credential{}, err
	}
	c, found, err := try(records, secret)
	// An open door takes any value, so that the workspace behind it is to be looked for first.
	if named != "" && (!found || c.ID == openID) && err == nil {
		if _, records, err = x.prospect(named); err != nil {
			return Credential{}, err
		}
		secret = secret[:at]
		if c, found, err = try(records, secret); err == nil {
			if err := x.name(in, named); err != nil {
				return Credential{}, err
			}
		}
	}
	switch {
	case err != nil:
		return Credential{}, err
	case !found && x.API.Production(secret):
		return x.refuse(in, "COM-13", "looks like a secret of the partner's production: never send one to a sandbox, and replace it if it was real")
	case !found:
		return x.refuse(in, "COM-13", "holds an unknown credential")
	case c.Expired:
		return x.refuse(in, "COM-15", "holds a credential that has expired")
	}
	x.present(in, c)
	return c, nil
}

// presented is a credential by which a request is signed, and the header that carries it.
type presented struct {
	in         string
	credential Credential
}

// present notes by what credential the request is signed.
func (x *Exchange) present(in string, c Credential) {
	x.presented = append(slices.DeleteFunc(x.presented, func(p presented) bool { return p.in == in }), presented{in, c})
}

// name notes the workspace that a secret names, unless the request names another elsewhere.
func (x *Exchange) name(in, named string) error {
	if x.named != "" && named != x.named {
		_, err := x.refuse(in, "COM-11", "names workspace "+named+", and the request names "+x.named+" elsewhere")
		return err
	}
	x.named = named
	return nil
}

func (x *Exchange) refuse(in, rule, message string) (Credential, error) {
	return Credential{}, web.Refuse(web.ErrUnauthorized, web.Violation{
		Member: in, Rule: rule, Message: message,
		Passes: "a credential from /_sandbox/apis, with @ and a workspace's name behind it or not",
	})
}

// Permissions lists all that the API knows, sorted: those that published credentials have.
func (api *API) Permissions() []string {
	var all []string
	for _, c := range api.Credentials {
		all = append(all, c.Permissions...)
	}
	return slices.Compact(slices.Sorted(slices.Values(all)))
}
