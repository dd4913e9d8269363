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
	return errors.Join(err, token(jsontext.EndObject))
}

// ExportYAML is ExportJSON in YAML.
func (w *Workspace) ExportYAML(ctx context.Context) ([]byte, error) {
	text, err := w.ExportJSON(ctx)
	if err != nil {
		return nil, err
	}
	node, err := toYAML(jsontext.NewDecoder(bytes.NewReader(text)))
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

// toYAML reads the next JSON value as a YAML node, members in their order. It returns io.EOF behind the end of an object
// or array.
func toYAML(d *jsontext.Decoder) (*yaml.Node, error) {
	token, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case '{', '[':
		node := &yaml.Node{Kind: yaml.MappingNode}
		if token.Kind() == '[' {
			node.Kind = yaml.SequenceNode
		}
		for {
			child, err := toYAML(d)
			if errors.Is(err, io.EOF) {
				return node, nil
			}
			if err != nil {
				return nil, err
			}
			node.Content = append(node.Content, child)
		}
	case '}', ']':
		return nil, io.EOF
	case '"':
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: token.String()}, nil
	case 'n':
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}, nil
	default: // numbers and booleans read the same in both
		return &yaml.Node{Kind: yaml.ScalarNode, Value: token.String()}, nil
	}
}
