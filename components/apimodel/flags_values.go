package apimodel

import (
	"encoding/csv"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	utilnet "k8s.io/apimachinery/pkg/util/net"
)

// flagForm is what values of one of the table's types look like. A component
// reads its flags with these parsers, and ends where one of them fails.
type flagForm struct {
	// what is the form in words, with an example.
	what string
	fits func(value string) bool
}

// The types are pflag's (https://pkg.go.dev/github.com/spf13/pflag) and those of
// Kubernetes' own flags:
// https://github.com/kubernetes/kubernetes/tree/v1.37.2/staging/src/k8s.io/component-base/cli/flag
//
// A type that is not here takes any text.
var flagForms = map[string]flagForm{
	"bool":                               {"true or false", fitsBool},
	"duration":                           {`a time with its unit, such as "40s" or "5m0s"`, fitsDuration},
	"int":                                {"a whole number", fitsInt(64)},
	"int32":                              {"a whole number", fitsInt(32)},
	"int64":                              {"a whole number", fitsInt(64)},
	"Level":                              {"a whole number", fitsInt(32)},
	"uint":                               {"a whole number that is not negative", fitsUint},
	"float32":                            {"a number", fitsFloat},
	"float64":                            {"a number", fitsFloat},
	"ip":                                 {`an IP address, such as "10.0.0.1"`, fitsIP},
	"portRange":                          {`a range of ports, such as "30000-32767"`, fitsPorts},
	"quantity":                           {`a quantity, such as "500Mi"`, fitsQuantity},
	"version":                            {`a release, such as "1.36"`, regexp.MustCompile(`^v?[0-9]+\.[0-9]+(\.[0-9]+)?$`).MatchString},
	"stringSlice":                        {`a list such as "a,b"`, fitsList},
	"int32Slice":                         {`a list of whole numbers, such as "1,2"`, fitsEach("", fitsInt(32))},
	"mapStringString":                    {`a list such as "name=value,name=value"`, fitsPairs},
	"stringToString":                     {`a list such as "name=value,name=value"`, fitsEach("=", nil)},
	"mapStringBool":                      {`a list such as "Name=true,Name=false"`, fitsEach("=", fitsBool)},
	"pattern=N,...":                      {`a list such as "file=2,other=4"`, fitsEach("=", fitsInt(32))},
	"colonSeparatedMultimapStringString": {`a list such as "name:value,name:value"`, fitsEach(":", nil)},
	"namedCertKey":                       {`a certificate, its key and names, such as "/a.crt,/a.key:example.com"`, regexp.MustCompile(`^[^,:]+,[^,:]+(:.*)?$`).MatchString},
}

func fitsBool(value string) bool {
	_, err := strconv.ParseBool(value)
	return err == nil
}

func fitsDuration(value string) bool {
	_, err := time.ParseDuration(value)
	return err == nil
}

func fitsInt(bits int) func(string) bool {
	return func(value string) bool {
		_, err := strconv.ParseInt(value, 0, bits)
		return err == nil
	}
}

func fitsUint(value string) bool {
	_, err := strconv.ParseUint(value, 0, 64)
	return err == nil
}

func fitsFloat(value string) bool {
	_, err := strconv.ParseFloat(value, 64)
	return err == nil
}

func fitsIP(value string) bool {
	address, err := netip.ParseAddr(strings.TrimSpace(value))
	return err == nil && address.Zone() == ""
}

func fitsPorts(value string) bool {
	_, err := utilnet.ParsePortRange(value)
	return err == nil
}

func fitsQuantity(value string) bool {
	_, err := resource.ParseQuantity(value)
	return err == nil
}

func fitsList(value string) bool {
	_, err := csv.NewReader(strings.NewReader(value)).Read()
	return value == "" || err == nil
}

// fitsEach wants pairs, or single values for an empty separator.
func fitsEach(separator string, fits func(string) bool) func(string) bool {
	return func(value string) bool {
		for _, element := range listed(value) {
			found := true
			if separator != "" {
				_, element, found = strings.Cut(element, separator)
			}
			if !found || fits != nil && !fits(element) {
				return false
			}
		}
		return true
	}
}

// fitsPairs also takes "<" for "=", as the kubelet's thresholds have it.
func fitsPairs(value string) bool {
	for _, element := range listed(value) {
		if i := strings.IndexAny(element, "=<"); i <= 0 {
			return false
		}
	}
	return true
}

// formProblem says why a component does not read a value of a flag, or nothing.
func formProblem(of component, name, value string) string {
	kind := flagTables().kinds[of][name]
	form, known := flagForms[kind]
	if !known || form.fits(value) {
		return ""
	}
	return fmt.Sprintf("--%s is %q and must be %s: the %s would not start", name, value, form.what, of)
}
