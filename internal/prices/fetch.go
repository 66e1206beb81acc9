package prices

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Service asks the Azure Retail Prices API. It needs no login.
type Service struct {
	// URL is the API's; https://prices.azure.com/api/retail/prices if empty.
	URL string
	// Client sends the requests; http.DefaultClient if nil.
	Client *http.Client
	// Now is the clock; time.Now if nil.
	Now func() time.Time
}

const (
	officialURL = "https://prices.azure.com/api/retail/prices"
	// mostPages bounds how many pages are read, of at most a thousand meters each.
	mostPages    = 200
	largestPage  = 16 << 20
	pageDeadline = time.Minute
	// mostSizes is how many sizes are asked for at once: the filter is part of an
	// address.
	mostSizes = 20
)

// Fetch gets the prices of machine sizes in a region, pay as you go, over all pages.
// An empty currency is USD, in which Azure's prices are made.
func (s Service) Fetch(ctx context.Context, region, currency string, sizes []string) (File, error) {
	out := File{Items: []Item{}, Source: s.address()}
	sizes = slices.Compact(slices.Sorted(slices.Values(sizes)))
	for chunk := range slices.Chunk(sizes, mostSizes) {
		filter, err := filterOf(region, chunk)
		if err != nil {
			return File{}, err
		}
		query := url.Values{"$filter": {filter}}
		if currency != "" {
			query.Set("currencyCode", "'"+currency+"'")
		}
		if err := s.pages(ctx, s.address()+"?"+query.Encode(), &out); err != nil {
			return File{}, err
		}
	}
	out.Count = len(out.Items)
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	out.Fetched = now().UTC().Format(time.RFC3339)
	return out, nil
}

func (s Service) address() string {
	if s.URL == "" {
		return officialURL
	}
	return s.URL
}

// filterOf asks for the meters of sizes. Values are case-sensitive.
func filterOf(region string, sizes []string) (string, error) {
	var any []string
	for _, word := range append([]string{region}, sizes...) {
		if word == "" || strings.ContainsAny(word, "'\" ()&") {
			return "", fmt.Errorf("%q is no region or size", word)
		}
	}
	for _, size := range sizes {
		any = append(any, "armSkuName eq '"+size+"'")
	}
	return fmt.Sprintf("serviceName eq 'Virtual Machines' and priceType eq 'Consumption' and armRegionName eq '%s' and (%s)", region, strings.Join(any, " or ")), nil
}

// pages reads a page and those behind it.
func (s Service) pages(ctx context.Context, address string, out *File) error {
	for range mostPages {
		var page File
		if err := s.get(ctx, address, &page); err != nil {
			return err
		}
		if out.BillingCurrency != "" && out.BillingCurrency != page.BillingCurrency {
			return errors.New("the pages of the prices are in different currencies")
		}
		out.BillingCurrency = page.BillingCurrency
		out.Items = append(out.Items, page.Items...)
		if page.NextPageLink == "" {
			return nil
		}
		next, err := s.follow(page.NextPageLink)
		if err != nil {
			return err
		}
		address = next
	}
	return fmt.Errorf("the prices have more than %d pages", mostPages)
}

// follow takes a link to the next page, which names the port that the first address
// leaves out. Another host is not followed.
func (s Service) follow(link string) (string, error) {
	here, err := url.Parse(s.address())
	if err != nil {
		return "", fmt.Errorf("the address of the prices: %w", err)
	}
	there, err := url.Parse(link)
	if err != nil || there.Hostname() != here.Hostname() || there.Scheme != here.Scheme {
		return "", fmt.Errorf("the next page of the prices is at %q, which is another place than %s", link, s.address())
	}
	return link, nil
}

func (s Service) get(ctx context.Context, address string, page *File) error {
	ctx, cancel := context.WithTimeout(ctx, pageDeadline)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("asking for prices: %w", err)
	}
	client := s.Client
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("asking for prices: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the Azure Retail Prices API answers %s; try again later, or ask for fewer sizes", res.Status)
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, largestPage)).Decode(page); err != nil {
		return fmt.Errorf("reading prices: %w", err)
	}
	return nil
}
