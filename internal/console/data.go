package console

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/seed-0f456478/sandbox/internal/control/client"
	"github.com/seed-0f456478/sandbox/internal/workspace"
)

// data is what the page of all collections shows.
type data struct {
	APIs      []shownAPI
	Snapshots []workspace.Snapshot
}

var dataActions = map[string]action{
	"import":  importFixture,
	"take":    takeSnapshot,
	"restore": restoreSnapshot,
	"into":    restoreSnapshotInto,
	"forget":  deleteSnapshot,
	"reset":   resetWorkspace,
}

func (c *console) data(v *visit) (any, error) {
	var d data
	var err error
	if d.APIs, err = v.collections(); err != nil {
		return nil, err
	}
	d.Snapshots, err = v.API.Snapshots(v, v.Workspace)
	return d, err
}

// collections are those of every API, and how many records each holds.
func (v *visit) collections() ([]shownAPI, error) {
	space, err := v.API.Workspace(v, v.Workspace)
	if err != nil {
		return nil, err
	}
	apis, err := v.API.APIs(v, v.Workspace)
	if err != nil {
		return nil, err
	}
	var all []shownAPI
	for _, api := range apis {
		shown := shownAPI{API: api}
		for _, name := range api.Collections {
			_, short, _ := strings.Cut(name, ".")
			shown.Collections = append(shown.Collections, collection{api.Name, short, space.Records[name]})
		}
		all = append(all, shown)
	}
	return all, nil
}

// importFixture puts a fixture in, which comes as a file or, where there is none, as text.
func importFixture(v *visit) (next string, err error) {
	fixture, err := v.file("file")
	if err != nil {
		return "", err
	}
	if len(fixture) == 0 {
		if fixture = []byte(v.Form.Get("text")); len(fixture) == 0 {
			return "", errors.New("choose a file, or drop one here")
		}
	}
	load := v.API.AddFixture
	if v.Form.Get("how") == "replace" {
		load = v.API.ReplaceFixture
	}
	loaded, err := load(v, v.Workspace, fixture)
	v.Told = loaded
	return "", err
}

// file is what a form has sent as a file, or nothing.
func (v *visit) file(field string) ([]byte, error) {
	file, _, err := v.Request.FormFile(field)
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(file)
}

func takeSnapshot(v *visit) (next string, err error) {
	_, err = v.API.TakeSnapshot(v, v.Workspace, v.Form.Get("name"))
	return v.At("data") + "#snapshots", err
}

// keep is what a form wants to keep.
func (v *visit) keep() client.Keep { return client.Keep(v.Form.Get("keep")) }

func restoreSnapshot(v *visit) (next string, err error) {
	err = v.API.RestoreSnapshot(v, v.Workspace, v.Form.Get("name"), "", v.keep())
	return v.At("data") + "#snapshots", err
}

func restoreSnapshotInto(v *visit) (next string, err error) {
	into := cmp.Or(v.Form.Get("into"), v.Workspace)
	err = v.API.RestoreSnapshot(v, v.Workspace, v.Form.Get("name"), into, v.keep())
	return at(into, "data"), err
}

func deleteSnapshot(v *visit) (next string, err error) {
	return v.At("data") + "#snapshots", v.API.DeleteSnapshot(v, v.Workspace, v.Form.Get("name"))
}

func resetWorkspace(v *visit) (next string, err error) {
	return v.At("data"), v.API.Reset(v, v.Workspace, v.keep())
}
