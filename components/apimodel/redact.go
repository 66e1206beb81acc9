package apimodel

import "strings"

// Redaction stands where a secret was.
const Redaction = "[secret]"

// Redacted returns a copy with every secret replaced by Redaction. An empty
// secret stays empty.
func (d *Definition) Redacted() *Definition {
	c := d.Clone()
	c.hideSecrets(Redaction)
	return c
}

// hideSecrets replaces every secret by another text. A script's parameters and
// the query of its URL may hold signatures and passwords, so they are secrets.
func (d *Definition) hideSecrets(replacement string) {
	hide := func(value *string) {
		if *value != "" {
			*value = replacement
		}
	}
	if w := d.Properties.WindowsProfile; w != nil {
		hide(&w.AdminPassword)
		if address := withoutQuery(w.CSIProxyURL); address != w.CSIProxyURL {
			w.CSIProxyURL = address + "?" + replacement // it may hold a signature
		}
	}
	if p := d.Properties.ServicePrincipalProfile; p != nil {
		hide(&p.Secret)
	}
	for _, e := range d.Properties.ExtensionProfiles {
		if e != nil {
			hide(&e.ExtensionParameters)
			hide(&e.URLQuery)
		}
	}
	if o := d.Properties.OrchestratorProfile; o != nil && o.KubernetesConfig != nil {
		for _, a := range o.KubernetesConfig.Addons {
			if a != nil {
				a.hideSecrets(replacement)
			}
		}
	}
}

// hideSecrets hides the settings of an add-on that look like secrets: their keys
// are the add-on's own and cannot be known here.
func (a *Addon) hideSecrets(replacement string) {
	for key, value := range a.Config {
		for _, word := range []string{"secret", "password", "token", "key", "credential"} {
			if value != "" && strings.Contains(strings.ToLower(key), word) {
				a.Config[key] = replacement
			}
		}
	}
}
