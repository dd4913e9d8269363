INSERT INTO credentials (workspace, id, api, carrier, digest, owner, permissions)
VALUES ('old', 'minted', 'cobrofacil', 'Authorization', 'aa0b47160204728da58be87cb4cd790e5c011a9395a5abb98f002e364f27eda3', 'sandbox', '');
