package declared

import "encoding/json"

// object is JSON with getters that end in a zero value where something is not
// there.

type object map[string]any

// secretMark is the key by which Pulumi tells a secret in a state.
const secretMark = "4dabf18193072939515e22adb298388d" //nolint:gosec // it is the same in every state

// reveal replaces secrets by what they hold, everywhere in a value.
func reveal(value any) any {
	switch v := value.(type) {
	case object:
		if v == nil {
			return object{}
		}
		return revealObject(v)
	case map[string]any:
		return revealObject(v)
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = reveal(item)
		}
		return list
	default:
		return value
	}
}

func revealObject(v map[string]any) any {
	if text, ok := v["plaintext"].(string); ok && v[secretMark] != nil {
		var held any
		if json.Unmarshal([]byte(text), &held) == nil {
			return reveal(held)
		}
	}
	o := object{}
	for key, item := range v {
		o[key] = reveal(item)
	}
	return o
}

func (o object) at(path ...string) any {
	var value any = o
	for _, key := range path {
		inner, ok := value.(object)
		if !ok {
			return nil
		}
		value = inner[key]
	}
	return value
}

func (o object) text(path ...string) string {
	text, _ := o.at(path...).(string)
	return text
}

func (o object) number(path ...string) int {
	number, _ := o.at(path...).(float64)
	return int(number)
}

func (o object) list(path ...string) []any {
	list, _ := o.at(path...).([]any)
	return list
}

func (o object) object(path ...string) object {
	inner, _ := o.at(path...).(object)
	return inner
}
