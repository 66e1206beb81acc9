package apimodel

// placeholder until merged
func (d *Definition) APIServerFlags() map[string]string {
	return Flags(d.Properties.OrchestratorProfile.KubernetesConfig.APIServerConfig)
}
func (d *Definition) ControllerManagerFlags() map[string]string {
	return Flags(d.Properties.OrchestratorProfile.KubernetesConfig.ControllerManagerConfig)
}
func (d *Definition) SchedulerFlags() map[string]string {
	return Flags(d.Properties.OrchestratorProfile.KubernetesConfig.SchedulerConfig)
}
func (d *Definition) NodeLabels(p *AgentPoolProfile) map[string]string { return p.CustomNodeLabels }
