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

CREATE TABLE sequences (
    workspace TEXT    NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    name      TEXT    NOT NULL,
    value     INTEGER NOT NULL, -- the last one given out
    PRIMARY KEY (workspace, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
    workspace TEXT NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    name      TEXT NOT NULL,
    value     TEXT NOT NULL,
    PRIMARY KEY (workspace, name)
) STRICT, WITHOUT ROWID;

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
, origin TEXT NOT NULL DEFAULT '#template', start_seed TEXT, start_clock TEXT, idle INTEGER) STRICT, WITHOUT ROWID;
