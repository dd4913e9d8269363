# An application that knows its partners' real addresses and nothing of the sandbox, but for these lines: it trusts the
# sandbox's CA, whose certificate anybody may have.
set -eu
ca=$(mktemp)
curl -fsS -o "$ca" http://sandbox/_sandbox/ca.pem
export CURL_CA_BUNDLE="$ca" # NODE_EXTRA_CA_CERTS, SSL_CERT_FILE and the like for others: sandbox ca says which

set -x
curl -fsS https://api.cobrofacil.com/api/v1/clients/client-200 -H "Authorization: Bearer sandbox-cobrofacil-token"
curl -fsS https://api.nueve09.io/clients -H "Authorization: Bearer sandbox-subclients-token"
curl -fsS "https://api.complycube.com/v1/clients?pageSize=1" -H "Authorization: test_sandbox"
curl -fsS https://servicios.kobra.red/api/import -H "Authorization: Bearer sandbox-kobra-token" \
  -H "Content-Type: application/json" -d '[{"visitID": 1045637, "paymentPromiseStatus": 3}]'
curl -fsS https://demo.geotareas.com/apidev/v1/clients/982710394857200005 -H "Authorization: Bearer sandbox-apidev-token" \
  -H "X-API-Key: gtk_sandbox" -H "tenant: demo.geotareas.com"
