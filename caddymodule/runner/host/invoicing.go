package host

// invoicing.go answers `invoicing` and keeps what was created.

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"

	"github.com/google/uuid"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
	"github.com/same-origin/devproxy/compose/expression"
)

const invoiceFixture = "invoices.json"

// invoiceFile is the fixture. Invoices that the developer wrote stay as they
// are, fields that this package does not know included.
type invoiceFile struct {
	TaxRate  float64           `json:"tax-rate"` // 0.08 is 8 %
	Invoices []json.RawMessage `json:"invoices"`
}

// ledger appends invoices to StateDir/fixtures/invoices.json. The tax rate is
// the developer's fixture's, when there is one.
type ledger struct {
	fixtures *fixtures
	mu       sync.Mutex // one writer at a time
}

// add completes v (id, number, amounts) and keeps it.
func (l *ledger) add(v *invoice) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var rates invoiceFile
	if err := l.fixtures.read(invoiceFixture, &rates); err != nil {
		return err
	}
	path, err := l.fixtures.ownPath(invoiceFixture)
	if err != nil {
		return err
	}
	var own invoiceFile
	if err := readJSON(path, &own); err != nil {
		return err
	}
	v.ID, v.Status, v.Number = uuid.NewString(), "draft", own.nextNumber()
	v.total(rates.TaxRate)
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("keeping an invoice: %w", err)
	}
	own.Invoices = append(own.Invoices, raw)
	return writeJSON(path, own)
}

var trailingDigits = expression.WhenNeeded(`\d{1,9}$`)

// nextNumber is one more than the highest number in the file.
func (f invoiceFile) nextNumber() string {
	highest := 0
	for _, raw := range f.Invoices {
		var v struct {
			Number string `json:"invoice-number"`
		}
		if json.Unmarshal(raw, &v) != nil {
			continue // a developer's own entry without a readable number
		}
		if n, err := strconv.Atoi(trailingDigits().FindString(v.Number)); err == nil {
			highest = max(highest, n)
		}
	}
	return fmt.Sprintf("INV-%04d", highest+1)
}

func createInvoice(s *session, _ context.Context, args []any) (any, error) {
	known, err := clients.load(s.fixtures)
	if err != nil {
		return s.invoiceFailure(err), nil
	}
	v := parseInvoice(args[0].(guest.Record))
	if wrong := checkInvoice(v, known); len(wrong) > 0 {
		return wrong.record(), nil
	}
	if err := s.invoices.add(&v); err != nil {
		return s.invoiceFailure(err), nil
	}
	s.log.Info("created an invoice in the fixture", "number", v.Number, "total", v.Total)
	return guest.Record{
		"success": true, "invoice-id": v.ID, "invoice-number": v.Number, "status": v.Status,
		"subtotal": v.Subtotal, "tax": v.Tax, "total": v.Total,
	}, nil
}

func (s *session) invoiceFailure(err error) guest.Record {
	s.fixtureError(err)
	return failure("internal error; the runner's log names it")
}
