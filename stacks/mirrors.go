package stacks

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hybridcluster/hybridcluster/components/apimodel"
	"github.com/hybridcluster/hybridcluster/components/bootstrap"
	"github.com/hybridcluster/hybridcluster/components/firstboot"
)

// readMirrors reads the object of mirrors. JSON itself lets a key stand twice and
// takes the last one, so this looks for itself.
func readMirrors(text string) (bootstrap.Mirrors, error) {
	key := ConfigPlace(KeyMirrors)
	var mirrors bootstrap.Mirrors
	if err := json.Unmarshal([]byte(text), &mirrors); err != nil {
		// A mirror may hold a login by mistake, so the text is not shown.
		return nil, fmt.Errorf(`%s does not read: write an object such as {"github.com": "mirror.example.com/github"}`, key)
	}
	seen := map[json.Token]bool{}
	tokens := json.NewDecoder(strings.NewReader(text))
	_, _ = tokens.Token() // the brace; the text has been read once
	for tokens.More() {
		host, _ := tokens.Token()
		if _, err := tokens.Token(); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		if seen[host] {
			return nil, fmt.Errorf("%s names %v twice: leave one of them out", key, host)
		}
		seen[host] = true
	}
	return mirrors, nil
}

// firstBootFaults are what keeps a machine's custom data from being made: what is
// too much for it, and files that stand in each other's way.
func (c Config) firstBootFaults(d *apimodel.Definition) apimodel.Faults {
	var faults apimodel.Faults
	cluster := firstboot.Cluster{Definition: d, Mirrors: c.Mirrors}
	for _, m := range cluster.Kinds() {
		if _, err := cluster.Size(m); err != nil {
			faults = append(faults, apimodel.Fault{Path: "first boot of " + m.Name, Message: err.Error()})
		}
	}
	return faults
}
