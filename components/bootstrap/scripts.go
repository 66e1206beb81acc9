package bootstrap

import (
	"fmt"
	"strings"
)

// scriptsDir holds one file of settings for each of the user's scripts on a Linux
// node, in the order in which they run: before/ and after/ the join.
const scriptsDir = "/etc/hybridcluster/scripts"

// scriptFiles are what scripts.sh reads. They are secrets: URLs and parameters.
func scriptFiles(scripts []Script) []writeFile {
	if len(scripts) == 0 {
		return nil
	}
	files := []writeFile{rootFile(libDir+"/scripts.sh", modePublic, scriptsScript)}
	for i, s := range scripts {
		when := "after"
		if s.BeforeJoin {
			when = "before"
		}
		files = append(files, rootFile(fmt.Sprintf("%s/%s/%02d-%s.env", scriptsDir, when, i, s.Name), modeSecret, assignments([]setting{
			{"SCRIPT_NAME", s.Name},
			{"SCRIPT_URL", s.URL},
			{"SCRIPT_SHA256", strings.ToLower(s.SHA256)},
			{"SCRIPT_PARAMETERS", s.Parameters},
		})))
	}
	return files
}

// scripts writes the table of scripts. The script that holds it is closed to
// others than administrators, and it is cleared when the node is done.
func (p *powershell) scripts(scripts []Script) {
	p.text("$Scripts = @(\n")
	for _, s := range scripts {
		p.text("    @{ Name = " + powershellQuote(s.Name) + "; Url = " + powershellQuote(s.URL) +
			"; Sha256 = " + powershellQuote(strings.ToLower(s.SHA256)) +
			"; Parameters = " + powershellQuote(s.Parameters) + "; BeforeJoin = " + powershellBool(s.BeforeJoin) + " }\n")
	}
	p.text(")\n")
}
