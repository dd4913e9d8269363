-- +goose Up

-- With a rowid, unlike tables of small rows: a whole account has some 1,700 bytes, which would not fit into a key's page.
CREATE TABLE kobra_accounts (
    workspace   TEXT NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    owner       TEXT NOT NULL,
    external_id TEXT NOT NULL,
    members     TEXT NOT NULL,
    PRIMARY KEY (workspace, owner, external_id)
) STRICT;

CREATE TABLE kobra_promises (
    workspace              TEXT    NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    owner                  TEXT    NOT NULL,
    visit_id               INTEGER NOT NULL,
    payment_promise_status INTEGER NOT NULL CHECK (payment_promise_status BETWEEN 2 AND 5),
    PRIMARY KEY (workspace, owner, visit_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE kobra_ids (
    workspace TEXT    NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    owner     TEXT    NOT NULL,
    kind      TEXT    NOT NULL CHECK (kind IN ('visit', 'branch', 'agent')),
    id        INTEGER NOT NULL,
    PRIMARY KEY (workspace, owner, kind, id)
) STRICT, WITHOUT ROWID;
