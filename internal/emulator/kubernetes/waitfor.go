package kubernetes

import (
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/api"
)

// annotationWaitFor names the conditions that an object is awaited to have, in
// place of what the provider knows of its kind:
// https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-await-logic/
const annotationWaitFor = "pulumi.com/waitFor"

// awaited are the conditions of an object's annotation: one, or a JSON list.
func awaited(obj *unstructured.Unstructured) []string {
	text := obj.GetAnnotations()[annotationWaitFor]
	if text == "" {
		return nil
	}
	var list []string
	if json.Unmarshal([]byte(text), &list) != nil {
		list = []string{text}
	}
	return list
}

// waitForFault says what is wrong with an annotation.
func waitForFault(obj *unstructured.Unstructured) string {
	for _, expression := range awaited(obj) {
		switch {
		case strings.HasPrefix(expression, "condition="):
		case strings.HasPrefix(expression, "jsonpath="):
			return fmt.Sprintf("the emulator waits for conditions alone, not for %q", expression)
		default:
			return fmt.Sprintf(`expected a "jsonpath=" or "condition=" prefix, got %q`, expression)
		}
	}
	return ""
}

// hasConditions tells whether a live object is as its annotation wants it. A
// condition that was seen of an older generation does not count.
func hasConditions(live *unstructured.Unstructured, expressions []string) (bool, []string) {
	for _, expression := range expressions {
		kind, want, given := strings.Cut(strings.TrimPrefix(expression, "condition="), "=")
		if !given {
			want = "True"
		}
		condition := api.Condition(live, kind)
		status, _ := condition["status"].(string)
		observed, seen := condition["observedGeneration"].(int64)
		if !strings.EqualFold(status, want) || seen && observed < live.GetGeneration() {
			return false, nil // the real provider says no more than that time is up
		}
	}
	return true, nil
}
