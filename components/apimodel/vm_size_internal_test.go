package apimodel

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestVMSizesTableIsWellFormed(t *testing.T) {
	t.Parallel()
	rows := vmSizesTable().rows
	require.Greater(t, len(rows), 1400)
	offered, localDisks := 0, 0
	for i, row := range rows {
		size, err := vmSizeOf(row)
		require.NoError(t, err)
		if i > 0 {
			require.Less(t, strings.ToLower(rows[i-1][0]), strings.ToLower(size.Name), "sorted, and once each")
		}
		requirePlausible(t, size)
		found, ok := LookupVMSize(size.Name)
		require.True(t, ok, size.Name)
		require.Equal(t, size, found)
		if size.Offered {
			offered++
		}
		if size.TempDiskGiB != nil {
			localDisks++
		}
	}
	// The other columns of sizes that are offered are complete.
	require.Greater(t, offered, 1400)
	require.Greater(t, localDisks, 800)
}

func requirePlausible(t *testing.T, s VMSize) {
	t.Helper()
	require.Regexp(t, vmSizeShape, s.Name)
	require.LessOrEqual(t, len(s.Name), longestSize)
	between(t, s.Name, s.Cores, 1, 2000)
	require.GreaterOrEqual(t, s.MemoryGiB, 0.5, s.Name)
	require.LessOrEqual(t, s.MemoryGiB/float64(s.Cores), 64.0, s.Name)
	require.Contains(t, []string{ArchitectureX64, ArchitectureArm64}, s.Architecture, s.Name)
	if armSize.MatchString(s.Name) {
		require.Equal(t, ArchitectureArm64, s.Architecture, s.Name)
	}
	require.Subset(t, []string{GenerationV1, GenerationV2}, s.Generations, s.Name)
	require.True(t, slices.IsSorted(s.Generations), s.Name)
	if s.Offered {
		for name, known := range map[string]bool{
			"disks": s.MaxDataDisks != nil, "NICs": s.MaxNICs != nil, "premium storage": s.PremiumStorage != nil,
			"accelerated networking": s.AcceleratedNetworking != nil, "ephemeral": s.EphemeralOSDisk != nil,
			"generations": len(s.Generations) > 0,
		} {
			require.True(t, known, "%s: %s", s.Name, name)
		}
	}
	for _, figure := range []struct {
		value *int
		least int
		most  int
	}{{s.MaxDataDisks, 1, 100}, {s.MaxNICs, 1, 16}, {s.TempDiskGiB, 0, 32768}, {s.MaxEphemeralOSDiskGiB, 12, 2040}} {
		if figure.value != nil {
			between(t, s.Name, *figure.value, figure.least, figure.most)
		}
	}
	if s.MaxEphemeralOSDiskGiB != nil {
		require.True(t, *s.EphemeralOSDisk, s.Name)
	}
	// The temporary disk is one of the places for it.
	if s.MaxEphemeralOSDiskGiB != nil && s.TempDiskGiB != nil {
		require.GreaterOrEqual(t, *s.MaxEphemeralOSDiskGiB, min(*s.TempDiskGiB, 2040), s.Name)
	}
}

func between(t *testing.T, name string, value, least, most int) {
	t.Helper()
	require.GreaterOrEqual(t, value, least, name)
	require.LessOrEqual(t, value, most, name)
}

func TestClosestSize(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"D2s_v5":            "Standard_D2s_v5",
		"ds2_v2":            "Standard_DS2_v2",
		"Standard_D2sv5":    "Standard_D2s_v5",
		"Standard_D2-v3":    "Standard_D2_v3",
		"standard_d2_v33":   "Standard_D2_v3",
		"Standart_D2_v3":    "Standard_D2_v3",
		"StandardD2_v3":     "Standard_D2_v3",
		"Standard_D4dss_v5": "Standard_D4ds_v5",
		"Standard_DS2v2":    "Standard_DS2_v2",
		"Standard_Huge":     "",
		"Standard_X7":       "",
		"Standard_":         "",
		"huge":              "",
		"":                  "",
		"m5.large":          "",
	} {
		require.Equal(t, want, closestSize(name), name)
	}
	require.Empty(t, closestSize("Standard_"+strings.Repeat("D2_v3", 1<<20)))
}

// One slip of the pen behind the family's letter always finds some size, and
// what is found is close.
func TestClosestSizeFindsASlip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		row := rapid.SampledFrom(vmSizesTable().rows).Draw(t, "row")
		name := row[0]
		at := rapid.IntRange(len(sizePrefix)+1, len(name)).Draw(t, "at")
		slip := name[:at] + "q" + name[at:]
		near := closestSize(slip)
		if near == "" {
			t.Fatalf("nothing is close to %q", slip)
		}
		if abs(len(near)-len(slip)) > 1 {
			t.Fatalf("%q is not close to %q", near, slip)
		}
	})
}

func TestReadTableRefuses(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]struct{ text, want string }{
		"empty":         {"# As of: 2026-01-01\n", "EOF"},
		"other columns": {"a,c\n1,2\n", "the columns are [a c], not [a b]"},
		"short row":     {"a,b\n1\n", "wrong number of fields"},
	} {
		_, err := readTable(v.text, "a", "b")
		require.ErrorContains(t, err, v.want, name)
	}
	read, err := readTable("# As of: 2026-01-01\na,b\n1,2\n", "a", "b")
	require.NoError(t, err)
	require.Equal(t, table{asOf: "2026-01-01", rows: [][]string{{"1", "2"}}}, read)
}

func TestRowsWithMistakesAreRefused(t *testing.T) {
	t.Parallel()
	good, found := vmSizesTable().find("Standard_D2_v3")
	require.True(t, found)
	for column, v := range map[int]struct{ text, want string }{
		1:  {"two", `Standard_D2_v3: "two" is no number`},
		2:  {"", `"" is no amount of memory`},
		4:  {"-1", `"-1" is no number`},
		5:  {"true", `"true" is no yes or no`},
		12: {"maybe", `"maybe" is no yes or no`},
	} {
		row := slices.Clone(good)
		row[column] = v.text
		_, err := vmSizeOf(row)
		require.ErrorContains(t, err, v.want)
	}
}

// The first lookup of a process reads the table.
func BenchmarkFirstLookupVMSize(b *testing.B) {
	for b.Loop() {
		if _, found := builtIn(readTable(vmSizesCSV, strings.Split(vmSizesHeader(), ",")...)).find("Standard_D2_v3"); !found {
			b.Fatal("no such size")
		}
	}
}

func BenchmarkLookupVMSize(b *testing.B) {
	for b.Loop() {
		if _, found := LookupVMSize("Standard_D2_v3"); !found {
			b.Fatal("no such size")
		}
	}
}

func BenchmarkClosestSize(b *testing.B) {
	for b.Loop() {
		if closestSize("Standard_D4dss_v5") == "" {
			b.Fatal("nothing is close")
		}
	}
}

// vmSizesHeader is the line that names the columns.
func vmSizesHeader() string {
	for line := range strings.Lines(vmSizesCSV) {
		if !strings.HasPrefix(line, "#") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}
