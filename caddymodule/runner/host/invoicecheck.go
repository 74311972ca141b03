package host

import (
	"fmt"
	"math"
	"strings"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// checkInvoice says what is wrong with an invoice, by the names that the
// platform uses for the fields.
func checkInvoice(v invoice, known []guest.Record) fieldErrors {
	wrong := fieldErrors{}
	wrong.unless(v.ClientID != "", "clientId", "required")
	wrong.unless(hasClient(known, v.ClientID), "clientId", "no such client; see the fixture clients.json")
	wrong.unless(validDate(v.InvoiceDate), "invoiceDate", "must be a date such as 2026-01-31")
	wrong.unless(validDate(v.DueDate), "dueDate", "must be a date such as 2026-01-31")
	wrong.unless(len(v.Items) > 0, "items", "must include at least one item")
	for i, item := range v.Items {
		checkInvoiceItem(item, fmt.Sprintf("items[%d].", i), wrong)
	}
	return wrong
}

func checkInvoiceItem(item invoiceItem, prefix string, wrong fieldErrors) {
	wrong.unless(item.ServiceID != "", prefix+"serviceId", "required")
	wrong.unless(strings.TrimSpace(item.Description) != "", prefix+"description", "required")
	wrong.unless(len(item.Description) <= 500, prefix+"description", "too long; at most 500 bytes")
	wrong.unless(item.Quantity > 0 && !math.IsInf(item.Quantity, 0), prefix+"quantity", "must be greater than 0")
	wrong.unless(item.Rate >= 0 && !math.IsInf(item.Rate, 0), prefix+"rate", "must not be negative")
	wrong.unless(!item.IsDiscount || item.DiscountType != "", prefix+"discountType", "required for a discount")
}

func hasClient(known []guest.Record, id string) bool {
	for _, client := range known {
		if client[clients.id] == id {
			return true
		}
	}
	return false
}
