package workspace

// FixtureSchema is a JSON Schema of a fixture, for editors.
func (d *Directory) FixtureSchema() map[string]any {
	object := func(properties map[string]any) map[string]any {
		return map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
	}
	typed := func(name, description string) map[string]any {
		return map[string]any{"type": name, "description": description}
	}
	texts := func(description string) map[string]any {
		return map[string]any{"type": "array", "items": map[string]any{"type": "string"}, "description": description}
	}
	switches := map[string]any{}
	for _, s := range d.options.Switches {
		switches[s.Name] = map[string]any{"type": "string", "description": "rule " + s.Rule + "; default " + s.Default}
		if s.Values != nil {
			switches[s.Name].(map[string]any)["enum"] = s.Values
		}
	}
	properties := map[string]any{stateName: object(map[string]any{
		"clock": object(map[string]any{
			"now":    typed("string", "RFC 3339"),
			"offset": typed("string", "how far it is ahead of real time, as a Go duration like 1h"),
			"frozen": typed("boolean", "whether it stands still"),
		}),
		"random_seed": typed("string", "makes ids repeat"),
		"sequences":   map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "integer", "minimum": 0}, "description": "the last number given out of each"},
		"settings":    object(switches),
		"credentials": map[string]any{"type": "array", "description": "those that were minted", "items": object(map[string]any{
			"id": typed("string", "names it in the journal"), "api": typed("string", "the API"), "in": typed("string", "the header that carries the secret"),
			"digest": typed("string", "SHA-256 of the secret, in hexadecimal"), "owner": typed("string", "whose records it sees"),
			"permissions": texts("what it may do"), "expires_at": typed("string", "RFC 3339, on the workspace's clock"),
		})},
	})}
	for _, c := range d.options.Collections {
		if properties[c.API] == nil {
			properties[c.API] = object(map[string]any{})
		}
		collections := properties[c.API].(map[string]any)["properties"].(map[string]any)
		collections[c.Name] = map[string]any{"type": "array", "items": c.Schema()}
	}
	whole := object(properties)
	whole["$schema"], whole["title"] = "https://json-schema.org/draft/2020-12/schema", "A fixture of the sandbox"
	return whole
}
