package host

// storage.go answers `storage` from the store.

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

func getEntry(s *session, _ context.Context, args []any) (any, error) {
	namespace, key := args[0].(string), args[1].(string)
	if err := checkNames(namespace, key); err != nil {
		return s.storageError(err), nil
	}
	e, err := s.storage.get(s.storage.namespace(s.inv.Context, namespace), key)
	if err != nil {
		return s.storageError(err), nil
	}
	return guest.OK(entryRecord(namespace, e)), nil
}

func putEntry(s *session, _ context.Context, args []any) (any, error) {
	input := args[0].(guest.Record)
	namespace, _ := field[string](input, "namespace")
	key, _ := field[string](input, "key")
	value, _ := field[[]byte](input, "value")
	if err := errors.Join(checkNames(namespace, key), checkValue(value)); err != nil {
		return s.storageError(err), nil
	}
	if strings.Contains(key, "/") {
		s.log.Warn("storage key holds a slash, which the platform refuses; use another separator", "namespace", namespace, "key", key)
	}
	var want *uint64
	if revision, ok := field[uint64](input, "revision"); ok {
		want = &revision
	}
	revision, err := s.storage.put(s.storage.namespace(s.inv.Context, namespace), key, value, want)
	if err != nil {
		return s.storageError(err), nil
	}
	return guest.OK(entryRecord(namespace, newEntry(key, revision, value))), nil
}

func deleteEntry(s *session, _ context.Context, args []any) (any, error) {
	namespace, key := args[0].(string), args[1].(string)
	if err := checkNames(namespace, key); err != nil {
		return s.storageError(err), nil
	}
	if err := s.storage.delete(s.storage.namespace(s.inv.Context, namespace), key); err != nil {
		return s.storageError(err), nil
	}
	return guest.OK(nil), nil
}

func listEntries(s *session, _ context.Context, args []any) (any, error) {
	namespace := args[0].(string)
	if err := checkNamespace(namespace); err != nil {
		return s.storageError(err), nil
	}
	page, err := s.storage.list(s.storage.namespace(s.inv.Context, namespace), optional[string](args[1]))
	if err != nil {
		return s.storageError(err), nil
	}
	records := make([]any, len(page))
	for i, e := range page {
		records[i] = entryRecord(namespace, e)
	}
	return guest.OK(records), nil
}

func entryRecord(namespace string, e entry) guest.Record {
	return guest.Record{"namespace": namespace, "key": e.Key, "value": e.value(), "revision": e.Revision}
}

// storageError is the answer for err; what the guest cannot be told is logged.
func (s *session) storageError(err error) guest.Result {
	switch {
	case errors.Is(err, errMissing):
		return guest.Denied("missing")
	case errors.Is(err, errConflict):
		return guest.Denied("conflict")
	case errors.Is(err, errFull):
		s.log.Warn("storage refused", "error", err)
		s.noteDenial("storage#put", err.Error())
		return guest.Denied("denied")
	}
	s.log.Error("storage call ended with an error", "error", err)
	return guest.Denied("internal")
}

func checkNames(namespace, key string) error {
	if err := checkNamespace(namespace); err != nil {
		return err
	}
	if key == "" || len(key) > maxKeyBytes {
		return fmt.Errorf("the storage key has %d bytes; it must have 1 to %d", len(key), maxKeyBytes)
	}
	return nil
}

func checkNamespace(namespace string) error {
	if namespace == "" || len(namespace) > maxNamespaceBytes {
		return fmt.Errorf("the storage namespace has %d bytes; it must have 1 to %d", len(namespace), maxNamespaceBytes)
	}
	return nil
}

func checkValue(value []byte) error {
	if len(value) > maxValueBytes {
		return fmt.Errorf("the storage value has %d bytes; it may have at most %d", len(value), maxValueBytes)
	}
	return nil
}
