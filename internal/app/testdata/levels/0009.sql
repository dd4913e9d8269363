UPDATE workspaces SET revision = 3, clock_frozen = '2026-03-01T00:00:00.000000000Z' WHERE workspace = 'old';
