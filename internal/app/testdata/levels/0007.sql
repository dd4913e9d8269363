INSERT INTO kobra_accounts (workspace, owner, external_id, members)
VALUES ('old', 'lender', 'old-1', '{"externalID":"old-1","productID":1,"currencyCode":"MX","name":"Eva","firstSurname":"Vieja"}');
INSERT INTO kobra_promises VALUES ('old', 'lender', 99, 2);
INSERT INTO kobra_ids VALUES ('old', 'lender', 'visit', 98);
