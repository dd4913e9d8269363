#!/bin/sh
# Registers a person at all five partners of a running sandbox, in a workspace of its own, through a failure and a rate
# limit.
set -eu
sandbox=${SANDBOX_URL:-http://127.0.0.1:8080}
name=onboarding-$(date +%s)-$$
control=$sandbox/_sandbox/workspaces/$name
base=$sandbox/w/$name

# expect STATUS CURL-ARGUMENTS…: sends a request and ends the script unless it is answered so.
expect() {
  want=$1
  shift
  got=$(curl -sS -o answer.json -w '%{http_code}' -H 'Content-Type: application/json' "$@")
  if [ "$got" != "$want" ]; then
    echo "$got in the place of $want: $* answered $(cat answer.json)" >&2
    exit 1
  fi
}

cd "$(mktemp -d)"
trap 'curl -s -X DELETE "$control"; rm -r "$PWD"' EXIT

# The clock stands still, so that no minute passes while the script counts requests.
expect 200 -X PUT "$control/clock" -d '{"frozen": true}'

# Cobrofácil fails once, and the second attempt succeeds.
expect 201 "$control/faults" -d '{"on": "cobrofacil.createClient", "kind": "error", "error": "server_error", "times": 1}'
client='{"first_name": "Valeria", "last_name": "Ruiz", "phone_number": "+526645550199", "external_reference": "valeria-ruiz"}'
expect 500 "$base/cobrofacil/api/v1/clients" -H 'Authorization: Bearer sandbox-cobrofacil-token' -d "$client"
expect 201 "$base/cobrofacil/api/v1/clients" -H 'Authorization: Bearer sandbox-cobrofacil-token' -d "$client"

expect 200 "$base/subclients/clients" -H 'Authorization: Bearer sandbox-subclients-token' -d '{
  "name": "Valeria Ruiz", "alias": "VRUIZ", "email": "valeria.ruiz@example.com", "available": 100,
  "phone": "6645550199", "mobile_phone": "6645550199", "rfc": "RUVA900101AB1",
  "street": "Av. Reforma", "ext_street_number": "12", "suburb": "Centro", "township": "Tijuana", "city": "Tijuana",
  "state": "BAJA CALIFORNIA", "postal_code": "22000",
  "contact_name": "Valeria", "contact_surname": "Ruiz", "contact_email": "valeria.ruiz@example.com",
  "contact_telephone_country_code": "52", "contact_telephone": "6645550199",
  "contact_mobile_phone_country_code": "52", "contact_mobile_phone": "6645550199",
  "api_key_name": "onboarding", "api_key_password": "secret"
}'

expect 200 "$base/complycube/v1/clients" -H 'Authorization: test_sandbox' -d '{
  "type": "person", "email": "valeria.ruiz@example.com", "externalId": "valeria-ruiz",
  "personDetails": {"firstName": "Valeria", "lastName": "Ruiz", "dob": "1990-01-01", "nationality": "MX"}
}'

expect 200 "$base/kobra/api/import" -H 'Authorization: Bearer sandbox-kobra-token' -d '{
  "importTypeID": 1,
  "accounts": [{"externalID": "valeria-ruiz", "productID": 1, "currencyCode": "MX", "name": "Valeria", "firstSurname": "Ruiz"}]
}'

# geotareas STATUS PATH…: a request to GeoTareas.
geotareas() {
  want=$1 path=$2
  shift 2
  expect "$want" "$base/apidev/v1/$path" -H 'Authorization: Bearer sandbox-apidev-token' -H 'X-API-Key: gtk_sandbox' -H 'tenant: demo' "$@"
}
geotareas 201 clients -d '{"name": "Valeria Ruiz", "external_code": "valeria-ruiz", "email": "valeria.ruiz@example.com"}'

# GeoTareas takes ten lists a minute. The eleventh goes through when a minute has passed, which it does at once.
for _ in 1 2 3 4 5 6 7 8 9 10; do
  geotareas 200 'clients?search=valeria'
done
geotareas 429 'clients?search=valeria'
expect 200 "$control/clock/advance" -d '{"by": "61s"}'
geotareas 200 'clients?search=valeria'
grep -q '"external_code":"valeria-ruiz"' answer.json

# What Cobrofácil saw: the failure, and one creation.
expect 200 "$control/requests?operation=createClient&api=cobrofacil&status=201&wait=1s&count=1"
echo "Valeria is registered at five partners."
