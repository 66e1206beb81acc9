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
		} else if v.String() != enginesAddress && v.String() != enginesOldAddress && placeholder.MatchString(v.String()) {
			c.placeholder(path, "is a placeholder that was not filled in")
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
