INSERT INTO settings (workspace, name, value) VALUES ('old', 'cobrofacil.create_status', '200');
INSERT INTO installation (name, value) VALUES ('secret', 'dd293f89231a04ec6e7c74bd39e1f0d33260293115ae24cc318f7f8dad728d6a');
