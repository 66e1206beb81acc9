package engine

import (
	"fmt"
	"strings"
)

// complaints are what an object in a cluster says of itself, where it was made and did
// not become what was waited for: the message of its condition Degraded. The provider's
// own error tells only that time was up.
func complaints(outputs map[string]any) string {
	status, _ := outputs["status"].(map[string]any)
	conditions, _ := status["conditions"].([]any)
	var said []string
	for _, c := range conditions {
		condition, _ := c.(map[string]any)
		message, _ := condition["message"].(string)
		if kind := condition["type"]; condition["status"] != "True" || kind != "Degraded" && kind != "Progressing" || message == "" {
			continue
		}
		said = append(said, fmt.Sprintf("it says %v: %s", condition["type"], strings.TrimRight(message, ": ")))
	}
	return strings.Join(said, "\n")
}
