// Package migrations carries the database's schema: numbered SQL files, applied forwards only and each in a transaction.
// There are two of each, which make the same tables: for SQLite, and for PostgreSQL, whose texts are COLLATE "C", so that
// they sort as SQLite sorts them, and whose integers are BIGINT.
//
// A table that a workspace owns has a column named workspace that references workspaces and cascades on delete, so that
// no reset can forget it; a table that references another is created after it, since rows are copied in that order.
package migrations

import "embed"

// FS holds the SQL files: sqlite/NNNN_verb_noun.sql, postgres/NNNN_verb_noun.sql.
//
//go:embed sqlite/*.sql postgres/*.sql
var FS embed.FS
