package apimodel

import (
	"cmp"
	_ "embed" // the table of ends
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// The file says where its facts come from, and what each kind and column is.
//
//go:embed data/ends.csv
var endsCSV string

// The kinds of facts that end.
const (
	endOfImage      = "image"
	endOfKubernetes = "kubernetes"
	endOfUbuntu     = "ubuntu"
	endOfVMSize     = "vm-size"
	endOfWindows    = "windows"

	// EndOfAPIVersion and EndOfAzureFeature are of what the program itself uses of
	// Azure. No definition names them.
	EndOfAPIVersion   = "api-version"
	EndOfAzureFeature = "azure-feature"
	// EndOfTable is a table of ours that ages. It has no end.
	EndOfTable = "table"
)

// A definition is warned so many days before an end, where the table names no other
// day. Of VM sizes it is told earlier: Azure stops the machines that are left.
const (
	warnDays       = 60
	warnDaysOfSize = 365
)

// An Ending is a fact that ends, or ages.
type Ending struct {
	// Kind is one of the kinds that the table explains. Name is what a definition says,
	// and a regular expression for VM sizes.
	Kind, Name string
	// Checked is the day on which somebody looked at the Source last. Warns is the
	// first day of a warning, and Ends the last day; both are zero where none is known.
	Checked, Warns, Ends time.Time
	// Source is a page that says so, and Instead what to use.
	Source, Instead string

	// names matches the names of VM sizes.
	names *regexp.Regexp
}

// Endings are the facts that end, by kind and name.
var Endings = sync.OnceValue(func() []Ending {
	var all []Ending
	for _, row := range factRows(endsCSV, 7) {
		e := Ending{Kind: row[0], Name: row[1], Checked: day(row[2]), Warns: day(row[3]), Ends: day(row[4]), Source: row[5], Instead: row[6]}
		days := warnDays
		if e.Kind == endOfVMSize {
			e.names, days = regexp.MustCompile(`^(?:`+e.Name+`)$`), warnDaysOfSize
		}
		if e.Warns.IsZero() && !e.Ends.IsZero() {
			e.Warns = e.Ends.AddDate(0, 0, -days)
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b Ending) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name)) })
	return all
})

// day reads a day of a table that is part of the program.
func day(text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(fmt.Sprintf("the table of ends has a wrong day: %v", err))
	}
	return d
}

// over says whether the last day has gone by.
func (e Ending) over(today time.Time) bool {
	return !e.Ends.IsZero() && today.After(e.Ends.AddDate(0, 0, 1))
}

// is says whether the ending is that of a name.
func (e Ending) is(name string) bool {
	if e.names != nil {
		return e.names.MatchString(name)
	}
	return e.Name == name
}

func endingOf(kind, name string) (Ending, bool) {
	all := Endings()
	i := slices.IndexFunc(all, func(e Ending) bool { return e.Kind == kind && e.is(name) })
	if i < 0 {
		return Ending{}, false
	}
	return all[i], true
}

// EndOfVMSize is the last day of a VM size; known is false for one that
// goes on, as far as Microsoft has said.
func EndOfVMSize(name string) (last time.Time, known bool) {
	e, known := endingOf(endOfVMSize, name)
	return e.Ends, known
}

// windowsServer is the marketplace's publisher of Windows Server, and its offer.
const windowsPublisher, windowsOffer = "MicrosoftWindowsServer", "WindowsServer"

// WindowsServerOffer is the offer of the marketplace that has the images of a release
// of Windows Server. Those of 2022 have left the offer that has the others.
func WindowsServerOffer(release string) string {
	if e, moved := endingOf(endOfImage, windowsPublisher+"/"+windowsOffer+"/"+release); moved {
		return e.Instead
	}
	return windowsOffer
}

// Current is the image as the marketplace has it today: one that has moved keeps its
// SKU and gets another offer.
func (m MarketplaceImage) Current() MarketplaceImage {
	if strings.EqualFold(m.Publisher, windowsPublisher) && strings.EqualFold(m.Offer, windowsOffer) {
		if offer := WindowsServerOffer(windowsReleaseOf(m.SKU)); offer != windowsOffer {
			m.Offer = offer
		}
	}
	return m
}
