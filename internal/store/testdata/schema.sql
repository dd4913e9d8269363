CREATE TABLE apidev_accounts (
    workspace     TEXT    NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    owner         TEXT    NOT NULL,
    created_at    TEXT    NOT NULL,
    position      INTEGER NOT NULL,
    id            TEXT    NOT NULL,
    name          TEXT,
    external_code TEXT,
    status        TEXT,
    document      TEXT,
    business_name TEXT,
    tax_id        TEXT,
    phone         TEXT,
    mobile        TEXT,
    email         TEXT,
    image_url     TEXT,
    street        TEXT,
    door_number   TEXT,
    apartment     TEXT,
    corner        TEXT,
    zip_code      TEXT,
    country_id    TEXT,
    department_id TEXT,
    notes         TEXT,
    document_type TEXT,
    latitude      TEXT,
    longitude     TEXT,
    search        TEXT    NOT NULL,
    client_id     TEXT,
    provider_id   TEXT,
    city_id       TEXT,
    qr_code       TEXT,
    start_date    TEXT,
    end_date      TEXT,
    birth_date    TEXT,
    PRIMARY KEY (workspace, owner, created_at, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX apidev_accounts_client ON apidev_accounts (workspace, owner, client_id, created_at, position);

CREATE UNIQUE INDEX apidev_accounts_id ON apidev_accounts (workspace, owner, id);

CREATE TABLE apidev_clients (
    workspace     TEXT    NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    owner         TEXT    NOT NULL,
    created_at    TEXT    NOT NULL,
    position      INTEGER NOT NULL,
    id            TEXT    NOT NULL,
    name          TEXT,
    external_code TEXT,
    status        TEXT,
    document      TEXT,
    business_name TEXT,
    tax_id        TEXT,
    phone         TEXT,
    mobile        TEXT,
    email         TEXT,
    image_url     TEXT,
    street        TEXT,
    door_number   TEXT,
    apartment     TEXT,
    corner        TEXT,
    zip_code      TEXT,
    country_id    TEXT,
    department_id TEXT,
    notes         TEXT,
    document_type TEXT, -- a number in decimal digits, like latitude and longitude
    latitude      TEXT,
    longitude     TEXT,
    search        TEXT    NOT NULL, -- what a search looks through, without case and accents
    PRIMARY KEY (workspace, owner, created_at, position)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX apidev_clients_id ON apidev_clients (workspace, owner, id);

CREATE TABLE cobrofacil_clients (
    workspace          TEXT NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    owner              TEXT NOT NULL,
    id                 TEXT NOT NULL,
    external_reference TEXT,
    first_name         TEXT NOT NULL,
    middle_name        TEXT,
    last_name          TEXT,
    mm_name            TEXT,
    email              TEXT,
    phone_number       TEXT,
    spei_clabe         TEXT,
    created_at         TEXT NOT NULL,
    PRIMARY KEY (workspace, owner, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX cobrofacil_clients_clabe ON cobrofacil_clients (workspace, spei_clabe);

CREATE UNIQUE INDEX cobrofacil_clients_reference ON cobrofacil_clients (workspace, owner, external_reference);

CREATE TABLE complycube_clients (
    workspace                  TEXT    NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    owner                      TEXT    NOT NULL,
    id                         TEXT    NOT NULL,
    number                     INTEGER NOT NULL, -- the order of creation in the workspace
    type                       TEXT    NOT NULL CHECK (type IN ('person', 'company')),
    entity_name                TEXT    NOT NULL, -- follows from the names, and is here for filters
    email                      TEXT    NOT NULL,
    mobile                     TEXT    NOT NULL,
    telephone                  TEXT    NOT NULL,
    external_id                TEXT    NOT NULL,
    joined_date                TEXT    NOT NULL,
    first_name                 TEXT    NOT NULL,
    middle_name                TEXT    NOT NULL,
    last_name                  TEXT    NOT NULL,
    dob                        TEXT    NOT NULL,
    gender                     TEXT    NOT NULL,
    nationality                TEXT    NOT NULL,
    birth_country              TEXT    NOT NULL,
    ssn                        TEXT    NOT NULL,
    social_insurance_number    TEXT    NOT NULL,
    national_identity_number   TEXT    NOT NULL,
    tax_identification_number  TEXT    NOT NULL,
    company_name               TEXT    NOT NULL,
    website                    TEXT    NOT NULL,
    registration_number        TEXT    NOT NULL,
    incorporation_country      TEXT    NOT NULL,
    incorporation_type         TEXT    NOT NULL,
    created_at                 TEXT    NOT NULL,
    updated_at                 TEXT    NOT NULL,
    PRIMARY KEY (workspace, owner, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX complycube_clients_newest ON complycube_clients (workspace, owner, created_at, number);

CREATE TABLE complycube_metadata (
    workspace TEXT    NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    owner     TEXT    NOT NULL,
    client_id TEXT    NOT NULL, -- by value: a fixture replaces a client by removing and adding it
    key       TEXT    NOT NULL,
    position  INTEGER NOT NULL, -- the order in which the keys were sent
    value     TEXT    NOT NULL,
    PRIMARY KEY (workspace, owner, client_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE credentials (
    workspace   TEXT NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    id          TEXT NOT NULL,
    api         TEXT NOT NULL,
    carrier     TEXT NOT NULL, -- the header that carries the secret
    digest      TEXT NOT NULL, -- SHA-256 of the secret, in hexadecimal
    owner       TEXT NOT NULL,
    permissions TEXT NOT NULL, -- separated by blanks
    expires_at  TEXT,
    PRIMARY KEY (workspace, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX credentials_secret ON credentials (workspace, api, carrier, digest);

CREATE TABLE installation (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
    of_workspace TEXT    NOT NULL REFERENCES journals (of_workspace) ON DELETE CASCADE,
    position     INTEGER NOT NULL,
    id           TEXT    NOT NULL,
    run          TEXT    NOT NULL,                                          -- of the process that answers it
    state        TEXT    NOT NULL CHECK (state IN ('arrived', 'answered')),
    arrival      INTEGER NOT NULL,                                          -- the position that it had first
    written_at   INTEGER NOT NULL,                                          -- real time, Unix nanoseconds
    size         INTEGER NOT NULL,                                          -- about how many bytes it takes
    entry        TEXT    NOT NULL,                                          -- JSON
    PRIMARY KEY (of_workspace, position)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX journal_id ON journal (of_workspace, id);

CREATE INDEX journal_under_way ON journal (of_workspace) WHERE state = 'arrived';

CREATE TABLE journals (
    of_workspace TEXT    NOT NULL PRIMARY KEY REFERENCES workspaces (workspace) ON DELETE CASCADE,
    last         INTEGER NOT NULL, -- the last position given out
    cleared      INTEGER NOT NULL  -- the position of the last clearing
) STRICT, WITHOUT ROWID;

CREATE TABLE kept (
    of_workspace TEXT NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    kind         TEXT NOT NULL,
    digest       TEXT NOT NULL, -- of the key, which may be long: SHA-256 in hexadecimal
    key          TEXT NOT NULL,
    value        TEXT NOT NULL, -- JSON
    PRIMARY KEY (of_workspace, kind, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE kobra_accounts (
    workspace   TEXT NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    owner       TEXT NOT NULL,
    external_id TEXT NOT NULL,
    members     TEXT NOT NULL,
    PRIMARY KEY (workspace, owner, external_id)
) STRICT;

CREATE TABLE kobra_ids (
    workspace TEXT    NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    owner     TEXT    NOT NULL,
    kind      TEXT    NOT NULL CHECK (kind IN ('visit', 'branch', 'agent')),
    id        INTEGER NOT NULL,
    PRIMARY KEY (workspace, owner, kind, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE kobra_promises (
    workspace              TEXT    NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    owner                  TEXT    NOT NULL,
    visit_id               INTEGER NOT NULL,
    payment_promise_status INTEGER NOT NULL CHECK (payment_promise_status BETWEEN 2 AND 5),
    PRIMARY KEY (workspace, owner, visit_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE replicas (
    run     TEXT    NOT NULL PRIMARY KEY,
    seen_at INTEGER NOT NULL              -- real time, Unix nanoseconds
) STRICT, WITHOUT ROWID;

CREATE TABLE sequences (
    workspace TEXT    NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    name      TEXT    NOT NULL,
    value     INTEGER NOT NULL, -- the last one given out
    PRIMARY KEY (workspace, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    digest   TEXT    NOT NULL PRIMARY KEY, -- of the cookie and the control token
    begun_at INTEGER NOT NULL              -- real time, Unix nanoseconds
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
    workspace TEXT NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    name      TEXT NOT NULL,
    value     TEXT NOT NULL,
    PRIMARY KEY (workspace, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE subclients_clients (
    workspace     TEXT    NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    id            TEXT    NOT NULL,
    parent        TEXT,                                   -- the client that created it; null for one that the partner opened
    name          TEXT    NOT NULL,
    alias         TEXT    NOT NULL,
    code          TEXT    NOT NULL,
    email         TEXT    NOT NULL,
    rfc           TEXT    NOT NULL,
    available     INTEGER NOT NULL CHECK (available >= 0), -- centavos, like balance
    balance       INTEGER NOT NULL,
    api_key       TEXT    NOT NULL,
    password_hash TEXT,                                   -- null where nobody logs in
    public_key    TEXT,
    details       TEXT    NOT NULL,                       -- JSON: the members of a creation that no answer shows
    created_at    TEXT    NOT NULL,
    updated_at    TEXT    NOT NULL,
    PRIMARY KEY (workspace, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX subclients_clients_alias ON subclients_clients (workspace, parent, alias);

CREATE UNIQUE INDEX subclients_clients_api_key ON subclients_clients (workspace, api_key);

CREATE TABLE workspaces (
    workspace    TEXT    NOT NULL PRIMARY KEY,
    self_made    INTEGER NOT NULL CHECK (self_made IN (0, 1)), -- by a first use, so it may expire and be evicted
    seed         TEXT    NOT NULL,                             -- fingerprint of the seed whose records it started with
    generation   INTEGER NOT NULL,                             -- one more with every reset
    random_seed  TEXT,                                         -- ids repeat when set
    clock_offset INTEGER NOT NULL,                             -- nanoseconds ahead of real time
    clock_frozen TEXT,                                         -- the instant at which the clock stands, if it does
    created_at   TEXT    NOT NULL,                             -- real time, like used_at
    used_at      TEXT    NOT NULL
, origin TEXT NOT NULL DEFAULT '#template', start_seed TEXT, start_clock TEXT, idle INTEGER, revision INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
