-- +goose Up

CREATE TABLE cobrofacil_clients (
    workspace          TEXT COLLATE "C" NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    owner              TEXT COLLATE "C" NOT NULL,
    id                 TEXT COLLATE "C" NOT NULL,
    external_reference TEXT COLLATE "C",
    first_name         TEXT COLLATE "C" NOT NULL,
    middle_name        TEXT COLLATE "C",
    last_name          TEXT COLLATE "C",
    mm_name            TEXT COLLATE "C",
    email              TEXT COLLATE "C",
    phone_number       TEXT COLLATE "C",
    spei_clabe         TEXT COLLATE "C",
    created_at         TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace, owner, id)
);

CREATE UNIQUE INDEX cobrofacil_clients_reference ON cobrofacil_clients (workspace, owner, external_reference);

CREATE UNIQUE INDEX cobrofacil_clients_clabe ON cobrofacil_clients (workspace, spei_clabe);
