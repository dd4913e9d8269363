package workspace

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"

	"github.com/seed-0f456478/sandbox/internal/store"
)

// ExportJSON writes the workspace's records as a fixture, from one snapshot.
func (w *Workspace) ExportJSON(ctx context.Context) ([]byte, error) {
	var out bytes.Buffer
	e := jsontext.NewEncoder(&out, jsontext.WithIndent("  "), jsontext.AllowInvalidUTF8(true))
	err := w.dir.store.Read(ctx, func(v store.View) error { return w.export(e, v) })
	if err != nil {
		return nil, fmt.Errorf("export %s: %w", w.Name, err)
	}
	return out.Bytes(), nil
}

func (w *Workspace) export(e *jsontext.Encoder, v store.View) error {
	token := func(t jsontext.Token) (err error) { return e.WriteToken(t) }
	err := token(jsontext.BeginObject)
	api := ""
	for _, c := range w.dir.options.Collections {
		if c.API != api {
			if api != "" {
				err = errors.Join(err, token(jsontext.EndObject))
			}
			api = c.API
			err = errors.Join(err, token(jsontext.String(api)), token(jsontext.BeginObject))
		}
		records, failed := c.Export(v, w.Name)
		err = errors.Join(err, failed, token(jsontext.String(c.Name)), json.MarshalEncode(e, records))
	}
	if api != "" {
		err = errors.Join(err, token(jsontext.EndObject))
	}
	state, failed := w.stateOf(v)
	return errors.Join(err, failed, token(jsontext.String(stateName)), json.MarshalEncode(e, state, json.Deterministic(true)), token(jsontext.EndObject))
}

// ExportYAML is ExportJSON in YAML.
func (w *Workspace) ExportYAML(ctx context.Context) ([]byte, error) {
	text, err := w.ExportJSON(ctx)
	if err != nil {
		return nil, err
	}
	node, err := yamlFromJSON(text)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := errors.Join(e.Encode(node), e.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// yamlFromJSON is a JSON value as a YAML node: members in their order, and lines where they are.
func yamlFromJSON(text []byte) (*yaml.Node, error) {
	r := jsonReader{Decoder: jsontext.NewDecoder(bytes.NewReader(text)), text: text, line: 1}
	return r.node()
}

// jsonReader reads JSON and counts lines.
type jsonReader struct {
	*jsontext.Decoder
	text   []byte
	offset int64 // up to which lines are counted
	line   int
}

// node reads the next value. It returns io.EOF behind the end of an object or array.
func (r *jsonReader) node() (*yaml.Node, error) {
	token, err := r.ReadToken()
	if err != nil {
		return nil, err
	}
	r.line += bytes.Count(r.text[r.offset:r.InputOffset()], []byte("\n"))
	r.offset = r.InputOffset()
	node := &yaml.Node{Kind: yaml.ScalarNode, Line: r.line}
	switch token.Kind() {
	case '}', ']':
		return nil, io.EOF
	case '{':
		node.Kind = yaml.MappingNode
		return node, r.children(node)
	case '[':
		node.Kind = yaml.SequenceNode
		return node, r.children(node)
	case '"':
		node.Tag, node.Value = "!!str", token.String()
	case 'n':
		node.Tag, node.Value = "!!null", "null"
	default: // numbers and booleans read the same in both
		node.Value = token.String()
	}
	return node, nil
}

func (r *jsonReader) children(of *yaml.Node) error {
	for {
		child, err := r.node()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		of.Content = append(of.Content, child)
	}
}
