-- +goose Up

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
