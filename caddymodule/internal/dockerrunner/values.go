package dockerrunner

import (
	"encoding/json"
	"errors"
	"net/url"
	"sort"
	"strconv"
	"strings"

	"github.com/same-origin/devproxy/compose/expression"
)

// environ is an environment: a map, or a list of K=V.
type environ []string

// UnmarshalJSON reads both forms.
func (e *environ) UnmarshalJSON(text []byte) error {
	var pairs map[string]string
	if json.Unmarshal(text, (*[]string)(e)) == nil {
		return nil
	}
	*e = nil
	if json.Unmarshal(text, &pairs) != nil {
		return errors.New("expected an object of strings, or an array of K=V")
	}
	for key, value := range pairs {
		*e = append(*e, key+"="+value)
	}
	sort.Strings(*e)
	return nil
}

// command is what to execute: a line for the shell, or arguments as they are.
type command []string

// UnmarshalJSON reads both forms.
func (c *command) UnmarshalJSON(text []byte) error {
	if json.Unmarshal(text, (*[]string)(c)) == nil && *c != nil {
		return nil
	}
	var line string
	if string(text) == "null" || json.Unmarshal(text, &line) != nil {
		return errors.New("expected a string, or an array of strings")
	}
	*c = shell(line)
	return nil
}

func shell(line string) command { return command{"/bin/sh", "-lc", line} }

// identifier is what engines take for an id or a name. Nothing else may become
// part of a path.
var identifier = expression.WhenNeeded(`^[a-zA-Z0-9][a-zA-Z0-9_.-]*$`)

func checkID(field, value string) error {
	if !identifier().MatchString(value) {
		return invalid("%s: expected an id or a name, got %q", field, value)
	}
	return nil
}

// boolean reads a boolean of a query; absent gives the default.
func boolean(query url.Values, key string, fallback bool) (bool, error) {
	if !query.Has(key) {
		return fallback, nil
	}
	switch strings.ToLower(query.Get(key)) {
	case "true", "1", "yes":
		return true, nil
	case "false", "0", "no":
		return false, nil
	}
	return false, invalid("%s: expected true or false, got %q", key, query.Get(key))
}

// number reads a number of a query as it was written, "" when it is absent.
func number(query url.Values, key string) (string, error) {
	text := query.Get(key)
	if n, err := strconv.ParseFloat(text, 64); text != "" && (err != nil || !(n >= 0 && n <= 1<<53)) {
		return "", invalid("%s: expected a number from 0 on, got %q", key, text)
	}
	return text, nil
}
