-- +goose Up

-- How a workspace begins, at its creation and at every reset.
ALTER TABLE workspaces ADD COLUMN origin TEXT COLLATE "C" NOT NULL DEFAULT '#template'; -- whose records it starts with
ALTER TABLE workspaces ADD COLUMN start_seed TEXT COLLATE "C"; -- its random seed; NULL for the sandbox's own
ALTER TABLE workspaces ADD COLUMN start_clock TEXT COLLATE "C"; -- as --clock takes it; NULL for the sandbox's own
ALTER TABLE workspaces ADD COLUMN idle BIGINT; -- nanoseconds without use after which it goes; NULL for never, or as self-made ones do

CREATE TABLE credentials (
    workspace   TEXT COLLATE "C" NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    id          TEXT COLLATE "C" NOT NULL,
    api         TEXT COLLATE "C" NOT NULL,
    carrier     TEXT COLLATE "C" NOT NULL, -- the header that carries the secret
    digest      TEXT COLLATE "C" NOT NULL, -- SHA-256 of the secret, in hexadecimal
    owner       TEXT COLLATE "C" NOT NULL,
    permissions TEXT COLLATE "C" NOT NULL, -- separated by blanks
    expires_at  TEXT COLLATE "C",
    PRIMARY KEY (workspace, id)
);

CREATE UNIQUE INDEX credentials_secret ON credentials (workspace, api, carrier, digest);
