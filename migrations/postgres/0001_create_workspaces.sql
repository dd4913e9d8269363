-- +goose Up

CREATE TABLE workspaces (
    workspace    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    self_made    BIGINT           NOT NULL CHECK (self_made IN (0, 1)), -- by a first use, so it may expire and be evicted
    seed         TEXT COLLATE "C" NOT NULL,                             -- fingerprint of the seed whose records it started with
    generation   BIGINT           NOT NULL,                             -- one more with every reset
    random_seed  TEXT COLLATE "C",                                      -- ids repeat when set
    clock_offset BIGINT           NOT NULL,                             -- nanoseconds ahead of real time
    clock_frozen TEXT COLLATE "C",                                      -- the instant at which the clock stands, if it does
    created_at   TEXT COLLATE "C" NOT NULL,                             -- real time, like used_at
    used_at      TEXT COLLATE "C" NOT NULL
);

CREATE TABLE sequences (
    workspace TEXT COLLATE "C" NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    name      TEXT COLLATE "C" NOT NULL,
    value     BIGINT           NOT NULL, -- the last one given out
    PRIMARY KEY (workspace, name)
);
