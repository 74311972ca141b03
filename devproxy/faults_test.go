package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// failOnFaults fails the test at its end if the console of the tab or frame
// had an error, a script threw, or a request failed.
func failOnFaults(t *testing.T, ctx context.Context) {
	t.Helper()
	var mu sync.Mutex
	var faults []string
	require.NoError(t, chromedp.Listen(ctx, func(event any) {
		if fault := faultIn(event); fault != "" {
			mu.Lock()
			defer mu.Unlock()
			faults = append(faults, fault)
		}
	}))
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		assert.Empty(t, faults, "the browser met errors")
	})
}

// networkChanged ends h2 connections whenever an interface of the machine comes
// or goes, as those of containers do. The page connects again.
const networkChanged = "net::ERR_NETWORK_CHANGED"

// faultIn describes what is wrong in event, or is empty.
func faultIn(event any) string {
	switch event := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if event.Type == runtime.ConsoleAPICalledTypeError || event.Type == runtime.ConsoleAPICalledTypeAssert {
			return fmt.Sprintf("console.%s %s", event.Type, printed(event.Args))
		}
	case *runtime.EventExceptionThrown:
		return (&chromedp.ExceptionError{ExceptionDetails: event.ExceptionDetails}).Error()
	case *log.EventEntryAdded:
		if event.Entry.Level == log.EntryLevelError && !strings.Contains(event.Entry.Text, networkChanged) {
			return fmt.Sprintf("%s error: %s %s", event.Entry.Source, event.Entry.Text, event.Entry.URL)
		}
	case *network.EventResponseReceived:
		if event.Response.Status >= 400 {
			return fmt.Sprintf("%d for %s", event.Response.Status, event.Response.URL)
		}
	case *network.EventLoadingFailed:
		if !event.Canceled && event.ErrorText != networkChanged {
			return fmt.Sprintf("loading a %s: %s", event.Type, event.ErrorText)
		}
	}
	return ""
}

func printed(args []*runtime.RemoteObject) string {
	var line string
	for _, arg := range args {
		line += fmt.Sprintf("%s%s ", arg.Value, arg.Description)
	}
	return line
}
