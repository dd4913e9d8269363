-- +goose Up

-- One more with every change of what processes keep in memory of a workspace: clock, settings, faults, generation.
ALTER TABLE workspaces ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;

-- What workspaces keep beside their records where several processes have the database: counters, answers, faults, locks.
CREATE TABLE kept (
    of_workspace TEXT NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    kind         TEXT NOT NULL,
    digest       TEXT NOT NULL, -- of the key, which may be long: SHA-256 in hexadecimal
    key          TEXT NOT NULL,
    value        TEXT NOT NULL, -- JSON
    PRIMARY KEY (of_workspace, kind, digest)
) STRICT, WITHOUT ROWID;
