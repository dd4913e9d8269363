-- +goose Up

-- Clients and accounts lie in the order in which they are listed: oldest first, position telling those of one instant
-- apart.
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

CREATE UNIQUE INDEX apidev_accounts_id ON apidev_accounts (workspace, owner, id);

CREATE INDEX apidev_accounts_client ON apidev_accounts (workspace, owner, client_id, created_at, position);
