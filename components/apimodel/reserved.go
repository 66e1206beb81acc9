package apimodel

import (
	"fmt"
	"slices"
	"strings"
)

// reservedPrefix refuses what Azure keeps for itself; it answers such a label
// with DomainNameLabelReserved, after half of the cluster is made.
// https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-reserved-resource-name
func (c *checker) reservedPrefix(prefix string) {
	const remedy = "choose another, for example your team's name and a number"
	for _, word := range []string{"microsoft", "windows"} {
		if strings.Contains(prefix, word) {
			c.fault(pathDNSPrefix, fmt.Sprintf("%q contains %q, which Azure reserves", prefix, word), remedy)
			return
		}
	}
	switch {
	case strings.HasPrefix(prefix, "login"):
		c.fault(pathDNSPrefix, fmt.Sprintf(`%q starts with "login", which Azure reserves`, prefix), remedy)
	case slices.Contains(reservedWords(), prefix):
		c.fault(pathDNSPrefix, fmt.Sprintf("%q is a word that Azure reserves", prefix), remedy)
	}
}

// reservedWords are the ones that Azure refuses as a whole name and that could
// be a label of a DNS name.
func reservedWords() []string {
	return []string{
		"access", "azure", "bing", "bizspark", "biztalk", "cortana", "directx", "dotnet", "dynamics", "excel",
		"exchange", "forefront", "groove", "hololens", "hyperv", "kinect", "lync", "msdn", "o365", "office",
		"office365", "onedrive", "onenote", "outlook", "powerpoint", "sharepoint", "skype", "visio",
		"visualstudio", "xbox",
	}
}
