package apimodel

import (
	"cmp"
	_ "embed" // the table of ends
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// The file says where its facts come from.
//
//go:embed data/ends.csv
var endsCSV string

// The kinds of facts that end.
const (
	endOfImage      = "image"
	endOfKubernetes = "kubernetes"
	endOfUbuntu     = "ubuntu"
	endOfWindows    = "windows"
)

// warnDays is how long before an end a definition is warned, where the table names
// no other day.
const warnDays = 60

// An Ending is a fact that a definition may name, and that ends.
type Ending struct {
	// Kind is image, kubernetes, ubuntu or windows; Name is what the definition says.
	Kind, Name string
	// Checked is the day on which somebody looked at the Source last. Warns is the
	// first day of a warning, and Ends the last day.
	Checked, Warns, Ends time.Time
	// Source is a page that says so, and Instead what to use.
	Source, Instead string
}

// Endings are the facts that end, by kind and name.
var Endings = sync.OnceValue(func() []Ending {
	var all []Ending
	for _, row := range factRows(endsCSV, 7) {
		e := Ending{Kind: row[0], Name: row[1], Checked: day(row[2]), Warns: day(row[3]), Ends: day(row[4]), Source: row[5], Instead: row[6]}
		if e.Warns.IsZero() {
			e.Warns = e.Ends.AddDate(0, 0, -warnDays)
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

func endingOf(kind, name string) (Ending, bool) {
	all := Endings()
	i := slices.IndexFunc(all, func(e Ending) bool { return e.Kind == kind && e.Name == name })
	if i < 0 {
		return Ending{}, false
	}
	return all[i], true
}

// ends holds what the definition names against the table, where the day is known.
func (c *checker) ends() {
	if c.given.Today.IsZero() {
		return
	}
	c.ending(pathRelease, endOfKubernetes, "Kubernetes "+c.d.Release().Minor, c.d.Release().Minor)
	if m := c.d.Properties.MasterProfile; m != nil && m.ImageReference == nil {
		c.ending(pathMaster+".distro", endOfUbuntu, m.Ubuntu(), m.Ubuntu())
	}
	for i, p := range c.d.Properties.AgentPoolProfiles {
		switch {
		case p == nil || c.d.OwnImage(p) != nil: // the image is the user's own
		case p.OSType == Windows:
			c.ending(poolPath(i)+".windowsRelease", endOfWindows, "Windows Server "+p.WindowsRelease, p.WindowsRelease)
		default:
			c.ending(poolPath(i)+".distro", endOfUbuntu, p.Ubuntu(), p.Ubuntu())
		}
	}
}

func (c *checker) ending(path, kind, what, name string) {
	e, known := endingOf(kind, name)
	if !known || e.Ends.IsZero() {
		return
	}
	last := e.Ends.Format(time.DateOnly)
	switch today := c.given.Today; {
	case today.After(e.Ends.AddDate(0, 0, 1)):
		c.fault(path, fmt.Sprintf("%s has had no updates since %s (%s)", what, last, e.Source), "use "+e.Instead)
	case !today.Before(e.Warns):
		c.warn(path, fmt.Sprintf("%s is on its way out: its last day is %s (%s)", what, last, e.Source), "use "+e.Instead+" for new pools and clusters")
	}
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
