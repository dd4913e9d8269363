-- +goose Up

-- How a workspace begins, at its creation and at every reset.
ALTER TABLE workspaces ADD COLUMN origin TEXT NOT NULL DEFAULT '#template'; -- whose records it starts with
ALTER TABLE workspaces ADD COLUMN start_seed TEXT;                          -- its random seed; NULL for the sandbox's own
ALTER TABLE workspaces ADD COLUMN start_clock TEXT;                         -- as --clock takes it; NULL for the sandbox's own
ALTER TABLE workspaces ADD COLUMN idle INTEGER;                             -- nanoseconds without use after which it goes; NULL for never, or as self-made ones do

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
