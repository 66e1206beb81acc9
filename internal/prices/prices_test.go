package prices

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// madeUp holds no price of Azure.
func madeUp(t *testing.T) File { return read(t, "testdata/made-up.json") }

func read(t *testing.T, path string) File {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	file, err := Read(f)
	require.NoError(t, err)
	return file
}

func TestHourly(t *testing.T) {
	t.Parallel()
	f := madeUp(t)
	for name, tc := range map[string]struct {
		region, size  string
		windows, spot bool
		want          float64
		known         bool
	}{
		"Linux":           {"westeurope", "Standard_D2s_v3", false, false, 1, true},
		"Windows":         {"westeurope", "Standard_D2s_v3", true, false, 3, true},
		"spot":            {"westeurope", "Standard_D2s_v3", false, true, 0.25, true},
		"any case":        {"WestEurope", "standard_d2S_v3", false, false, 1, true},
		"spot on Windows": {"westeurope", "Standard_D2s_v3", true, true, 0, false},
		"another region":  {"northeurope", "Standard_D2s_v3", false, false, 0, false},
		"another size":    {"westeurope", "Standard_D4s_v3", false, false, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			price, _, known := f.Hourly(tc.region, tc.size, tc.windows, tc.spot)
			require.Equal(t, tc.known, known)
			require.InDelta(t, tc.want, price, 1e-9)
		})
	}
}

func TestHourlyTakesTheNewestAndNoGuess(t *testing.T) {
	t.Parallel()
	f := madeUp(t)
	again := f.Items[0]
	again.RetailPrice, again.EffectiveStartDate = 2, "2021-01-01T00:00:00Z"
	f.Items = append([]Item{again}, f.Items...)
	price, _, ok := f.Hourly("westeurope", "Standard_D2s_v3", false, false)
	require.True(t, ok)
	require.InDelta(t, 2, price, 1e-9)
	again.RetailPrice = 5
	f.Items = append(f.Items, again)
	_, _, ok = f.Hourly("westeurope", "Standard_D2s_v3", false, false)
	require.False(t, ok, "two prices of one day are none")
}

func TestEstimate(t *testing.T) {
	t.Parallel()
	sum := apimodel.Summary{Machines: []apimodel.MachineGroup{
		{Name: "control-plane", Count: 1, VMSize: "Standard_D2s_v3", OSType: apimodel.Linux},
		{Name: "licensed", Count: 4, VMSize: "Standard_D2s_v3", OSType: apimodel.Windows, OwnLicence: true},
		{Name: "win", Count: 2, VMSize: "Standard_D2s_v3", OSType: apimodel.Windows},
		{Name: "big", Count: 3, VMSize: "Standard_D64s_v3", OSType: apimodel.Linux},
	}}
	e := madeUp(t).Estimate("westeurope", sum)
	require.Equal(t, "USD", e.Currency)
	require.InDelta(t, 11, e.PerHour, 1e-9)
	require.Equal(t, []string{"big (3 x Standard_D64s_v3, linux)"}, e.Unknown)
	require.Equal(t, "2026-01-02", madeUp(t).Date())
}

func TestTheAgeOfAFile(t *testing.T) {
	t.Parallel()
	f := File{Fetched: "2026-01-02T10:00:00Z"}
	require.Equal(t, 30, f.Days(time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)))
	require.Zero(t, f.Days(time.Date(2026, 1, 3, 9, 0, 0, 0, time.UTC)))
	require.Zero(t, f.Days(time.Time{}), "no day is known")
	require.Zero(t, File{}.Days(time.Now()))
}

func TestReadRefusesOtherFiles(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "[]", "{}", `{"Items": 3}`} {
		_, err := Read(strings.NewReader(text))
		require.ErrorContains(t, err, "Azure Retail Prices API")
	}
}

// The API gives pages, and a link that names the port.
func TestFetchReadsEveryPage(t *testing.T) {
	t.Parallel()
	all := madeUp(t).Items
	var filters []string
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		require.Empty(t, r.Header.Get("Authorization"))
		var skip int
		_, _ = fmt.Sscan(r.URL.Query().Get("$skip"), &skip)
		if skip == 0 {
			filters = append(filters, r.URL.Query().Get("$filter"), r.URL.Query().Get("currencyCode"))
		}
		page := File{BillingCurrency: "USD", Items: all[skip:min(skip+2, len(all))]}
		if skip+2 < len(all) {
			page.NextPageLink = fmt.Sprintf("%s/api/retail/prices?$skip=%d", server.URL, skip+2)
		}
		_ = json.NewEncoder(w).Encode(page)
	}))
	t.Cleanup(server.Close)
	s := Service{URL: server.URL + "/api/retail/prices", Now: func() time.Time { return time.Unix(0, 0) }}
	f, err := s.Fetch(t.Context(), "westeurope", "EUR", []string{"Standard_D2s_v3", "Standard_D2s_v3"})
	require.NoError(t, err)
	require.Equal(t, all, f.Items)
	require.Equal(t, len(all), f.Count)
	require.Equal(t, "1970-01-01T00:00:00Z", f.Fetched)
	require.Empty(t, f.NextPageLink)
	require.Equal(t, []string{
		"serviceName eq 'Virtual Machines' and priceType eq 'Consumption' and armRegionName eq 'westeurope' and (armSkuName eq 'Standard_D2s_v3')", "'EUR'",
	}, filters)
}

func TestFetchRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer string
		status int
		size   string
		want   string
	}{
		"another host":   {`{"BillingCurrency":"USD","Items":[],"NextPageLink":"https://evil.example/p"}`, 200, "a", "another place"},
		"an error":       {``, 503, "a", "503"},
		"no JSON":        {`<html>`, 200, "a", "reading prices"},
		"a bad size":     {``, 200, "a' or 'b", "no region or size"},
		"endless pages":  {`{"BillingCurrency":"USD","Items":[],"NextPageLink":"SELF"}`, 200, "a", "more than"},
		"two currencies": {`{"BillingCurrency":"CURRENCY","Items":[],"NextPageLink":"SELF"}`, 200, "a", "currencies"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			var server *httptest.Server
			server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked++
				w.WriteHeader(tc.status)
				_, _ = fmt.Fprint(w, strings.NewReplacer("SELF", server.URL, "CURRENCY", fmt.Sprint("C", asked)).Replace(tc.answer))
			}))
			t.Cleanup(server.Close)
			_, err := Service{URL: server.URL}.Fetch(t.Context(), "westeurope", "", []string{tc.size})
			require.ErrorContains(t, err, tc.want)
		})
	}
}

// The sample has a price for every machine of the examples, and says where it is
// from and when.
func TestSample(t *testing.T) {
	t.Parallel()
	sample := read(t, "../../examples/prices/westeurope.json")
	require.Equal(t, "2026-08-22", sample.Date())
	require.Contains(t, sample.Source, "prices.azure.com")
	require.Len(t, sample.Items, sample.Count)
	for _, pattern := range []string{"*.json", "*.yaml"} {
		files, err := filepath.Glob(filepath.Join("..", "..", "examples", pattern))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			d, err := apimodel.Load(apimodel.Source{Name: file, Data: data})
			require.NoError(t, err)
			d.Default()
			e := sample.Estimate(d.Location, d.Summary(apimodel.SummaryOptions{}))
			require.Empty(t, e.Unknown, file)
			require.Positive(t, e.PerHour, file)
		}
	}
	for windows, want := range map[bool]float64{false: 0.115, true: 0.207} {
		price, currency, ok := sample.Hourly("westeurope", "Standard_D2s_v5", windows, false)
		require.True(t, ok)
		require.Equal(t, "USD", currency)
		require.InDelta(t, want, price, 1e-9)
	}
}
