package guest

import (
	"maps"
	"os"
	"regexp"
	"strings"
)

var (
	// assignment is NAME=value, quoted or not, at the start of a command.
	assignment = regexp.MustCompile(`(?m)(?:^|;|&&|\bexport|\breadonly|\blocal)[ \t]*([A-Za-z_]\w*)=(?:"([^"\n]*)"|'([^'\n]*)'|([^\s;"'&|]+))`)
	// fallback is ${NAME:=value} and ${NAME:-value}.
	fallback = regexp.MustCompile(`\$\{([A-Za-z_]\w*):?[=-]([^{}]*)\}`)
)

const (
	// deepest is how many variables may stand behind each other.
	deepest = 5
	// longest bounds what scripts may grow to, in bytes.
	longest = 1 << 20
)

// expand replaces the variables of shell scripts whose values are plain to see, so that $DIR/kubeadm.yaml names a file.
// Others stay. It is no shell: what it gives is for looking up names only.
func expand(text string) string {
	values := map[string]string{}
	for _, match := range fallback.FindAllStringSubmatch(text, -1) {
		values[match[1]] = match[2]
	}
	for _, match := range assignment.FindAllStringSubmatch(text, -1) {
		values[match[1]] = match[2] + match[3] + match[4]
	}
	// A value that refers to itself would grow for ever.
	maps.DeleteFunc(values, func(name, value string) bool {
		return strings.Contains(value, "$"+name) || strings.Contains(value, "${"+name)
	})
	text = fallback.ReplaceAllString(text, "${$1}")
	for range deepest {
		expanded := os.Expand(text, func(name string) string {
			if value, ok := values[name]; ok {
				return value
			}
			return "${" + name + "}"
		})
		if expanded == text {
			break
		}
		if text = expanded; len(text) > longest {
			break
		}
	}
	return text
}
