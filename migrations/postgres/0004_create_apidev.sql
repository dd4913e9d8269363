-- +goose Up

-- Clients and accounts lie in the order in which they are listed: oldest first, position telling those of one instant
-- apart.
CREATE TABLE apidev_clients (
    workspace     TEXT COLLATE "C" NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    owner         TEXT COLLATE "C" NOT NULL,
    created_at    TEXT COLLATE "C" NOT NULL,
    position      BIGINT           NOT NULL,
    id            TEXT COLLATE "C" NOT NULL,
    name          TEXT COLLATE "C",
    external_code TEXT COLLATE "C",
    status        TEXT COLLATE "C",
    document      TEXT COLLATE "C",
    business_name TEXT COLLATE "C",
    tax_id        TEXT COLLATE "C",
    phone         TEXT COLLATE "C",
    mobile        TEXT COLLATE "C",
    email         TEXT COLLATE "C",
    image_url     TEXT COLLATE "C",
    street        TEXT COLLATE "C",
    door_number   TEXT COLLATE "C",
    apartment     TEXT COLLATE "C",
    corner        TEXT COLLATE "C",
    zip_code      TEXT COLLATE "C",
    country_id    TEXT COLLATE "C",
    department_id TEXT COLLATE "C",
    notes         TEXT COLLATE "C",
    document_type TEXT COLLATE "C", -- a number in decimal digits, like latitude and longitude
    latitude      TEXT COLLATE "C",
    longitude     TEXT COLLATE "C",
    search        TEXT COLLATE "C" NOT NULL, -- what a search looks through, without case and accents
    PRIMARY KEY (workspace, owner, created_at, position)
);

CREATE UNIQUE INDEX apidev_clients_id ON apidev_clients (workspace, owner, id);

CREATE TABLE apidev_accounts (
    workspace     TEXT COLLATE "C" NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    owner         TEXT COLLATE "C" NOT NULL,
    created_at    TEXT COLLATE "C" NOT NULL,
    position      BIGINT           NOT NULL,
    id            TEXT COLLATE "C" NOT NULL,
    name          TEXT COLLATE "C",
    external_code TEXT COLLATE "C",
    status        TEXT COLLATE "C",
    document      TEXT COLLATE "C",
    business_name TEXT COLLATE "C",
    tax_id        TEXT COLLATE "C",
    phone         TEXT COLLATE "C",
    mobile        TEXT COLLATE "C",
    email         TEXT COLLATE "C",
    image_url     TEXT COLLATE "C",
    street        TEXT COLLATE "C",
    door_number   TEXT COLLATE "C",
    apartment     TEXT COLLATE "C",
    corner        TEXT COLLATE "C",
    zip_code      TEXT COLLATE "C",
    country_id    TEXT COLLATE "C",
    department_id TEXT COLLATE "C",
    notes         TEXT COLLATE "C",
    document_type TEXT COLLATE "C",
    latitude      TEXT COLLATE "C",
    longitude     TEXT COLLATE "C",
    search        TEXT COLLATE "C" NOT NULL,
    client_id     TEXT COLLATE "C",
    provider_id   TEXT COLLATE "C",
    city_id       TEXT COLLATE "C",
    qr_code       TEXT COLLATE "C",
    start_date    TEXT COLLATE "C",
    end_date      TEXT COLLATE "C",
    birth_date    TEXT COLLATE "C",
    PRIMARY KEY (workspace, owner, created_at, position)
);

CREATE UNIQUE INDEX apidev_accounts_id ON apidev_accounts (workspace, owner, id);

CREATE INDEX apidev_accounts_client ON apidev_accounts (workspace, owner, client_id, created_at, position);
