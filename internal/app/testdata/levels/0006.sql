INSERT INTO subclients_clients (workspace, id, parent, name, alias, code, email, rfc, available, balance, api_key, details, created_at, updated_at)
VALUES ('old', '6d2f2f6e-6c5d-4b57-9a5c-3f0b8f1f7c99', NULL, 'Cliente Viejo', 'VIEJO', 'VIEJO', 'viejo@example.com', 'SFO020714EF3', 12345, 0,
    '6d2f2f6e-6c5d-4b57-9a5c-3f0b8f1f7c98', '{}', '2026-01-31T12:00:00.000000000Z', '2026-01-31T12:00:00.000000000Z');
