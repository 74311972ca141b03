package dockerrunner

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sort"
	"strings"
)

// decode reads the body into a pointer to a struct. Unlike encoding/json it takes
// keys for what they are: "Image" is not "image".
func (c *call) decode(into any, strict bool) error {
	body := c.body
	if len(body) == 0 {
		body = []byte("{}")
	}
	if err := fields(body, into, strict); err != nil {
		return invalid("%s", err)
	}
	return nil
}

// fields reads an object; strict refuses keys that no field has.
func fields(body []byte, into any, strict bool) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || members == nil {
		return errors.New("this must be an object")
	}
	value := reflect.ValueOf(into).Elem()
	for i := range value.NumField() {
		key := value.Type().Field(i).Tag.Get("json")
		raw, given := members[key]
		delete(members, key)
		if !given {
			continue
		}
		if err := json.Unmarshal(raw, value.Field(i).Addr().Interface()); err != nil {
			return fmt.Errorf("%s: %w", key, told(err))
		}
	}
	if strict && len(members) > 0 {
		return fmt.Errorf("unrecognized key %s", strings.Join(names(members), ", "))
	}
	return nil
}

// told says in the words of JSON what is of the wrong type.
func told(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("expected %s, got %s", kinds[wrong.Type.Kind()], wrong.Value)
	}
	return err
}

var kinds = map[reflect.Kind]string{
	reflect.String: "a string", reflect.Int: "an integer", reflect.Int64: "an integer", reflect.Bool: "true or false",
	reflect.Slice: "an array", reflect.Map: "an object", reflect.Struct: "an object",
}

func names(members map[string]json.RawMessage) []string {
	var list []string
	for name := range members {
		list = append(list, fmt.Sprintf("%q", name))
	}
	sort.Strings(list)
	return list
}
