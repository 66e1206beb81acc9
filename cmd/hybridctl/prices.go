package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/internal/prices"
	"github.com/hybridcluster/hybridcluster/internal/review"
)

func newPrices(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "prices",
		Short: "Get the prices that a cost estimate is made from",
		Long: `Get prices for preview --prices. They come from the Azure Retail Prices API, which
needs no login, and are kept in a file in that API's own form.`,
		Example: `  hybridctl prices update prices.json -f cluster.json
  hybridctl preview -f cluster.json --base origin/main --prices prices.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newPricesUpdate(a))
	return cmd
}

func newPricesUpdate(a *app) *cobra.Command {
	var address, currency string
	var sizes []string
	cmd := &cobra.Command{
		Use:   "update FILE",
		Short: "Write the prices of a definition's machines into a file",
		Long: `Ask the Azure Retail Prices API for the sizes that a definition names, in its
region, and for those of --size, and write the answer into a file.`,
		Example: `  hybridctl prices update prices.json -f cluster.json
  hybridctl prices update prices.json -f cluster.json --size Standard_D4s_v5 --currency EUR`,
		Args: cobra.ExactArgs(1),
	}
	definition := addDefinitionFlags(cmd)
	cmd.Flags().StringArrayVar(&sizes, "size", nil, "a further `size`, for example Standard_D4s_v5; can be repeated")
	cmd.Flags().StringVar(&currency, "currency", "", "`code` of the currency (default: USD)")
	cmd.Flags().StringVar(&address, "url", "", "`URL` of the API (default: Azure's)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		_, d, err := a.resolve(cmd.Context(), definition, defaultStack)
		if err != nil {
			return err
		}
		for _, g := range d.Summary(apimodel.SummaryOptions{}).Machines {
			sizes = append(sizes, g.VMSize)
		}
		return a.updatePrices(cmd.Context(), args[0], prices.Service{URL: address}, d.Location, currency, sizes)
	}
	return cmd
}

func (a *app) updatePrices(ctx context.Context, path string, from prices.Service, region, currency string, sizes []string) error {
	file, err := from.Fetch(ctx, region, currency, sizes)
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the prices: %w", err)
	}
	path = a.path(path)
	// A file half written would be read as one without prices.
	f, err := os.CreateTemp(filepath.Dir(path), ".prices-*")
	if err != nil {
		return fmt.Errorf("writing the prices: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(append(data, '\n'))
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("writing the prices: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("writing the prices: %w", err)
	}
	a.say(fmt.Sprintf("%d prices of %s in %s.", file.Count, region, path))
	return nil
}

// estimator estimates what clusters cost, from a file of prices; nil without one.
func (a *app) estimator(path string) (func(before, after review.Side) *review.Cost, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(a.path(path))
	if err != nil {
		return nil, usage(fmt.Errorf("--prices: %w", err))
	}
	defer func() { _ = f.Close() }()
	file, err := prices.Read(f)
	if err != nil {
		return nil, usage(fmt.Errorf("--prices %s: %w", path, err))
	}
	of := func(s review.Side) *review.CostOf {
		sum := s.Summary()
		if sum == nil {
			return nil
		}
		e := file.Estimate(s.Definition.Location, *sum)
		return &review.CostOf{Currency: e.Currency, PerHour: e.PerHour, PerMonth: e.PerHour * prices.HoursPerMonth, Unknown: e.Unknown}
	}
	return func(before, after review.Side) *review.Cost {
		return &review.Cost{Before: of(before), After: of(after), Source: filepath.Base(path), Date: file.Date(), Days: file.Days(a.day())}
	}, nil
}
