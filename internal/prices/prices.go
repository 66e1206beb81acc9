// Package prices estimates what a cluster's machines cost, from a file in the form
// of the Azure Retail Prices API. No price is ever made up: one that the file does
// not have is unknown.
//
// https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices
package prices

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// Item is a meter of the API, as far as it is needed.
type Item struct {
	CurrencyCode       string  `json:"currencyCode"`
	TierMinimumUnits   float64 `json:"tierMinimumUnits"`
	RetailPrice        float64 `json:"retailPrice"`
	UnitPrice          float64 `json:"unitPrice"`
	ArmRegionName      string  `json:"armRegionName"`
	EffectiveStartDate string  `json:"effectiveStartDate"`
	MeterID            string  `json:"meterId"`
	MeterName          string  `json:"meterName"`
	ProductName        string  `json:"productName"`
	SKUName            string  `json:"skuName"`
	ServiceName        string  `json:"serviceName"`
	UnitOfMeasure      string  `json:"unitOfMeasure"`
	Type               string  `json:"type"`
	ArmSKUName         string  `json:"armSkuName"`
}

// File is an answer of the API: a page of it, or all pages joined.
type File struct {
	BillingCurrency string `json:"BillingCurrency"`
	Items           []Item `json:"Items"`
	NextPageLink    string `json:"NextPageLink"`
	Count           int    `json:"Count"`
	// Source and Fetched say where the file is from and when, as RFC 3339. They are
	// no part of the API.
	Source  string `json:"source,omitempty"`
	Fetched string `json:"fetched,omitempty"`
}

// Read reads a file.
func Read(r io.Reader) (File, error) {
	var f File
	if err := json.NewDecoder(r).Decode(&f); err != nil {
		return File{}, fmt.Errorf("this is no answer of the Azure Retail Prices API: %w", err)
	}
	if f.Items == nil {
		return File{}, errors.New("this is no answer of the Azure Retail Prices API: it has no Items")
	}
	return f, nil
}

// Date is the day of the file, or nothing.
func (f File) Date() string {
	t, err := time.Parse(time.RFC3339, f.Fetched)
	if err != nil {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// Days is how old the file is on a day, and 0 where either is not known.
func (f File) Days(today time.Time) int {
	t, err := time.Parse(time.RFC3339, f.Fetched)
	if err != nil || today.Before(t) {
		return 0
	}
	return int(today.Sub(t).Hours() / 24)
}

// Hourly is the price of a machine for an hour, pay as you go. ok is false where
// the file does not have it, or has more than one.
func (f File) Hourly(region, size string, windows, spot bool) (price float64, currency string, ok bool) {
	var newest string
	for _, i := range f.Items {
		if !i.prices(region, size, windows, spot) || i.EffectiveStartDate < newest {
			continue
		}
		if i.EffectiveStartDate == newest && ok && price != i.RetailPrice {
			return 0, "", false
		}
		newest, price, currency, ok = i.EffectiveStartDate, i.RetailPrice, i.CurrencyCode, true
	}
	return price, currency, ok
}

// prices tells the meter of a machine by the hour from those of reservations,
// dedicated hosts, other systems and low priority.
func (i Item) prices(region, size string, windows, spot bool) bool {
	meter := i.MeterName + " " + i.SKUName
	return strings.EqualFold(i.ArmRegionName, region) && strings.EqualFold(i.ArmSKUName, size) &&
		i.ServiceName == "Virtual Machines" && i.Type == "Consumption" && i.UnitOfMeasure == "1 Hour" && i.TierMinimumUnits == 0 &&
		strings.HasSuffix(i.ProductName, " Windows") == windows && !strings.Contains(i.ProductName, "CloudServices") &&
		strings.Contains(meter, "Spot") == spot && !strings.Contains(meter, "Low Priority")
}

// HoursPerMonth is what Azure's own calculator takes.
const HoursPerMonth = 730

// Estimate is what a cluster's machines cost. Disks, addresses, the load balancer,
// the NAT gateway and traffic come on top.
type Estimate struct {
	Currency string
	PerHour  float64
	// Unknown are the machines without a price.
	Unknown []string
}

// Estimate adds the machines up. The system of one with an image of its own is
// known by its kind alone. Windows on a licence that the user has costs what Linux
// does:
// https://learn.microsoft.com/azure/virtual-machines/windows/hybrid-use-benefit-licensing
func (f File) Estimate(region string, s apimodel.Summary) Estimate {
	e := Estimate{Currency: f.BillingCurrency}
	for _, g := range s.Machines {
		windows := g.OSType == apimodel.Windows && !g.OwnLicence
		price, currency, ok := f.Hourly(region, g.VMSize, windows, g.Spot)
		if ok && e.Currency == "" {
			e.Currency = currency
		}
		if !ok || currency != e.Currency {
			e.Unknown = append(e.Unknown, fmt.Sprintf("%s (%d x %s, %s%s)", g.Name, g.Count, g.VMSize, strings.ToLower(string(g.OSType)), spotWord(g.Spot)))
			continue
		}
		e.PerHour += float64(g.Count) * price
	}
	return e
}

func spotWord(spot bool) string {
	if spot {
		return ", spot"
	}
	return ""
}
