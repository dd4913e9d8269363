INSERT INTO apidev_clients (workspace, owner, created_at, position, id, name, search)
VALUES ('old', 'demo', '2026-01-31T12:00:00.000000000Z', 1, '982710394857200099', 'Distribuidora Vieja', 'distribuidora vieja');
INSERT INTO apidev_accounts (workspace, owner, created_at, position, id, name, client_id, search)
VALUES ('old', 'demo', '2026-01-31T12:00:00.000000000Z', 2, '982710394857201699', 'Cuenta Vieja', '982710394857200099', 'cuenta vieja');
