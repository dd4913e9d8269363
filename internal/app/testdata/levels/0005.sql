INSERT INTO complycube_clients VALUES ('old', 'test', '6928e20fde0de82ac6a33899', 1, 'person', 'Eva Vieja', 'vieja@example.com', '', '', 'old-1', '', 'Eva', '',
    'Vieja', '', '', '', '', '', '', '', '', '', '', '', '', '', '2026-01-31T12:00:00.000000000Z', '2026-01-31T12:00:00.000000000Z');
INSERT INTO complycube_metadata VALUES ('old', 'test', '6928e20fde0de82ac6a33899', 'age', 1, 'old');
