"""Registers a person at all five partners of a running sandbox, in a workspace of each test's own, through a failure and
a rate limit."""

import json
import os
import unittest
import urllib.error
import urllib.request
import uuid

SANDBOX = os.environ.get("SANDBOX_URL", "http://127.0.0.1:8080")
GEOTAREAS = {"Authorization": "Bearer sandbox-apidev-token", "X-API-Key": "gtk_sandbox", "tenant": "demo"}
PERSON = {
    "first": "Valeria",
    "last": "Ruiz",
    "reference": "valeria-ruiz",
    "email": "valeria.ruiz@example.com",
    "phone": "6645550199",
}


def send(method, url, headers=None, body=None):
    """Sends a request, and returns the status and the body of the answer."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})}, method=method)
    try:
        with urllib.request.urlopen(request) as response:
            status, text = response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            status, text = error.code, error.read()
    return status, json.loads(text) if text else None


def onboard(base, person):
    """The code under test: registers a person at each partner, and tries once more when that has failed."""
    first, last, reference, email, phone = person.values()
    name = f"{first} {last}"
    for path, headers, body in [
        (
            "/cobrofacil/api/v1/clients",
            {"Authorization": "Bearer sandbox-cobrofacil-token"},
            {"first_name": first, "last_name": last, "phone_number": "+52" + phone, "external_reference": reference},
        ),
        (
            "/subclients/clients",
            {"Authorization": "Bearer sandbox-subclients-token"},
            {
                "name": name, "alias": "VRUIZ", "email": email, "available": 100, "phone": phone, "mobile_phone": phone,
                "rfc": "RUVA900101AB1", "street": "Av. Reforma", "ext_street_number": "12", "suburb": "Centro",
                "township": "Tijuana", "city": "Tijuana", "state": "BAJA CALIFORNIA", "postal_code": "22000",
                "contact_name": first, "contact_surname": last, "contact_email": email,
                "contact_telephone_country_code": "52", "contact_telephone": phone,
                "contact_mobile_phone_country_code": "52", "contact_mobile_phone": phone,
                "api_key_name": "onboarding", "api_key_password": "secret",
            },
        ),
        (
            "/complycube/v1/clients",
            {"Authorization": "test_sandbox"},
            {
                "type": "person", "email": email, "externalId": reference,
                "personDetails": {"firstName": first, "lastName": last, "dob": "1990-01-01", "nationality": "MX"},
            },
        ),
        (
            "/kobra/api/import",
            {"Authorization": "Bearer sandbox-kobra-token"},
            {
                "importTypeID": 1,
                "accounts": [{"externalID": reference, "productID": 1, "currencyCode": "MX", "name": first, "firstSurname": last}],
            },
        ),
        ("/apidev/v1/clients", GEOTAREAS, {"name": name, "external_code": reference, "email": email}),
    ]:
        status, answer = send("POST", base + path, headers, body)
        if status >= 500:
            status, answer = send("POST", base + path, headers, body)
        if status >= 300:
            raise RuntimeError(f"{path}: {status} {answer}")


class Onboarding(unittest.TestCase):
    def setUp(self):
        name = f"onboarding-{uuid.uuid4()}"
        self.control = f"{SANDBOX}/_sandbox/workspaces/{name}"
        self.base = f"{SANDBOX}/w/{name}"
        send("PUT", self.control + "/clock", body={"frozen": True})  # no minute passes while a test counts requests
        self.addCleanup(send, "DELETE", self.control)

    def test_survives_a_failure(self):
        fault = {"on": "cobrofacil.createClient", "kind": "error", "error": "server_error", "times": 1}
        send("POST", self.control + "/faults", body=fault)
        onboard(self.base, PERSON)
        _, came = send("GET", self.control + "/requests?api=cobrofacil&order=oldest")
        self.assertEqual([500, 201], [request["response"]["status"] for request in came])
        token = {"Authorization": "Bearer sandbox-cobrofacil-token"}
        _, stored = send("GET", self.base + "/cobrofacil/api/v1/clients/" + PERSON["reference"], token)
        self.assertEqual(PERSON["first"], stored["data"]["first_name"])

    def test_rate_limit_ends_when_a_minute_has_passed(self):
        def listed():
            return send("GET", self.base + "/apidev/v1/clients?search=valeria", GEOTAREAS)[0]

        self.assertEqual([200] * 10 + [429], [listed() for _ in range(11)])
        send("POST", self.control + "/clock/advance", body={"by": "61s"})
        self.assertEqual(200, listed())


if __name__ == "__main__":
    unittest.main()
