package apimodel

// Blank stands where a secret was in a resolved definition. It is a placeholder:
// a definition that still holds it is at fault, until a flag or --set gives the
// secret.
const Blank = "<your secret>"

// Resolved returns a copy with every default filled in and each secret replaced
// by Blank. Loaded again, with the secrets given, it makes the same cluster. An
// empty secret, which is generated, stays empty. What Load read from a file that the
// definition names is left out, and read again.
func (d *Definition) Resolved() *Definition {
	c := d.Clone()
	c.Default()
	c.hideSecrets(Blank)
	if m := c.Properties.MasterProfile; m != nil {
		for i := range m.CustomFiles {
			path := indexPath("properties.masterProfile.customFiles", i) + ".content"
			if f := &m.CustomFiles[i]; f.Source != "" && d.source != nil && !d.source.has(path) {
				f.Content = ""
			}
		}
	}
	return c
}
