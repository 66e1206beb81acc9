package azure

import (
	"regexp"
	"slices"
	"strings"
)

// check refuses a name that breaks the rule.
func (r *nameRule) check(name string) error {
	if r == nil {
		return nil
	}
	if len(name) < r.min || len(name) > r.max || !r.pattern.MatchString(name) {
		return badRequest(r.code, r.message, name)
	}
	return nil
}

// networkName is the rule of most of Microsoft.Network: starts with a letter or digit, ends with one or with an
// underscore.
func networkName(minimum, maximum int) *nameRule {
	return &nameRule{
		min: minimum, max: maximum,
		pattern: regexp.MustCompile(`^[a-zA-Z0-9]([\w.-]*\w)?$`),
		code:    "InvalidResourceName",
		message: "Resource name %s is invalid. The name can be up to 80 characters long. It must begin with a word character, " +
			"and it must end with a word character or with '_'. The name may contain word characters or '.', '-', '_'.",
	}
}

func groupName() *nameRule {
	return &nameRule{
		min: 1, max: 90,
		pattern: regexp.MustCompile(`^[-\w.()]*[-\w()]$`),
		code:    "InvalidResourceGroup",
		message: "The provided resource group name '%s' has these invalid characters or length. " +
			"The name can only be a letter, digit, '-', '.', '(', ')' or '_', at most 90 characters, and must not end with '.'.",
	}
}

func machineName(parameter string) *nameRule {
	return &nameRule{
		min: 1, max: 64,
		pattern: regexp.MustCompile(`^[^_\\/"'\[\]:|<>+=;,?*@&#%\s][^\\/"'\[\]:|<>+=;,?*@&#%\s]*$`),
		code:    "InvalidParameter",
		message: "The entity name '" + parameter + "' is invalid according to its validation rule: %s.",
	}
}

// computeName is the rule of availability sets and proximity placement groups. parameter is what Azure's answer calls it.
func computeName(parameter string) *nameRule {
	return &nameRule{
		min: 1, max: 80,
		pattern: regexp.MustCompile(`^[a-zA-Z0-9]([-._a-zA-Z0-9]*[a-zA-Z0-9_])?$`),
		code:    "InvalidParameter",
		message: "The entity name '" + parameter + "' is invalid according to its validation rule: %s.",
	}
}

func identityName() *nameRule {
	return &nameRule{
		min: 3, max: 128,
		pattern: regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_-]*$`),
		code:    "BadRequest",
		message: "The resource name '%s' is invalid. It must be 3 to 128 letters, digits, '-' or '_' and start with a letter or digit.",
	}
}

func assignmentName() *nameRule {
	return &nameRule{
		min: 36, max: 36,
		pattern: regexp.MustCompile(`(?i)^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`),
		code:    "InvalidRoleAssignmentId",
		message: "The role assignment ID '%s' is not valid. The role assignment ID must be a GUID.",
	}
}

// reservedLabel says whether Azure keeps a domain name label for itself:
// https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-reserved-resource-name
// Words that are no labels are left out.
func reservedLabel(label string) bool {
	return strings.Contains(label, "microsoft") || strings.Contains(label, "windows") || strings.HasPrefix(label, "login") ||
		slices.Contains([]string{
			"access", "azure", "bing", "bizspark", "biztalk", "cortana", "directx", "dotnet", "dynamics", "excel", "exchange", "forefront",
			"groove", "hololens", "hyperv", "kinect", "lync", "msdn", "o365", "office", "office365", "onedrive", "onenote", "outlook",
			"powerpoint", "sharepoint", "skype", "visio", "visualstudio", "xbox",
		}, label)
}
