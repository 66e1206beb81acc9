package apimodel

// Waits counts the resources that are made only when nodes have joined: the
// bootstrap of each single machine, and each scale set as a whole. Whoever makes
// them works on one at a time for minutes, so as many should be under way at once.
// The definition must be defaulted and valid.
func (d *Definition) Waits() int {
	waits := d.Properties.MasterProfile.Count
	for _, pool := range d.Properties.AgentPoolProfiles {
		if pool.IsScaleSet() {
			waits++
			continue
		}
		waits += pool.Count
	}
	return waits
}
