package apidev

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-0f456478/sandbox/internal/web"
)

// success is the envelope of every success.
type success struct {
	Success bool `json:"success"`
	Data    any  `json:"data"`
	Meta    any  `json:"meta,omitzero"` // reads have one, writes do not
}

// page is the meta of a list (API-11).
type page struct {
	Total  int64 `json:"total"`
	Limit  int64 `json:"limit"`
	Offset int64 `json:"offset"`
}

// created and updated are the data of the writes (API-50, API-51).
type created struct {
	ID string `json:"id"`
}

type updated struct {
	ID            string   `json:"id"`
	UpdatedFields []string `json:"updated_fields"`
}

// profile is what clients and accounts have in common.
type profile struct {
	owner, id string
	createdAt time.Time
	position  int64 // tells records of one instant apart

	name, externalCode, status, document, businessName, taxID, phone, mobile, email, imageURL *string
	street, doorNumber, apartment, corner, zipCode, countryID, departmentID, notes            *string

	documentType, latitude, longitude *string // numbers in decimal digits
}

// wireAddress is an address as the partner shows it: coordinates are strings (API-20).
type wireAddress struct {
	Street     *string `json:"street"`
	DoorNumber *string `json:"door_number"`
	Apartment  *string `json:"apartment"`
	Corner     *string `json:"corner"`
	ZipCode    *string `json:"zip_code"`
	Latitude   *string `json:"latitude"`
	Longitude  *string `json:"longitude"`
}

func (p profile) address() wireAddress {
	return wireAddress{p.street, p.doorNumber, p.apartment, p.corner, p.zipCode, p.latitude, p.longitude}
}

// text is a member of a body, and where it goes.
type text struct {
	name string
	sent web.Opt[string]
	to   **string
}

func takeTexts(members ...text) (taken []string) {
	for _, m := range members {
		if m.sent.Sent {
			*m.to = filled(m.sent)
			taken = append(taken, m.name)
		}
	}
	return taken
}

// filled is the text, or nil if it is empty (API-54).
func filled(o web.Opt[string]) *string {
	if o.Value == "" {
		return nil
	}
	return &o.Value
}

// take sets the members that a valid body sent, and lists them.
func (p *profile) take(body profileRequest) (taken []string) {
	taken = takeTexts(
		text{"name", body.Name, &p.name},
		text{"external_code", body.ExternalCode, &p.externalCode},
		text{"status", body.Status, &p.status},
		text{"document", body.Document, &p.document},
		text{"business_name", body.BusinessName, &p.businessName},
		text{"tax_id", body.TaxID, &p.taxID},
		text{"phone", body.Phone, &p.phone},
		text{"mobile", body.Mobile, &p.mobile},
		text{"email", body.Email, &p.email},
		text{"image_url", body.ImageURL, &p.imageURL},
		text{"street", body.Street, &p.street},
		text{"door_number", body.DoorNumber, &p.doorNumber},
		text{"apartment", body.Apartment, &p.apartment},
		text{"corner", body.Corner, &p.corner},
		text{"zip_code", body.ZipCode, &p.zipCode},
		text{"country_id", body.CountryID, &p.countryID},
		text{"department_id", body.DepartmentID, &p.departmentID},
		text{"notes", body.Notes, &p.notes},
	)
	for _, m := range []struct {
		name string
		sent web.Opt[float64]
		to   **string
	}{
		{"document_type", body.DocumentType, &p.documentType},
		{"latitude", body.Latitude, &p.latitude},
		{"longitude", body.Longitude, &p.longitude},
	} {
		if !m.sent.Sent {
			continue
		}
		if *m.to = nil; !m.sent.Null {
			*m.to = new(strconv.FormatFloat(m.sent.Value, 'f', -1, 64))
		}
		taken = append(taken, m.name)
	}
	return taken
}

// numeral is a stored number as JSON.
func numeral(digits *string) jsontext.Value {
	if digits == nil {
		return jsontext.Value("null")
	}
	return jsontext.Value(*digits)
}
