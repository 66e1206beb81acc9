package apimodel

import "fmt"

// typhas checks that there are Linux nodes for the typha pods that Calico's operator
// wants. It counts all nodes, as those with Windows ask typha too, but typha runs on
// Linux. With too few of them the operator installs nothing:
// https://github.com/tigera/operator/blob/v1.40.15/pkg/controller/installation/typha_autoscaler.go
// An autoscaler that gets a running cluster there stops what the operator would
// change, no pod, so that is a warning.
func (c *checker) typhas(pools []*AgentPoolProfile) {
	linux, nodes := c.masters(), c.masters()
	fewest, most := linux, nodes
	for _, p := range pools {
		if p == nil || p.Count < 1 {
			return // which is said of the pool
		}
		nodes += p.Count
		most += c.d.MostNodes(p)
		if p.OSType != Windows {
			linux += p.Count
			low, _ := c.d.poolRange(p)
			fewest += min(low, p.Count)
		}
	}
	const path = "properties.agentPoolProfiles"
	if need := typhasFor(nodes); linux < need {
		c.fault(path, fmt.Sprintf("Calico's operator wants %s for the typha pods of a cluster of %s, masters among both; there are %d, and it would install nothing",
			amount(need, "Linux node"), amount(nodes, "node"), linux), moreLinux(need-linux))
		return
	}
	if need := typhasFor(most); fewest < need {
		c.warn(path, fmt.Sprintf("when the autoscaler has made %s of it, Calico's operator wants %s for its typha pods, masters among both, and there may be %d: it then changes nothing more",
			amount(most, "node"), amount(need, "Linux node"), fewest), moreLinux(need-fewest))
	}
}

// moreLinux says how a cluster gets Linux nodes.
func moreLinux(missing int) string {
	return fmt.Sprintf("add a Linux pool, or nodes to one, of %s, or make three masters", amount(missing, "node"))
}

// typhasFor is how many typha pods the operator wants:
// https://github.com/tigera/operator/blob/v1.40.15/pkg/common/autoscale.go
func typhasFor(nodes int) int {
	switch {
	case nodes <= 2:
		return 1
	case nodes <= 4:
		return 2
	default:
		return max(nodes/200+2, 3)
	}
}
