package apimodel

import "strings"

// Redaction stands where a secret was.
const Redaction = "[secret]"

// Redacted returns a copy with every secret replaced by Redaction. An empty
// secret stays empty.
func (d *Definition) Redacted() *Definition {
	c := d.Clone()
	if w := c.Properties.WindowsProfile; w != nil {
		redact(&w.AdminPassword)
	}
	if w := c.Properties.WindowsProfile; w != nil && w.CSIProxyURL != withoutQuery(w.CSIProxyURL) {
		w.CSIProxyURL = withoutQuery(w.CSIProxyURL) + "?" + Redaction // it may hold a signature
	}
	if p := c.Properties.ServicePrincipalProfile; p != nil {
		redact(&p.Secret)
	}
	for _, e := range c.Properties.ExtensionProfiles {
		if e != nil {
			redact(&e.URLQuery)
			redact(&e.ExtensionParameters)
		}
	}
	if o := c.Properties.OrchestratorProfile; o != nil && o.KubernetesConfig != nil {
		for _, a := range o.KubernetesConfig.Addons {
			if a != nil {
				a.redact()
			}
		}
	}
	return c
}

func redact(value *string) {
	if *value != "" {
		*value = Redaction
	}
}

// redact hides the settings of an add-on that look like secrets: their keys are
// the add-on's own and cannot be known here.
func (a *Addon) redact() {
	for key, value := range a.Config {
		for _, word := range []string{"secret", "password", "token", "key", "credential"} {
			if value != "" && strings.Contains(strings.ToLower(key), word) {
				a.Config[key] = Redaction
			}
		}
	}
}
