package rules

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"regexp"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// helmRecord is the type of the Secrets that releases are remembered in. They hold
// no values.
const helmRecord = "helm.sh/release.v1"

// Conceal replaces what a Secret holds by its fingerprint, so that the world, which
// is kept in a file, holds no secret.
func Conceal(obj *unstructured.Unstructured) {
	eachValue(obj, func(value string) string {
		if fingerprint.MatchString(value) {
			return value
		}
		return fingerprintOf(value)
	})
}

// Reveal puts back what is known of a concealed Secret: values of which the
// fingerprints match.
func Reveal(obj *unstructured.Unstructured, known []string) {
	eachValue(obj, func(value string) string {
		for _, candidate := range known {
			if fingerprintOf(candidate) == value {
				return candidate
			}
		}
		return value
	})
}

// eachValue changes the values of a Secret, which are in base64.
func eachValue(obj *unstructured.Unstructured, change func(string) string) {
	if obj.GetKind() != "Secret" || obj.GetAPIVersion() != "v1" || text(obj, "type") == helmRecord {
		return
	}
	data, _, err := unstructured.NestedStringMap(obj.Object, "data")
	if err != nil || len(data) == 0 {
		return
	}
	for key, encoded := range data {
		if value, err := base64.StdEncoding.DecodeString(encoded); err == nil {
			data[key] = base64.StdEncoding.EncodeToString([]byte(change(string(value))))
		}
	}
	_ = unstructured.SetNestedStringMap(obj.Object, data, "data")
}

var fingerprint = regexp.MustCompile(`^sha256-[0-9a-f]{64}$`)

func fingerprintOf(value string) string {
	sum := sha256.Sum256([]byte(value))
	return "sha256-" + hex.EncodeToString(sum[:])
}
