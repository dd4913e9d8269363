INSERT INTO workspaces (workspace, self_made, seed, generation, clock_offset, created_at, used_at)
VALUES ('old', 0, 'x', 7, 0, '2026-01-31T12:00:00.000000000Z', '2026-01-31T12:00:00.000000000Z');
