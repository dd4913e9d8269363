package kobra

import (
	"context"

	"github.com/seed-0f456478/sandbox/internal/store"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// Row is what an account is stored as.
type Row struct{ ExternalID, Members string }

// Transaction is what an import of accounts writes, and a function that writes nothing but that into a workspace.
func Transaction(body []byte) (rows []Row, write func(s *store.Store, name string) error, err error) {
	read, err := readAccounts(body, "", false)
	if err != nil {
		return nil, nil, err
	}
	for _, a := range read.accounts {
		rows = append(rows, Row{a.externalID, a.members})
	}
	return rows, func(s *store.Store, name string) error {
		return s.WriteAlone(context.Background(), name, func(tx store.Tx) error {
			_, err := storeAccounts(&workspace.Tx{Tx: tx, Workspace: name}, ownerLender, read)
			return err
		})
	}, nil
}
