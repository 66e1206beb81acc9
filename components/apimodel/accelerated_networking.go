package apimodel

// AcceleratedNetworking tells whether the pool's machines get it: as the pool
// says, else on Linux where the size is known to have it. On Windows it is off by
// default, as AKS Engine has it.
// https://learn.microsoft.com/azure/virtual-network/accelerated-networking-overview
func (p *AgentPoolProfile) AcceleratedNetworking() bool {
	given := p.AcceleratedNetworkingEnabled
	if p.OSType == Windows {
		given = p.AcceleratedNetworkingEnabledWindows
	}
	switch {
	case given != nil:
		return *given
	case p.OSType == Windows:
		return false
	}
	size, ok := LookupVMSize(p.VMSize)
	return ok && size.AcceleratedNetworking != nil && *size.AcceleratedNetworking
}
