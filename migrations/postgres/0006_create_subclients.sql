-- +goose Up

CREATE TABLE subclients_clients (
    workspace     TEXT COLLATE "C" NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    id            TEXT COLLATE "C" NOT NULL,
    parent        TEXT COLLATE "C", -- the client that created it; null for one that the partner opened
    name          TEXT COLLATE "C" NOT NULL,
    alias         TEXT COLLATE "C" NOT NULL,
    code          TEXT COLLATE "C" NOT NULL,
    email         TEXT COLLATE "C" NOT NULL,
    rfc           TEXT COLLATE "C" NOT NULL,
    available     BIGINT           NOT NULL CHECK (available >= 0), -- centavos, like balance
    balance       BIGINT           NOT NULL,
    api_key       TEXT COLLATE "C" NOT NULL,
    password_hash TEXT COLLATE "C", -- null where nobody logs in
    public_key    TEXT COLLATE "C",
    details       TEXT COLLATE "C" NOT NULL, -- JSON: the members of a creation that no answer shows
    created_at    TEXT COLLATE "C" NOT NULL,
    updated_at    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace, id)
);

CREATE UNIQUE INDEX subclients_clients_alias ON subclients_clients (workspace, parent, alias);

CREATE UNIQUE INDEX subclients_clients_api_key ON subclients_clients (workspace, api_key);
