package apimodel_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
)

// A fact that nobody has looked at for so long is no fact any more. Look at the
// source of the row, and write down the day.
func TestFactsThatEndHaveBeenCheckedOfLate(t *testing.T) {
	t.Parallel()
	require.NotEmpty(t, apimodel.Endings())
	for _, e := range apimodel.Endings() {
		require.NotEmpty(t, e.Source, e)
		require.NotEmpty(t, e.Instead, e)
		require.False(t, e.Warns.After(e.Ends), e)
		age := time.Since(e.Checked)
		require.Less(t, age, 120*24*time.Hour, "%s %s was checked %d days ago", e.Kind, e.Name, int(age.Hours()/24))
	}
}

func TestWhatEndsWarnsInTimeAndIsRefusedAfter(t *testing.T) {
	t.Parallel()
	const windowsRelease = "properties.agentPoolProfiles[1].windowsRelease"
	for name, test := range map[string]struct {
		set, day, path, warning, fault string
	}{
		"Kubernetes 1.35 long before": {set: "orchestratorProfile.orchestratorRelease=1.35", day: "2026-12-29"},
		"Kubernetes 1.35 soon":        {set: "orchestratorProfile.orchestratorRelease=1.35", day: "2026-12-30", path: inRelease, warning: "its last day is 2027-02-28"},
		"Kubernetes 1.35 on its day":  {set: "orchestratorProfile.orchestratorRelease=1.35", day: "2027-02-28", path: inRelease, warning: "its last day is 2027-02-28"},
		"Kubernetes 1.35 after":       {set: "orchestratorProfile.orchestratorRelease=1.35", day: "2027-03-02", path: inRelease, fault: "has had no updates since 2027-02-28"},
		"Windows Server 2019":         {set: "agentPoolProfiles[1].windowsRelease=2019", day: "2026-12-01", path: windowsRelease, warning: "Windows Server 2019 is on its way out"},
		"Windows Server 2022":         {set: "agentPoolProfiles[1].windowsRelease=2022", day: "2026-12-01"},
		"Ubuntu 22.04":                {set: "agentPoolProfiles[0].distro=ubuntu-22.04", day: "2027-05-02", path: "properties.agentPoolProfiles[0].distro", fault: "has had no updates since 2027-04-30"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			today, err := time.Parse(time.DateOnly, test.day)
			require.NoError(t, err)
			d := loaded(t, with(test.set))
			require.Empty(t, d.Validate(apimodel.Given{}).Warnings, "without a day nothing ends")
			report := d.Validate(apimodel.Given{Today: today})
			found := report.Warnings
			text := test.warning
			if test.fault != "" {
				found, text = report.Faults, test.fault
			}
			if text == "" {
				require.Empty(t, report.Warnings)
				require.Empty(t, report.Faults)
				return
			}
			requireFault(t, found, test.path, text)
		})
	}
}

const inRelease = "properties.orchestratorProfile.orchestratorRelease"

func TestADefinitionThatNamesTheOldOfferOfWindows2022IsTold(t *testing.T) {
	t.Parallel()
	image := apimodel.MarketplaceImage{Publisher: "MicrosoftWindowsServer", Offer: "WindowsServer", SKU: "2022-datacenter-core-g2", Version: "latest"}
	require.Equal(t, "windowsserver2022", image.Current().Offer)
	image.SKU = "2025-datacenter-core-g2"
	require.Equal(t, image, image.Current())
	d := loaded(t, with("windowsProfile.windowsPublisher=MicrosoftWindowsServer", "windowsProfile.windowsOffer=WindowsServer", "windowsProfile.windowsSku=2022-datacenter-core-g2"))
	requireFault(t, d.Validate(apimodel.Given{}).Substitutions, "properties.windowsProfile.windowsOffer", "new machines take it from windowsserver2022", "running ones keep theirs")
}
