-- +goose Up

-- The journal where several processes share the database; a process alone keeps it in memory. Its columns are called
-- of_workspace, since it is no part of what a workspace is copied from.
CREATE TABLE journals (
    of_workspace TEXT    NOT NULL PRIMARY KEY REFERENCES workspaces (workspace) ON DELETE CASCADE,
    last         INTEGER NOT NULL, -- the last position given out
    cleared      INTEGER NOT NULL  -- the position of the last clearing
) STRICT, WITHOUT ROWID;

-- It refers to journals, whose row each of its writers has locked, and not to workspaces, whose row others lock.
CREATE TABLE journal (
    of_workspace TEXT    NOT NULL REFERENCES journals (of_workspace) ON DELETE CASCADE,
    position     INTEGER NOT NULL,
    id           TEXT    NOT NULL,
    run          TEXT    NOT NULL,                                          -- of the process that answers it
    state        TEXT    NOT NULL CHECK (state IN ('arrived', 'answered')),
    arrival      INTEGER NOT NULL,                                          -- the position that it had first
    written_at   INTEGER NOT NULL,                                          -- real time, Unix nanoseconds
    size         INTEGER NOT NULL,                                          -- about how many bytes it takes
    entry        TEXT    NOT NULL,                                          -- JSON
    PRIMARY KEY (of_workspace, position)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX journal_id ON journal (of_workspace, id);
CREATE INDEX journal_under_way ON journal (of_workspace) WHERE state = 'arrived';

-- The runs of the program that have written to the journal.
CREATE TABLE replicas (
    run     TEXT    NOT NULL PRIMARY KEY,
    seen_at INTEGER NOT NULL              -- real time, Unix nanoseconds
) STRICT, WITHOUT ROWID;

-- Browsers that have signed in to the control API.
CREATE TABLE sessions (
    digest   TEXT    NOT NULL PRIMARY KEY, -- of the cookie and the control token
    begun_at INTEGER NOT NULL              -- real time, Unix nanoseconds
) STRICT, WITHOUT ROWID;
