package apimodel_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
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
		require.False(t, e.Checked.After(time.Now()), "%s %s was checked on a day that is to come", e.Kind, e.Name)
		age := time.Since(e.Checked)
		require.Less(t, age, 120*24*time.Hour, "%s %s was checked %d days ago", e.Kind, e.Name, int(age.Hours()/24))
	}
}

// What the program itself uses of Azure must be gone from it before it ends. This
// turns red on the day from which the table warns.
func TestWhatTheProgramUsesOfAzureGoesOn(t *testing.T) {
	t.Parallel()
	for _, e := range apimodel.Endings() {
		if (e.Kind == apimodel.EndOfAPIVersion || e.Kind == apimodel.EndOfAzureFeature) && !e.Ends.IsZero() {
			require.True(t, time.Now().Before(e.Warns), "%s ends on %s: use %s (%s)", e.Name, e.Ends.Format(time.DateOnly), e.Instead, e.Source)
		}
	}
}

// A module that is moved on may bring another version of an API, whose end must be
// looked up.
func TestTheAPIVersionsAreThoseOfTheModules(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	require.NoError(t, err)
	var modules, rows []string // rows of files of ours, which name a version themselves, are beside
	for line := range strings.Lines(string(data)) {
		requirement := strings.TrimSpace(strings.TrimPrefix(line, "require"))
		module, found := strings.CutPrefix(requirement, "github.com/pulumi/pulumi-azure-native-sdk/")
		if rest, ok := strings.CutPrefix(requirement, "github.com/Azure/"); ok && strings.Contains(rest, "/resourcemanager/") {
			module, found = rest, true
		}
		if found && !strings.Contains(line, "// indirect") {
			modules = append(modules, module)
		}
	}
	for _, e := range apimodel.Endings() {
		if e.Kind == apimodel.EndOfAPIVersion {
			from, _, _ := strings.Cut(e.Name, ": ")
			if strings.HasSuffix(from, ".go") {
				require.FileExists(t, filepath.Join("..", "..", filepath.FromSlash(from)))
				continue
			}
			rows = append(rows, from)
		}
	}
	require.NotEmpty(t, modules)
	require.ElementsMatch(t, modules, rows)
}

// The tables that age are there under the names of their rows.
func TestTheTablesThatAgeAreThere(t *testing.T) {
	t.Parallel()
	var tables []string
	for _, e := range apimodel.Endings() {
		if e.Kind == apimodel.EndOfTable {
			require.FileExists(t, filepath.Join("..", "..", filepath.FromSlash(e.Name)))
			tables = append(tables, e.Name)
		}
	}
	require.Contains(t, tables, "components/apimodel/data/vm_sizes.csv")
	require.Contains(t, tables, "examples/prices/westeurope.json")
}

func TestWhatEndsWarnsInTimeAndIsRefusedAfter(t *testing.T) {
	t.Parallel()
	const size, vmSize = "agentPoolProfiles[1].vmSize=", "properties.agentPoolProfiles[1].vmSize"
	const windowsRelease = "properties.agentPoolProfiles[1].windowsRelease"
	for name, test := range map[string]struct {
		set, day, path, warning, fault string
	}{
		"Kubernetes 1.35 long before": {set: "orchestratorProfile.orchestratorRelease=1.35", day: "2026-12-29", path: inRelease},
		"Kubernetes 1.35 soon":        {set: "orchestratorProfile.orchestratorRelease=1.35", day: "2026-12-30", path: inRelease, warning: "its last day is 2027-02-28"},
		"Kubernetes 1.35 on its day":  {set: "orchestratorProfile.orchestratorRelease=1.35", day: "2027-02-28", path: inRelease, warning: "its last day is 2027-02-28"},
		"Kubernetes 1.35 after":       {set: "orchestratorProfile.orchestratorRelease=1.35", day: "2027-03-02", path: inRelease, fault: "has had no updates since 2027-02-28"},
		"Windows Server 2019":         {set: "agentPoolProfiles[1].windowsRelease=2019", day: "2026-12-01", path: windowsRelease, warning: "Windows Server 2019 is on its way out"},
		"Windows Server 2022":         {set: "agentPoolProfiles[1].windowsRelease=2022", day: "2026-12-01", path: windowsRelease},
		"a VM size long before":       {set: size + "Standard_D2_v2", day: "2027-05-01", path: vmSize},
		"a VM size a year before":     {set: size + "Standard_D2_v2", day: "2027-05-02", path: vmSize, warning: "VM size Standard_D2_v2 is on its way out: its last day is 2028-05-01"},
		"a VM size after":             {set: size + "Standard_DS2_v2", day: "2028-05-03", path: vmSize, fault: "was retired on 2028-05-01: Azure makes no more machines of it"},
		"masters of such a size":      {set: "masterProfile.vmSize=Standard_F4s_v2", day: "2028-11-17", path: "properties.masterProfile.vmSize", fault: "VM size Standard_F4s_v2 was retired"},
		"a VM size that goes on":      {set: size + "Standard_D2s_v3", day: "2028-12-01", path: vmSize},
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
				for _, f := range slices.Concat(report.Warnings, report.Faults) {
					require.NotEqual(t, test.path, f.Path)
				}
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

// A size belongs to the series that its name says, and one that goes on to none. What is to be used
// instead is a size that goes on.
func TestTheSeriesOfVMSizesThatEnd(t *testing.T) {
	t.Parallel()
	ends := func(size string) string {
		last, known := apimodel.EndOfVMSize(size)
		if !known {
			return ""
		}
		return last.Format(time.DateOnly)
	}
	for size, want := range map[string]string{
		"Basic_A1": "2024-08-31", "Standard_A8": "2024-08-31", "Standard_A4m_v2": "2028-11-15",
		"Standard_B2ms": "2028-11-15", "Standard_B1ls": "2028-11-15", "Standard_B2s_v2": "", "Standard_B2ats_v2": "",
		"Standard_D2": "2028-05-01", "Standard_DS13-4_v2": "2028-05-01", "Standard_D3_v2_Promo": "2028-05-01",
		"Standard_D2_v3": "", "Standard_D2s_v3": "", "Standard_E4s_v3": "", "Standard_D2s_v5": "",
		"Standard_DC4s_v2": "2026-06-30", "Standard_DC2ds_v3": "2029-10-31", "Standard_EC4ads_cc_v5": "2026-08-01", "Standard_DC4as_v5": "",
		"Standard_F8s": "2028-11-15", "Standard_F8s_v2": "2028-11-15", "Standard_F8as_v6": "", "Standard_FX4mds": "",
		"Standard_GS4-8": "2028-11-15", "Standard_H16mr": "2022-08-31", "Standard_HB60rs": "2024-08-31", "Standard_HB120-16rs_v2": "2027-05-31",
		"Standard_HB120rs_v3": "", "Standard_HC44rs": "2027-05-31", "Standard_L8s": "2028-05-01", "Standard_L8s_v2": "2028-11-15", "Standard_L8s_v3": "",
		"Standard_M192idms_v2": "2027-03-31", "Standard_M192is_v2": "2027-03-31", "Standard_M208s_v2": "",
		"Standard_NC24r": "2023-09-06", "Standard_NC6s_v2": "2023-09-06", "Standard_NC24rs_v3": "2025-03-31", "Standard_NC6s_v3": "2025-09-30", "Standard_NC4as_T4_v3": "",
		"Standard_ND24rs": "2023-09-06", "Standard_ND40rs_v2": "", "Standard_NV6_Promo": "2023-09-06", "Standard_NV12s_v3": "2026-09-30", "Standard_NV4as_v4": "2026-09-30", "Standard_NV6ads_A10_v5": "",
	} {
		require.Equal(t, want, ends(size), size)
	}
	for _, e := range apimodel.Endings() {
		if size, other, found := strings.Cut(e.Instead, " or a size like it"); found {
			require.Empty(t, other)
			require.Empty(t, ends(size), size)
			known, there := apimodel.LookupVMSize(size)
			require.True(t, there && known.Offered && known.Architecture == apimodel.ArchitectureX64, size)
		}
	}
}

// What ended while a cluster ran may stay in its definition, and may not grow; what is
// new in it is refused.
func TestWhatARunningClusterHasMayHaveEnded(t *testing.T) {
	t.Parallel()
	const lin, win, pool = "agentPoolProfiles[0].", "agentPoolProfiles[1].", "properties.agentPoolProfiles[0]."
	retired := []string{lin + "vmSize=Standard_D2_v2", "masterProfile.vmSize=Standard_D4_v2"}
	for name, test := range map[string]struct {
		running, now []string
		path, fault  string
	}{
		"as it was":                   {running: retired, now: retired},
		"fewer machines":              {running: append(retired, lin+"count=3"), now: retired},
		"more machines":               {running: retired, now: append(retired, lin+"count=3"), path: pool + "vmSize", fault: "3 are asked for where 2 run"},
		"a new pool":                  {running: retired, now: append(retired, `agentPoolProfiles[2]={"name": "more", "count": 1, "vmSize": "Standard_D2_v2"}`), path: "properties.agentPoolProfiles[2].vmSize", fault: "Azure makes no more machines of it"},
		"another size that has ended": {running: retired, now: []string{lin + "vmSize=Standard_D3_v2", "masterProfile.vmSize=Standard_D4_v2"}, path: pool + "vmSize", fault: "Standard_D3_v2 was retired"},
		"Kubernetes":                  {running: []string{release135}, now: []string{release135}},
		"Kubernetes, new":             {now: []string{release135}, path: inRelease, fault: "has had no updates"},
		"Ubuntu":                      {running: []string{lin + "distro=ubuntu-22.04"}, now: []string{lin + "distro=ubuntu-22.04"}},
		"Windows, from Linux's place": {running: []string{win + "vmSize=Standard_D2_v2"}, now: []string{lin + "vmSize=Standard_D2_v2"}, path: pool + "vmSize", fault: "was retired"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			today := time.Date(2028, 6, 1, 0, 0, 0, 0, time.UTC)
			// The release of the base ends before that day, too.
			other := "orchestratorProfile.orchestratorRelease=1.36"
			running := loaded(t, with(append([]string{other}, test.running...)...))
			now := loaded(t, with(append([]string{other}, test.now...)...))
			faults := now.Ended(today, running)
			require.Equal(t, faults, now.Validate(apimodel.Given{Today: today, Running: running}).Faults)
			if test.fault == "" {
				require.Empty(t, faults)
				return
			}
			requireFault(t, faults, test.path, test.fault)
			require.Len(t, faults, 1)
		})
	}
}

const release135 = "orchestratorProfile.orchestratorRelease=1.35"

func TestAPoolOfAnEndedSizeIsToldTheWayOut(t *testing.T) {
	t.Parallel()
	d := loaded(t, with("agentPoolProfiles[0].vmSize=Standard_NV6"))
	report := d.Validate(apimodel.Given{Today: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), Running: d})
	require.Empty(t, report.Faults)
	var found []string
	for _, w := range report.Warnings {
		if strings.Contains(w.Message, "Standard_NV6") && !strings.Contains(w.Message, "graphics card") {
			found = append(found, w.String())
		}
	}
	require.Len(t, found, 1, "retired is said once")
	require.Contains(t, found[0], "what runs may keep it. Use Standard_NV6ads_A10_v5 or a size like it for new pools")
	require.Contains(t, found[0], "drain the nodes of this one")
}
