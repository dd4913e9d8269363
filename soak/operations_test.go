package soak

import (
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// input is an operation that reads a body, and what its partner says to one that is not described.
type input struct {
	name, method, path string
	headers            []string
	schema             string // in the API's description
	good               []int
	invalid            []int // what a body is answered that is JSON
	// narrow says in the description what it leaves to its words: which values there are, and which stand together.
	narrow func(schemas openapi3.Schemas)
}

const (
	cobrofacilToken = "Authorization: Bearer sandbox-cobrofacil-token"
	subclientsToken = "Authorization: Bearer sandbox-subclients-token"
	complycubeToken = "Authorization: test_sandbox"
	kobraToken      = "Authorization: Bearer sandbox-kobra-token"
)

var apidevHeaders = []string{"Authorization: Bearer sandbox-apidev-token", "X-API-Key: gtk_sandbox", "tenant: demo.geotareas.com"}

// inputs are all operations of all APIs that read a body; TestInputs holds them against the descriptions.
func inputs(publicKey string) []input {
	clearable := []any{nil, "", "2024-02-29", "1999-12-31"}
	cobrofacil := func(s openapi3.Schemas) {
		for _, of := range []string{"CreateClient", "UpdateClient"} {
			only(s, of+".email", nil, "", "juan@example.com", "a+b@sub.example.org")
		}
	}
	subclients := func(s openapi3.Schemas) {
		only(s, "CreateClient.email", "juan@example.com", "a+b@sub.example.org")
		only(s, "CreateClient.contact_email", "juan@example.com", "a+b@sub.example.org")
		only(s, "CreateClient.legal_representative_email", nil, "", "juan@example.com")
		only(s, "CreateClient.available", 100.0, 100.5, 1200.51, 90_000.0)
		only(s, "Fund.amount", 0.01, 100.5, 90_000.0)
		only(s, "Login.api_client.api_key", "sandbox-subclients-key")
		only(s, "Login.api_client.password", "sandbox")
		only(s, "Fund.client_id", "0c1e6d0a-5b0f-4a53-8d0e-1f2a9c7b6e01", "4052a14e-9f43-4e97-8142-5d6ed0bfa205")
		only(s, "PublicKey.public_key", publicKey)
	}
	complycube := func(kind, details, other string, creating bool) func(openapi3.Schemas) {
		return func(s openapi3.Schemas) {
			only(s, "Date", clearable...)
			only(s, "Country", nil, "", "US", "MX", "UY")
			for _, of := range []string{"CreateClient", "UpdateClient"} {
				only(s, of+".email", "juan@example.com")
				only(s, of+".type", kind)
				delete(s[of].Value.Properties, other)
			}
			s["CreateClient"].Value.Required = []string{"type", "email", details}
			if creating {
				s["SendPersonDetails"].Value.Required = []string{"firstName", "lastName"}
				s["SendCompanyDetails"].Value.Required = []string{"name"}
			}
			s["SendMetadata"].Value.MaxProps = openapi3.Ptr[uint64](20)
		}
	}
	kobra := func(s openapi3.Schemas) {
		only(s, "Login.user", "lender@sandbox.test")
		only(s, "Login.password", "sandbox")
		only(s, "Accounts.importTypeID", 1.0)
		for _, name := range []string{"birthdate", "addressDate", "lastPaymentDate", "loanDate", "requiredPaymentMaxDate"} {
			only(s, "Account."+name, clearable...)
		}
		account, promise := s["Account"].Value, s["Promises"].Value.Items.Value
		s["Accounts"].Value.Properties["accounts"].Value.MaxItems = openapi3.Ptr[uint64](1)
		account.Properties["productID"].Value.Enum = []any{1.0, 2.0, 3.0}
		account.Properties["currencyCode"].Value.Enum = []any{"MX", "US"}
		account.Required = []string{"externalID", "productID", "currencyCode", "name", "firstSurname"}
		for _, name := range []string{"name", "firstSurname"} {
			account.Properties[name].Value.Type, account.Properties[name].Value.MinLength = &openapi3.Types{"string"}, 1
		}
		promise.Properties["visitID"] = openapi3.NewSchemaRef("", &openapi3.Schema{Type: &openapi3.Types{"integer"}})
		promise.Required, promise.AnyOf = []string{"visitID", "paymentPromiseStatus"}, nil
		delete(promise.Properties, "visitlID")
	}
	apidev := func(s openapi3.Schemas) {
		only(s, "Login.email", "dev@sandbox.test")
		only(s, "Login.password", "sandbox")
		for _, of := range []string{"CreateAccount", "UpdateAccount"} {
			only(s, of+".client_id", nil, "", "982710394857200005")
			for _, name := range []string{"start_date", "end_date", "birth_date"} {
				only(s, of+"."+name, nil, "", "2024-02-29", "2024-02-29T12:00:00Z", "2024-02-29T12:00:00.000-03:00")
			}
		}
	}
	const client, account = "982710394857200005", "982710394857201664"
	bearer := func(token string) []string { return []string{token} }
	return []input{
		{"cobrofacil.createClient", "POST", "/cobrofacil/api/v1/clients", bearer(cobrofacilToken), "CreateClient", []int{201}, []int{422}, cobrofacil},
		{"cobrofacil.updateClient", "PATCH", "/cobrofacil/api/v1/clients/019734bb-1f46-73bb-95d0-62e98a2f6247", bearer(cobrofacilToken), "UpdateClient", []int{200}, []int{422}, cobrofacil},
		{"cobrofacil.updateClientByPost", "POST", "/cobrofacil/api/v1/clients/019734bb-1f46-73bb-95d0-62e98a2f6247", bearer(cobrofacilToken), "UpdateClient", []int{200}, []int{422}, cobrofacil},
		{"subclients.login", "POST", "/subclients/auth/login", nil, "Login", []int{200}, []int{401}, subclients},
		{"subclients.createClient", "POST", "/subclients/clients", bearer(subclientsToken), "CreateClient", []int{200}, []int{422}, subclients},
		{"subclients.fundClient", "POST", "/subclients/clients/fund", bearer(subclientsToken), "Fund", []int{200}, []int{404, 422}, subclients},
		{"subclients.setPublicKey", "POST", "/subclients/clients/api_key/public_key", bearer(subclientsToken), "PublicKey", []int{200}, []int{422}, subclients},
		{"complycube.createClient", "POST", "/complycube/v1/clients", bearer(complycubeToken), "CreateClient", []int{200}, []int{400}, complycube("person", "personDetails", "companyDetails", true)},
		{"complycube.createClient of a company", "POST", "/complycube/v1/clients", bearer(complycubeToken), "CreateClient", []int{200}, []int{400}, complycube("company", "companyDetails", "personDetails", true)},
		{"complycube.updateClient", "POST", "/complycube/v1/clients/5eb04fcd0f3e360008035eb1", bearer(complycubeToken), "UpdateClient", []int{200}, []int{400}, complycube("person", "personDetails", "companyDetails", false)},
		{"kobra.login", "POST", "/kobra/api/auth", nil, "Login", []int{200}, []int{400, 401}, kobra},
		{"kobra.import", "POST", "/kobra/api/import", bearer(kobraToken), "Accounts", []int{200}, []int{400}, kobra},
		{"kobra.import of promises", "POST", "/kobra/api/import", bearer(kobraToken), "Promises", []int{200}, []int{400}, kobra},
		{"apidev.login", "POST", "/apidev/v1/login", apidevHeaders[2:], "Login", []int{200}, []int{400, 401, 429}, apidev},
		{"apidev.createClient", "POST", "/apidev/v1/clients", apidevHeaders, "CreateClient", []int{201}, []int{400}, apidev},
		{"apidev.updateClient", "PUT", "/apidev/v1/clients/" + client, apidevHeaders, "UpdateClient", []int{200}, []int{400}, apidev},
		{"apidev.createAccount", "POST", "/apidev/v1/accounts", apidevHeaders, "CreateAccount", []int{201}, []int{400}, apidev},
		{"apidev.updateAccount", "PUT", "/apidev/v1/accounts/" + account, apidevHeaders, "UpdateAccount", []int{200}, []int{400}, apidev},
	}
}

// drawn holds, in a schema, the values that are drawn where its own words do not say it all.
const drawn = "x-drawn"

// only has some values drawn for a member. It is named by its schema, and the way into that.
func only(schemas openapi3.Schemas, place string, values ...any) {
	name, way, _ := strings.Cut(place, ".")
	in := schemas[name].Value
	for name := range strings.SplitSeq(way, ".") {
		if name != "" {
			own := *in.Properties[name].Value // which others may share
			in.Properties[name] = openapi3.NewSchemaRef("", &own)
			in = &own
		}
	}
	in.Extensions = map[string]any{drawn: values}
}
