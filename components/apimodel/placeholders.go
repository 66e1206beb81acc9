package apimodel

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// A placeholder is words in angle brackets, as the tutorials have it:
// "<use your SSH public key>". Anything else in brackets may be a password.
var placeholder = regexp.MustCompile(`(?i)^\s*<[a-z][a-z _.-]*>\s*$|<(use )?your [^<>]*>`)

// Other blanks that people leave: those of templates, what a tool put in the place of
// a secret that it did not want to show, and what stands for "fill this in".
var (
	template = regexp.MustCompile(`^\s*(\{\{[^{}]*\}\}|\{[A-Za-z][A-Za-z0-9_ .-]*\}|\$\{[^{}]*\}|\$\([^()]*\)|%[A-Za-z_]+%)\s*$`)
	omitted  = regexp.MustCompile(`(?i)^\s*(\.{3,}|\*{3,}|x{3,}|data[+ _-]omitted|\[?(redacted|omitted|hidden|masked)\]?|change[ _-]?me|replace[ _-]?me|fill[ _-]?me[ _-]?in|tbd|todo)\s*$`)
)

// IsBlank tells whether a text is a blank. Free text, which may be a script's, is one
// only where it is words in angle brackets. path is the value's, such as location.
func IsBlank(path, text string) bool {
	if text == enginesAddress || text == enginesOldAddress {
		return false
	}
	if placeholder.MatchString(text) {
		return true
	}
	free := strings.HasSuffix(path, ".content") || strings.HasSuffix(path, ".extensionParameters")
	return !free && (template.MatchString(text) || omitted.MatchString(text))
}

// samplePassword is the Windows password of AKS Engine's examples:
// https://github.com/Azure/aks-engine/blob/master/examples/windows/kubernetes.json
const samplePassword = "replacepassword1234$"

// placeholders finds every blank that was not filled in.
func (c *checker) placeholders() {
	c.findPlaceholders(reflect.ValueOf(c.d).Elem(), "")
}

func (c *checker) findPlaceholders(v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			c.findPlaceholders(v.Elem(), path)
		}
	case reflect.Struct:
		for _, f := range fieldsOf(v.Type()) {
			c.findPlaceholders(v.FieldByIndex(f.index), keyPath(path, f.name))
		}
	case reflect.Slice:
		for i := range v.Len() {
			c.findPlaceholders(v.Index(i), indexPath(path, i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			c.findPlaceholders(v.MapIndex(key), mapPath(path, key.String()))
		}
	case reflect.String:
		if blanks := blankParts(v.String()); len(blanks) > 0 {
			c.placeholder(path, "holds placeholders that were not filled in: "+strings.Join(blanks, ", "))
		} else if IsBlank(path, v.String()) {
			c.placeholder(path, "is a placeholder that was not filled in")
		} else if path == pathAdminPassword && v.String() == samplePassword {
			c.placeholder(path, "is the password of AKS Engine's examples, which everybody knows")
		}
	default: // numbers and truths hold no text
	}
}

// placeholder notes a blank. It is no fault where the value is given beside the
// definition.
func (c *checker) placeholder(path, message string) {
	if !c.givenBeside(path) {
		c.fault(path, message, placeholderRemedy(path))
	}
	c.blank[path] = true
}

func (c *checker) givenBeside(path string) bool {
	switch {
	case strings.HasPrefix(path, pathPublicKeys):
		return c.given.SSHPublicKey
	case path == pathAdminPassword:
		return c.given.WindowsAdminPassword
	case path == pathClientID, path == pathSecret:
		return c.given.ServicePrincipal
	}
	return false
}

func placeholderRemedy(path string) string {
	flag, key := flagFor(path)
	if flag == "" {
		return fmt.Sprintf("fill it in, or give --set %s=VALUE", strings.TrimPrefix(path, "properties."))
	}
	remedy := fmt.Sprintf("fill it in, or give %s or the stack's config key hybridcluster:%s", flag, key)
	switch {
	case strings.HasPrefix(path, pathPublicKeys), path == pathAdminPassword:
		remedy += "; without it one is generated"
	case slices.Contains([]string{pathClientID, pathSecret}, path):
		remedy += "; without a servicePrincipalProfile a managed identity is made"
	}
	return remedy
}
