INSERT INTO cobrofacil_clients (workspace, owner, id, external_reference, first_name, last_name, phone_number, spei_clabe, created_at)
VALUES ('old', 'sandbox', '019734bb-1f46-73bb-95d0-62e98a2f6200', 'old-1', 'Eva', 'Vieja', '+526640000000', '646180630700009991', '2026-01-31T12:00:00.000000000Z');
