// Package project reads compose files the way Compose does, and says what is
// wrong with them by file, line, service and key. Package stack and the command
// line call Load; it calls compose-go, and nothing of this module.
//
// compose-go does the reading: merging, extends, include, interpolation, the
// schema. Its errors name no lines, so the files are parsed a second time as
// plain YAML nodes, and every finding is looked up there.
package project
