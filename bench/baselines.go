package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-playground/validator/v10"
	_ "modernc.org/sqlite" // the bare driver, to compare with
)

// serveBaseline is this program as a server to compare with.
func serveBaseline(arguments []string) error {
	var handler http.Handler
	var err error
	switch arguments[0] {
	case "bare":
		handler, err = bareHandler(arguments[1])
	case "chi":
		handler, err = chiHandler(arguments[1])
	case "driver":
		handler, err = driverHandler(arguments[1])
	default:
		err = fmt.Errorf("there is no baseline %s", arguments[0])
	}
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("ready on http://%s\n", listener.Addr())
	return (&http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}).Serve(listener)
}

func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// bareHandler writes the bytes that a file holds, whatever it is asked.
func bareHandler(file string) (http.Handler, error) {
	body, err := os.ReadFile(file)
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { write(w, http.StatusOK, body) }), err
}

// newClient is the body of a creation, under the rules that the sandbox holds it to.
type newClient struct {
	FirstName         *string `json:"first_name"         validate:"required,max=255"`
	LastName          *string `json:"last_name"          validate:"required,max=255"`
	PhoneNumber       *string `json:"phone_number"       validate:"required,max=255,phone"`
	Email             *string `json:"email"              validate:"omitempty,max=255,email"`
	MiddleName        *string `json:"middle_name"        validate:"omitempty,max=255"`
	MMName            *string `json:"mm_name"            validate:"omitempty,max=255"`
	ExternalReference *string `json:"external_reference" validate:"omitempty,max=255"`
}

// changedClient is the body of an update.
type changedClient struct {
	FirstName         *string `json:"first_name"         validate:"omitempty,max=255"`
	LastName          *string `json:"last_name"          validate:"omitempty,max=255"`
	PhoneNumber       *string `json:"phone_number"       validate:"omitempty,max=255,phone"`
	Email             *string `json:"email"              validate:"omitempty,max=255,email"`
	MiddleName        *string `json:"middle_name"        validate:"omitempty,max=255"`
	MMName            *string `json:"mm_name"            validate:"omitempty,max=255"`
	ExternalReference *string `json:"external_reference" validate:"omitempty,max=255"`
}

type answeredClient struct {
	ID      string `json:"id"`
	Display string `json:"display"`
	newClient
	SPEICLABE string `json:"spei_clabe"`
}

// chiHandler is what one would write by hand who has no sandbox: a router, JSON, the same validator with the same rules,
// an answer of the same form. It keeps nothing; what is read is what the file holds.
func chiHandler(file string) (http.Handler, error) {
	client, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	valid := validator.New(validator.WithRequiredStructEnabled())
	valid.RegisterTagNameFunc(func(f reflect.StructField) string { return f.Tag.Get("json") })
	e164 := regexp.MustCompile(`^\+[1-9][0-9]{7,14}$`)
	err = valid.RegisterValidation("phone", func(f validator.FieldLevel) bool { return e164.MatchString(f.Field().String()) })
	if err != nil {
		return nil, err
	}
	router := chi.NewRouter()
	router.Get("/cobrofacil/api/v1/clients/{id}", func(w http.ResponseWriter, _ *http.Request) { write(w, http.StatusOK, client) })
	router.Post("/cobrofacil/api/v1/clients", func(w http.ResponseWriter, r *http.Request) {
		var body newClient
		if accepts(w, r, valid, &body) {
			respond(w, http.StatusCreated, body)
		}
	})
	router.Patch("/cobrofacil/api/v1/clients/{id}", func(w http.ResponseWriter, r *http.Request) {
		var body changedClient
		if accepts(w, r, valid, &body) {
			respond(w, http.StatusOK, newClient(body))
		}
	})
	return router, nil
}

// accepts decodes a body and validates it, and answers itself if it is refused.
func accepts(w http.ResponseWriter, r *http.Request, valid *validator.Validate, body any) bool {
	if err := json.NewDecoder(r.Body).Decode(body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return false
	}
	var findings validator.ValidationErrors
	if !errors.As(valid.Struct(body), &findings) {
		return true
	}
	sentences := map[string][]string{}
	for _, f := range findings {
		name := strings.ReplaceAll(f.Field(), "_", " ")
		sentence := "The " + name + " field must be valid."
		if f.Tag() == "required" {
			sentence = "The " + name + " field is required."
		}
		sentences[f.Field()] = append(sentences[f.Field()], sentence)
	}
	encoded, err := json.Marshal(map[string]any{"message": "The given data was invalid.", "errors": sentences, "exception_code": 0})
	if err != nil {
		panic(err)
	}
	write(w, http.StatusUnprocessableEntity, encoded)
	return false
}

func respond(w http.ResponseWriter, status int, c newClient) {
	answer := answeredClient{"019734bb-1f46-73bb-95d0-62e98a2f6247", "", c, "646180630700000001"}
	if c.FirstName != nil && c.LastName != nil {
		answer.Display = *c.FirstName + " " + *c.LastName
	}
	encoded, err := json.Marshal(map[string]answeredClient{"data": answer})
	if err != nil {
		panic(err)
	}
	write(w, status, encoded)
}

// driverHandler reads nothing and checks nothing. It inserts the row of a creation by the bare driver, with a flush of its
// own.
func driverHandler(db string) (http.Handler, error) {
	rows, err := openRows(context.Background(), db)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if err := rows.insert(context.Background(), 1); err != nil {
			panic(err)
		}
		write(w, http.StatusCreated, []byte(`{"data":{}}`))
	}), err
}

// rows is a table like that of the sandbox's clients.
type rows struct {
	db  *sql.DB
	row *sql.Stmt // inserts one
	n   atomic.Int64
}

const insertRow = `INSERT INTO clients VALUES ('default', 'sandbox', $1, $1, 'Juan', 'Alberto', 'Mejía', NULL, 'juan@example.com', '+526640000000', $1, '2026-01-31T12:00:00.000000000Z')`

func openRows(ctx context.Context, file string) (*rows, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(file)+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(ctx, `CREATE TABLE clients (workspace TEXT, owner TEXT, id TEXT, external_reference TEXT, first_name TEXT, middle_name TEXT,
		last_name TEXT, mm_name TEXT, email TEXT, phone_number TEXT, spei_clabe TEXT, created_at TEXT, PRIMARY KEY (workspace, owner, id)) STRICT, WITHOUT ROWID;
		CREATE UNIQUE INDEX reference ON clients (workspace, owner, external_reference); CREATE UNIQUE INDEX clabe ON clients (workspace, spei_clabe)`)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	row, err := db.PrepareContext(ctx, insertRow)
	return &rows{db: db, row: row}, err
}

func (r *rows) close() { _ = errors.Join(r.row.Close(), r.db.Close()) }

// insert inserts so many rows with one flush.
func (r *rows) insert(ctx context.Context, n int) error {
	if n == 1 {
		return r.insertOne(ctx, r.row)
	}
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	row := tx.StmtContext(ctx, r.row)
	for range n {
		if err := r.insertOne(ctx, row); err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	return tx.Commit()
}

func (r *rows) insertOne(ctx context.Context, row *sql.Stmt) error {
	_, err := row.ExecContext(ctx, fmt.Sprintf("019734bb-1f46-73bb-95d0-%012d", r.n.Add(1)))
	return err
}
