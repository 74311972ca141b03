package host

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

const sampleClient = "6f1c2a4e-7b1d-4c55-9a51-2f0f4e1b7a01"

func line(quantity, rate float64, changes ...guest.Record) guest.Record {
	item := guest.Record{"service-id": "s1", "description": "Work", "quantity": quantity, "rate": rate}
	for _, change := range changes {
		for name, value := range change {
			item[name] = value
		}
	}
	return item
}

func off(kind string, service any) guest.Record {
	return guest.Record{"is-discount": true, "discount-type": kind, "applies-to-service-id": service}
}

func manual(items ...any) guest.Record {
	return guest.Record{"client-id": sampleClient, "items": items}
}

func TestInvoiceAmountsAreComputedWithDiscountsAndTax(t *testing.T) {
	tests := []struct {
		name                 string
		items                []any
		subtotal, tax, total float64
	}{
		{"one line", []any{line(2, 50)}, 100, 8, 108},
		{"rounded to cents", []any{line(3, 33.335)}, 100.01, 8, 108.01},
		{"fixed discount", []any{line(2, 50), line(1, 20, off("fixed", nil))}, 80, 6.4, 86.4},
		{"percentage of all", []any{line(2, 50), line(1, 10, off("percentage", nil))}, 90, 7.2, 97.2},
		{"percentage of one service", []any{
			line(1, 100), line(1, 50, guest.Record{"service-id": "s2"}), line(1, 10, off("percentage", "s2")),
		}, 145, 11.6, 156.6},
		{"never below zero", []any{line(1, 5), line(1, 20, off("fixed", nil))}, 0, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, Options{})
			answer := b.do("invoicing", "create-manual-invoice", manual(tt.items...)).(guest.Record)
			require.Equal(t, true, answer["success"], answer["error"])
			assert.Equal(t, []any{tt.subtotal, tt.tax, tt.total}, []any{answer["subtotal"], answer["tax"], answer["total"]})
			assert.Equal(t, []any{"INV-0003", "draft"}, []any{answer["invoice-number"], answer["status"]})
			assert.NotEmpty(t, answer["invoice-id"])
		})
	}
}

func TestInvoicesAreAppendedAndWhatTheDeveloperWroteStays(t *testing.T) {
	state := t.TempDir()
	path := filepath.Join(state, "fixtures", "invoices.json")
	write(t, path, `{"tax-rate": 0.2, "invoices": [{"invoice-number": "X-41", "note": "mine"}, {"invoice-number": 5}, "free text"]}`)
	b := newBench(t, Options{StateDir: state})
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() { b.do("invoicing", "create-manual-invoice", manual(line(1, 10))) })
	}
	wg.Wait()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	var kept struct {
		Invoices []any `json:"invoices"`
	}
	require.NoError(t, json.Unmarshal(data, &kept))
	require.Len(t, kept.Invoices, 8)
	assert.Equal(t, map[string]any{"invoice-number": "X-41", "note": "mine"}, kept.Invoices[0])
	for i, raw := range kept.Invoices[3:] {
		assert.Equal(t, fmt.Sprintf("INV-%04d", 42+i), raw.(map[string]any)["invoice-number"])
		assert.Equal(t, 12.0, raw.(map[string]any)["total"])
	}
}

func TestTheDevelopersTaxRateCountsAndHisFileIsNotWrittenTo(t *testing.T) {
	mine := t.TempDir()
	path := filepath.Join(mine, "invoices.json")
	write(t, path, `{"tax-rate": 0.5}`)
	b := newBench(t, Options{FixturesDir: mine})
	answer := b.do("invoicing", "create-manual-invoice", manual(line(1, 10))).(guest.Record)
	assert.Equal(t, 15.0, answer["total"])
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, `{"tax-rate": 0.5}`, string(data))
}

func TestAnInvoiceWithWrongFieldsIsRefusedByThoseFields(t *testing.T) {
	b := newBench(t, Options{})
	nan := guest.Record{"quantity": 0.0, "rate": -1.0, "service-id": "", "description": " ", "is-discount": true}
	byField := problems(t, b.do("invoicing", "create-manual-invoice", guest.Record{
		"client-id": "nobody", "items": []any{line(1, 1), line(1, 1, nan)}, "invoice-date": "31.1.2026", "due-date": "2026-02-30",
	}))
	assert.Equal(t, map[string]string{
		"clientId":              "no such client; see the fixture clients.json",
		"invoiceDate":           "must be a date such as 2026-01-31",
		"dueDate":               "must be a date such as 2026-01-31",
		"items[1].serviceId":    "required",
		"items[1].description":  "required",
		"items[1].quantity":     "must be greater than 0",
		"items[1].rate":         "must not be negative",
		"items[1].discountType": "required for a discount",
	}, byField)
	assert.Equal(t, map[string]string{"clientId": "required", "items": "must include at least one item"},
		problems(t, b.do("invoicing", "create-manual-invoice", guest.Record{})))
	assert.NoFileExists(t, filepath.Join(b.fixtures.own, "invoices.json"), "a refused invoice leaves nothing behind")
}
