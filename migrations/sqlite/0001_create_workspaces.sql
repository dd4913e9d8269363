-- +goose Up

CREATE TABLE workspaces (
    workspace    TEXT    NOT NULL PRIMARY KEY,
    self_made    INTEGER NOT NULL CHECK (self_made IN (0, 1)), -- by a first use, so it may expire and be evicted
    seed         TEXT    NOT NULL,                             -- fingerprint of the seed whose records it started with
    generation   INTEGER NOT NULL,                             -- one more with every reset
    random_seed  TEXT,                                         -- ids repeat when set
    clock_offset INTEGER NOT NULL,                             -- nanoseconds ahead of real time
    clock_frozen TEXT,                                         -- the instant at which the clock stands, if it does
    created_at   TEXT    NOT NULL,                             -- real time, like used_at
    used_at      TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sequences (
    workspace TEXT    NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    name      TEXT    NOT NULL,
    value     INTEGER NOT NULL, -- the last one given out
    PRIMARY KEY (workspace, name)
) STRICT, WITHOUT ROWID;
