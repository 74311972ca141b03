package host

import (
	"math"
	"time"

	"github.com/same-origin/devproxy/caddymodule/runner/guest"
)

// invoice is one invoice as the fixture keeps it.
type invoice struct {
	ID          string        `json:"invoice-id"`
	Number      string        `json:"invoice-number"`
	Status      string        `json:"status"`
	ClientID    string        `json:"client-id"`
	InvoiceDate string        `json:"invoice-date,omitempty"`
	DueDate     string        `json:"due-date,omitempty"`
	PONumber    string        `json:"po-number,omitempty"`
	Items       []invoiceItem `json:"items"`
	Subtotal    float64       `json:"subtotal"`
	Tax         float64       `json:"tax"`
	Total       float64       `json:"total"`
}

type invoiceItem struct {
	ServiceID          string  `json:"service-id"`
	Description        string  `json:"description"`
	Quantity           float64 `json:"quantity"`
	Rate               float64 `json:"rate"` // for percentage discounts: per cent
	IsDiscount         bool    `json:"is-discount,omitempty"`
	DiscountType       string  `json:"discount-type,omitempty"` // percentage or fixed
	AppliesToServiceID string  `json:"applies-to-service-id,omitempty"`
}

// charge is what an item adds to the subtotal; discounts add nothing.
func (i invoiceItem) charge() float64 {
	if i.IsDiscount {
		return 0
	}
	return i.Quantity * i.Rate
}

// discount is what an item takes off the charges that it applies to.
func (i invoiceItem) discount(items []invoiceItem) float64 {
	if !i.IsDiscount {
		return 0
	}
	if i.DiscountType != "percentage" {
		return i.Quantity * i.Rate
	}
	var base float64
	for _, other := range items {
		if i.AppliesToServiceID == "" || i.AppliesToServiceID == other.ServiceID {
			base += other.charge()
		}
	}
	return base * i.Rate / 100
}

// total computes the amounts from the items, rounded to cents. A discount
// cannot make an invoice negative.
func (v *invoice) total(taxRate float64) {
	var sum float64
	for _, item := range v.Items {
		sum += item.charge() - item.discount(v.Items)
	}
	v.Subtotal = cents(max(sum, 0))
	v.Tax = cents(v.Subtotal * taxRate)
	v.Total = cents(v.Subtotal + v.Tax)
}

func cents(amount float64) float64 { return math.Round(amount*100) / 100 }

// parseInvoice reads `create-manual-invoice`'s input.
func parseInvoice(input guest.Record) invoice {
	var v invoice
	v.ClientID, _ = field[string](input, "client-id")
	v.InvoiceDate, _ = field[string](input, "invoice-date")
	v.DueDate, _ = field[string](input, "due-date")
	v.PONumber, _ = field[string](input, "po-number")
	items, _ := field[[]any](input, "items")
	for _, raw := range items {
		fields, _ := raw.(guest.Record)
		v.Items = append(v.Items, parseInvoiceItem(fields))
	}
	return v
}

func parseInvoiceItem(r guest.Record) invoiceItem {
	var item invoiceItem
	item.ServiceID, _ = field[string](r, "service-id")
	item.Description, _ = field[string](r, "description")
	item.Quantity, _ = number(r, "quantity")
	item.Rate, _ = number(r, "rate")
	item.IsDiscount, _ = field[bool](r, "is-discount")
	item.DiscountType, _ = field[string](r, "discount-type")
	item.AppliesToServiceID, _ = field[string](r, "applies-to-service-id")
	return item
}

func validDate(s string) bool {
	if s == "" {
		return true
	}
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}
