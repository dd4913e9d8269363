package kobra

// schema is a JSON Schema of a fixture's record, for editors: the members of a table. It is made when it is asked for.
func schema(table ...member) func() map[string]any {
	return func() map[string]any {
		properties := map[string]any{"_owner": map[string]any{"type": "string"}}
		for _, m := range table {
			properties[m.name] = m.schema()
		}
		return map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
	}
}

// schema is that of one member. What is null or an empty text is absent (KOB-18).
func (m member) schema() map[string]any {
	types := map[kind][]string{
		text: {"string"}, date: {"string"}, integer: {"integer", "string"}, number: {"number", "string"}, boolean: {"boolean", "string"},
		letterOrNumber: {"string", "integer"},
	}[m.kind]
	rules := map[string]any{"type": append(types, "null")}
	if m.kind == text && m.most > 0 {
		rules["maxLength"] = m.most
	}
	if m.kind == text && m.values != nil {
		choices := []any{"", nil}
		for _, value := range m.values {
			choices = append(choices, value)
		}
		rules["enum"] = choices
	}
	return rules
}
