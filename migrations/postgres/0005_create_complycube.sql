-- +goose Up

-- A text that is '' stands for a member that is not there: the partner shows neither null nor an empty string.
CREATE TABLE complycube_clients (
    workspace                  TEXT COLLATE "C" NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    owner                      TEXT COLLATE "C" NOT NULL,
    id                         TEXT COLLATE "C" NOT NULL,
    number                     BIGINT           NOT NULL, -- the order of creation in the workspace
    type                       TEXT COLLATE "C" NOT NULL CHECK (type IN ('person', 'company')),
    entity_name                TEXT COLLATE "C" NOT NULL, -- follows from the names, and is here for filters
    email                      TEXT COLLATE "C" NOT NULL,
    mobile                     TEXT COLLATE "C" NOT NULL,
    telephone                  TEXT COLLATE "C" NOT NULL,
    external_id                TEXT COLLATE "C" NOT NULL,
    joined_date                TEXT COLLATE "C" NOT NULL,
    first_name                 TEXT COLLATE "C" NOT NULL,
    middle_name                TEXT COLLATE "C" NOT NULL,
    last_name                  TEXT COLLATE "C" NOT NULL,
    dob                        TEXT COLLATE "C" NOT NULL,
    gender                     TEXT COLLATE "C" NOT NULL,
    nationality                TEXT COLLATE "C" NOT NULL,
    birth_country              TEXT COLLATE "C" NOT NULL,
    ssn                        TEXT COLLATE "C" NOT NULL,
    social_insurance_number    TEXT COLLATE "C" NOT NULL,
    national_identity_number   TEXT COLLATE "C" NOT NULL,
    tax_identification_number  TEXT COLLATE "C" NOT NULL,
    company_name               TEXT COLLATE "C" NOT NULL,
    website                    TEXT COLLATE "C" NOT NULL,
    registration_number        TEXT COLLATE "C" NOT NULL,
    incorporation_country      TEXT COLLATE "C" NOT NULL,
    incorporation_type         TEXT COLLATE "C" NOT NULL,
    created_at                 TEXT COLLATE "C" NOT NULL,
    updated_at                 TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace, owner, id)
);

CREATE UNIQUE INDEX complycube_clients_newest ON complycube_clients (workspace, owner, created_at, number);

-- A table of its own, so that a filter on a key is part of the same SQL as all others.
CREATE TABLE complycube_metadata (
    workspace TEXT COLLATE "C" NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    owner     TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL, -- by value: a fixture replaces a client by removing and adding it
    key       TEXT COLLATE "C" NOT NULL,
    position  BIGINT           NOT NULL, -- the order in which the keys were sent
    value     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace, owner, client_id, key)
);
