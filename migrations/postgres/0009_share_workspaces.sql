-- +goose Up

-- One more with every change of what processes keep in memory of a workspace: clock, settings, faults, generation.
ALTER TABLE workspaces ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;

-- What workspaces keep beside their records where several processes have the database: counters, answers, faults, locks.
CREATE TABLE kept (
    of_workspace TEXT COLLATE "C" NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    kind         TEXT COLLATE "C" NOT NULL,
    digest       TEXT COLLATE "C" NOT NULL, -- of the key, which may be long: SHA-256 in hexadecimal
    key          TEXT COLLATE "C" NOT NULL,
    value        TEXT COLLATE "C" NOT NULL, -- JSON
    PRIMARY KEY (of_workspace, kind, digest)
);
