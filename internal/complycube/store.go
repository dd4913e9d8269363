package complycube

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/seed-0f456478/sandbox/internal/clock"
	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/web"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// client is a row of complycube_clients with its rows of complycube_metadata, without its workspace and number. A text
// that is "" stands for a member that is not there.
type client struct {
	owner, id, kind      string
	email                string
	mobile, telephone    string
	externalID           string
	joinedDate           string
	person               personDetails
	company              companyDetails
	metadata             metadata
	createdAt, updatedAt time.Time // in milliseconds
}

type personDetails struct {
	FirstName               string `json:"firstName,omitzero"`
	MiddleName              string `json:"middleName,omitzero"`
	LastName                string `json:"lastName,omitzero"`
	DOB                     string `json:"dob,omitzero"`
	Gender                  string `json:"gender,omitzero"`
	Nationality             string `json:"nationality,omitzero"`
	BirthCountry            string `json:"birthCountry,omitzero"`
	SSN                     string `json:"ssn,omitzero"`
	SocialInsuranceNumber   string `json:"socialInsuranceNumber,omitzero"`
	NationalIdentityNumber  string `json:"nationalIdentityNumber,omitzero"`
	TaxIdentificationNumber string `json:"taxIdentificationNumber,omitzero"`
}

type companyDetails struct {
	Name                 string `json:"name,omitzero"`
	Website              string `json:"website,omitzero"`
	RegistrationNumber   string `json:"registrationNumber,omitzero"`
	IncorporationCountry string `json:"incorporationCountry,omitzero"`
	IncorporationType    string `json:"incorporationType,omitzero"`
}

const selectClient = `
	SELECT c.owner, c.id, c.type, c.email, c.mobile, c.telephone, c.external_id, c.joined_date,
		c.first_name, c.middle_name, c.last_name, c.dob, c.gender, c.nationality, c.birth_country,
		c.ssn, c.social_insurance_number, c.national_identity_number, c.tax_identification_number,
		c.company_name, c.website, c.registration_number, c.incorporation_country, c.incorporation_type, c.created_at, c.updated_at
	FROM complycube_clients c`

func scanClient(scan func(...any) error) (c client, err error) {
	var createdAt, updatedAt string
	p, o := &c.person, &c.company
	err = scan(&c.owner, &c.id, &c.kind, &c.email, &c.mobile, &c.telephone, &c.externalID, &c.joinedDate,
		&p.FirstName, &p.MiddleName, &p.LastName, &p.DOB, &p.Gender, &p.Nationality, &p.BirthCountry,
		&p.SSN, &p.SocialInsuranceNumber, &p.NationalIdentityNumber, &p.TaxIdentificationNumber,
		&o.Name, &o.Website, &o.RegistrationNumber, &o.IncorporationCountry, &o.IncorporationType, &createdAt, &updatedAt)
	if err != nil {
		return client{}, err
	}
	var wrong, wrongToo error
	c.createdAt, wrong = clock.FromText(createdAt)
	c.updatedAt, wrongToo = clock.FromText(updatedAt)
	return c, errors.Join(wrong, wrongToo)
}

// findClient finds a client by its id.
func findClient(v store.View, workspace, owner, id string) (client, error) {
	if !objectID(id) {
		return client{}, unknown(id)
	}
	c, err := scanClient(v.QueryRow(selectClient+" WHERE c.workspace = $1 AND c.owner = $2 AND c.id = $3", workspace, owner, id).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return client{}, unknown(id)
	}
	if err != nil {
		return client{}, err
	}
	return c, addMetadata(v, workspace, &c)
}

// unknown refuses an id that no client has (CC-42).
func unknown(id string) error {
	return web.Refuse(web.ErrNotFound, web.Violation{
		Member: "id", Value: id, Rule: "CC-42", Collection: "clients",
		Message: "is the id of no client that this key can see", Passes: "the id of a client, which /v1/clients lists",
	})
}

// queryClients reads clients with their metadata, that of all of them at once. It makes room for so many. The first argument
// is the workspace.
func queryClients(v store.View, room int, where string, args ...any) (all []client, err error) {
	rows, err := v.Query(selectClient+where, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	all = make([]client, 0, room)
	at := make(map[[2]string]int, room)
	for rows.Next() {
		c, err := scanClient(rows.Scan)
		if err != nil {
			return nil, err
		}
		at[[2]string{c.owner, c.id}] = len(all)
		all = append(all, c)
	}
	if err := rows.Err(); err != nil || len(all) == 0 {
		return nil, err
	}
	// A CROSS JOIN, in which SQLite begins with its left side and does not look through the workspace's whole metadata.
	pairs, err := v.Query(`
		SELECT m.owner, m.client_id, m.key, m.value
		FROM (SELECT c.owner, c.id FROM complycube_clients c`+where+`) found CROSS JOIN complycube_metadata m
		WHERE m.workspace = $1 AND m.owner = found.owner AND m.client_id = found.id
		ORDER BY m.position`, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, pairs.Close()) }()
	for pairs.Next() {
		var of [2]string
		var p pair
		if err := pairs.Scan(&of[0], &of[1], &p.key, &p.value); err != nil {
			return nil, err
		}
		c := &all[at[of]]
		c.metadata = append(c.metadata, p)
	}
	return all, pairs.Err()
}

func addMetadata(v store.View, workspace string, c *client) (err error) {
	rows, err := v.Query(`
		SELECT key, value FROM complycube_metadata
		WHERE workspace = $1 AND owner = $2 AND client_id = $3 ORDER BY position`, workspace, c.owner, c.id)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var p pair
		if err := rows.Scan(&p.key, &p.value); err != nil {
			return err
		}
		c.metadata = append(c.metadata, p)
	}
	return rows.Err()
}

// sequence numbers the clients of a workspace in the order in which they were created (CC-32).
const sequence = "complycube.clients"

func insertClient(tx *workspace.Tx, c client) error {
	number, err := tx.Next(sequence)
	if err != nil {
		return err
	}
	p, o := c.person, c.company
	err = tx.Exec(`
		INSERT INTO complycube_clients (workspace, owner, id, number, type, entity_name, email, mobile, telephone, external_id, joined_date,
			first_name, middle_name, last_name, dob, gender, nationality, birth_country,
			ssn, social_insurance_number, national_identity_number, tax_identification_number,
			company_name, website, registration_number, incorporation_country, incorporation_type, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)`,
		tx.Workspace, c.owner, c.id, number, c.kind, c.entityName(), c.email, c.mobile, c.telephone, c.externalID, c.joinedDate,
		p.FirstName, p.MiddleName, p.LastName, p.DOB, p.Gender, p.Nationality, p.BirthCountry,
		p.SSN, p.SocialInsuranceNumber, p.NationalIdentityNumber, p.TaxIdentificationNumber,
		o.Name, o.Website, o.RegistrationNumber, o.IncorporationCountry, o.IncorporationType, clock.Text(c.createdAt), clock.Text(c.updatedAt))
	if err != nil {
		return fmt.Errorf("insert client: %w", err)
	}
	return insertMetadata(tx, c)
}

func updateClient(tx *workspace.Tx, c client) error {
	p, o := c.person, c.company
	err := tx.Exec(`
		UPDATE complycube_clients
		SET entity_name = $4, email = $5, mobile = $6, telephone = $7, external_id = $8, joined_date = $9,
			first_name = $10, middle_name = $11, last_name = $12, dob = $13, gender = $14, nationality = $15, birth_country = $16,
			ssn = $17, social_insurance_number = $18, national_identity_number = $19, tax_identification_number = $20,
			company_name = $21, website = $22, registration_number = $23, incorporation_country = $24, incorporation_type = $25, updated_at = $26
		WHERE workspace = $1 AND owner = $2 AND id = $3`,
		tx.Workspace, c.owner, c.id, c.entityName(), c.email, c.mobile, c.telephone, c.externalID, c.joinedDate,
		p.FirstName, p.MiddleName, p.LastName, p.DOB, p.Gender, p.Nationality, p.BirthCountry,
		p.SSN, p.SocialInsuranceNumber, p.NationalIdentityNumber, p.TaxIdentificationNumber,
		o.Name, o.Website, o.RegistrationNumber, o.IncorporationCountry, o.IncorporationType, clock.Text(c.updatedAt))
	if err != nil {
		return fmt.Errorf("update client: %w", err)
	}
	if err := deleteMetadata(tx, c.owner, c.id); err != nil {
		return err
	}
	return insertMetadata(tx, c)
}

func insertMetadata(tx *workspace.Tx, c client) error {
	for i, p := range c.metadata {
		err := tx.Exec("INSERT INTO complycube_metadata (workspace, owner, client_id, key, position, value) VALUES ($1, $2, $3, $4, $5, $6)",
			tx.Workspace, c.owner, c.id, p.key, i, p.value)
		if err != nil {
			return fmt.Errorf("insert metadata: %w", err)
		}
	}
	return nil
}

func deleteMetadata(tx *workspace.Tx, owner, id string) error {
	return tx.Exec("DELETE FROM complycube_metadata WHERE workspace = $1 AND owner = $2 AND client_id = $3", tx.Workspace, owner, id)
}

// deleteClient removes the client with this id. A fixture does not name the first owner.
func deleteClient(tx *workspace.Tx, owner, id string) (found bool, err error) {
	owner = cmp.Or(owner, ownerTest)
	if !objectID(id) {
		return false, nil
	}
	err = tx.QueryRow("DELETE FROM complycube_clients WHERE workspace = $1 AND owner = $2 AND id = $3 RETURNING 1", tx.Workspace, owner, id).Scan(new(int))
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("delete client: %w", err)
	}
	return true, deleteMetadata(tx, owner, id)
}
