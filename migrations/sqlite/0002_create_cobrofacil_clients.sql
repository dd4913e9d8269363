-- +goose Up

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

CREATE UNIQUE INDEX cobrofacil_clients_reference ON cobrofacil_clients (workspace, owner, external_reference);

CREATE UNIQUE INDEX cobrofacil_clients_clabe ON cobrofacil_clients (workspace, spei_clabe);
