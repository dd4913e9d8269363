// Registers a person at all five partners of a running sandbox, in a workspace of each test's own, through a failure and
// a rate limit.
const assert = require('node:assert/strict');
const { randomUUID } = require('node:crypto');
const { afterEach, beforeEach, test } = require('node:test');

const sandbox = process.env.SANDBOX_URL ?? 'http://127.0.0.1:8080';
let control, base;

beforeEach(async () => {
  const name = `onboarding-${randomUUID()}`;
  control = `${sandbox}/_sandbox/workspaces/${name}`;
  base = `${sandbox}/w/${name}`;
  await send('PUT', `${control}/clock`, {}, { frozen: true }); // no minute passes while a test counts requests
});

afterEach(() => send('DELETE', control, {}));

async function send(method, url, headers, body) {
  const response = await fetch(url, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : null };
}

const person = { first: 'Valeria', last: 'Ruiz', reference: 'valeria-ruiz', email: 'valeria.ruiz@example.com', phone: '6645550199' };
const geotareas = { Authorization: 'Bearer sandbox-apidev-token', 'X-API-Key': 'gtk_sandbox', tenant: 'demo' };

// The code under test: onboard registers a person at each partner, and tries once more when that has failed.
async function onboard({ first, last, reference, email, phone }) {
  const name = `${first} ${last}`;
  for (const [url, headers, body] of [
    ['/cobrofacil/api/v1/clients', { Authorization: 'Bearer sandbox-cobrofacil-token' }, {
      first_name: first, last_name: last, phone_number: `+52${phone}`, external_reference: reference,
    }],
    ['/subclients/clients', { Authorization: 'Bearer sandbox-subclients-token' }, {
      name, alias: 'VRUIZ', email, available: 100, phone, mobile_phone: phone, rfc: 'RUVA900101AB1',
      street: 'Av. Reforma', ext_street_number: '12', suburb: 'Centro', township: 'Tijuana', city: 'Tijuana',
      state: 'BAJA CALIFORNIA', postal_code: '22000', contact_name: first, contact_surname: last, contact_email: email,
      contact_telephone_country_code: '52', contact_telephone: phone,
      contact_mobile_phone_country_code: '52', contact_mobile_phone: phone,
      api_key_name: 'onboarding', api_key_password: 'secret',
    }],
    ['/complycube/v1/clients', { Authorization: 'test_sandbox' }, {
      type: 'person', email, externalId: reference,
      personDetails: { firstName: first, lastName: last, dob: '1990-01-01', nationality: 'MX' },
    }],
    ['/kobra/api/import', { Authorization: 'Bearer sandbox-kobra-token' }, {
      importTypeID: 1, accounts: [{ externalID: reference, productID: 1, currencyCode: 'MX', name: first, firstSurname: last }],
    }],
    ['/apidev/v1/clients', geotareas, { name, external_code: reference, email }],
  ]) {
    let answer = await send('POST', base + url, headers, body);
    if (answer.status >= 500) answer = await send('POST', base + url, headers, body);
    assert.ok(answer.status < 300, `${url}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
}

test('an onboarding survives a failure', async () => {
  await send('POST', `${control}/faults`, {}, { on: 'cobrofacil.createClient', kind: 'error', error: 'server_error', times: 1 });
  await onboard(person);
  const came = await send('GET', `${control}/requests?api=cobrofacil&order=oldest`, {});
  assert.deepEqual(came.body.map((request) => request.response.status), [500, 201]);
  const stored = await send('GET', `${base}/cobrofacil/api/v1/clients/${person.reference}`, { Authorization: 'Bearer sandbox-cobrofacil-token' });
  assert.equal(stored.body.data.first_name, person.first);
});

test('a rate limit ends when a minute has passed, which it does at once', async () => {
  const list = () => send('GET', `${base}/apidev/v1/clients?search=valeria`, geotareas);
  for (let i = 0; i < 10; i++) assert.equal((await list()).status, 200);
  assert.equal((await list()).status, 429);
  await send('POST', `${control}/clock/advance`, {}, { by: '61s' });
  assert.equal((await list()).status, 200);
});
