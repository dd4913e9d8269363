-- +goose Up

CREATE TABLE kobra_accounts (
    workspace   TEXT COLLATE "C" NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    owner       TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    members     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace, owner, external_id)
);

CREATE TABLE kobra_promises (
    workspace              TEXT COLLATE "C" NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    owner                  TEXT COLLATE "C" NOT NULL,
    visit_id               BIGINT           NOT NULL,
    payment_promise_status BIGINT           NOT NULL CHECK (payment_promise_status BETWEEN 2 AND 5),
    PRIMARY KEY (workspace, owner, visit_id)
);

CREATE TABLE kobra_ids (
    workspace TEXT COLLATE "C" NOT NULL REFERENCES workspaces (workspace) ON DELETE CASCADE,
    owner     TEXT COLLATE "C" NOT NULL,
    kind      TEXT COLLATE "C" NOT NULL CHECK (kind IN ('visit', 'branch', 'agent')),
    id        BIGINT           NOT NULL,
    PRIMARY KEY (workspace, owner, kind, id)
);
