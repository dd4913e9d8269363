-- +goose Up

-- A text that is '' stands for a member that is not there: the partner shows neither null nor an empty string.
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

-- A table of its own, so that a filter on a key is part of the same SQL as all others.
CREATE TABLE complycube_metadata (
    workspace TEXT    NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    owner     TEXT    NOT NULL,
    client_id TEXT    NOT NULL, -- by value: a fixture replaces a client by removing and adding it
    key       TEXT    NOT NULL,
    position  INTEGER NOT NULL, -- the order in which the keys were sent
    value     TEXT    NOT NULL,
    PRIMARY KEY (workspace, owner, client_id, key)
) STRICT, WITHOUT ROWID;
