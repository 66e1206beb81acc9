package azure

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/crypto/ssh"

	"github.com/hybridcluster/hybridcluster/internal/emulator/guest"
	"github.com/hybridcluster/hybridcluster/internal/emulator/tree"
)

// validateProfile checks a machine's names and logins.
func validateProfile(op *operation) error {
	profile, windows := tree.Map(op.inputs, "osProfile"), systemOf(op.inputs) == guest.Windows
	if err := op.checkProfile(profile, tree.String(op.inputs, "licenseType"), windows); err != nil {
		return err
	}
	return checkComputerName(tree.String(op.outputs, "osProfile", "computerName"), windows)
}

// checkProfile is for the operating system profile of a machine or of a scale set: https://learn.microsoft.com/azure/virtual-machines/windows/faq and .../linux/faq list the names and
// passwords that Azure does not take.
func (op *operation) checkProfile(profile map[string]any, license string, windows bool) error {
	if profile == nil {
		return badRequest("InvalidParameter", "Required parameter 'osProfile' is missing (null).")
	}
	user := tree.String(profile, "adminUsername")
	if err := cmp.Or(checkAdmin(user, windows), checkCustomData(profile), checkLicense(license, windows), op.checkSecrets(profile, windows)); err != nil {
		return err
	}
	if windows {
		return checkPassword(tree.String(profile, "adminPassword"), 123)
	}
	return checkLogin(profile, user)
}

var (
	windowsName = regexp.MustCompile(`^[a-zA-Z0-9-]+$`)
	linuxName   = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$`)
	onlyDigits  = regexp.MustCompile(`^[0-9]+$`)
)

func checkComputerName(name string, windows bool) error {
	const longestWindows, longestLinux = 15, 64
	if windows {
		if len(name) > longestWindows || !windowsName.MatchString(name) || onlyDigits.MatchString(name) || strings.HasSuffix(name, "-") {
			return badRequest("InvalidParameter", "Windows computer name '%s' cannot be more than %d characters long, be entirely numeric, end with a "+
				"hyphen, or contain other characters than letters, digits and hyphens.", name, longestWindows)
		}
		return nil
	}
	if len(name) > longestLinux || !linuxName.MatchString(name) {
		return badRequest("InvalidParameter", "Linux host name '%s' cannot exceed %d characters in length or contain other characters than letters, "+
			"digits, periods and hyphens.", name, longestLinux)
	}
	return nil
}

func checkAdmin(user string, windows bool) error {
	if user == "" {
		return badRequest("InvalidParameter", "Required parameter 'osProfile.adminUsername' is missing (null).")
	}
	longest := 64
	if windows {
		longest = 20
	}
	if len(user) > longest || windows && strings.HasSuffix(user, ".") {
		return badRequest("InvalidParameter", "The Admin Username cannot be longer than %d characters or end with a period.", longest)
	}
	if slices.Contains(reservedNames(), strings.ToLower(user)) {
		return badRequest("InvalidParameter", "The Admin Username specified is not allowed.")
	}
	return nil
}

func reservedNames() []string {
	return []string{
		"1", "123", "a", "actuser", "adm", "admin", "admin1", "admin2", "administrator", "aspnet", "backup", "console", "david", "guest", "john",
		"owner", "root", "server", "sql", "support", "support_388945a0", "sys", "test", "test1", "test2", "test3", "user", "user1", "user2", "user3",
		"user4", "user5",
	}
}

func checkPassword(password string, longest int) error {
	const shortest, classesNeeded = 8, 3
	classes := 0
	for _, in := range []func(rune) bool{
		unicode.IsLower, unicode.IsUpper, unicode.IsDigit,
		func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) },
	} {
		if strings.ContainsFunc(password, in) {
			classes++
		}
	}
	if len(password) < shortest || len(password) > longest || classes < classesNeeded {
		return badRequest("InvalidParameter", "The supplied password must be between %d-%d characters long and must satisfy at least %d of password "+
			"complexity requirements from the following: Contains an uppercase character, Contains a lowercase character, Contains a numeric digit, "+
			"Contains a special character, Control characters are not allowed.", shortest, longest, classesNeeded)
	}
	weak := []string{"abc@123", "iloveyou!", "p@$$w0rd", "p@ssw0rd", "p@ssword123", "pa$$word", "pass@word1", "password!", "password1", "password22"}
	if slices.Contains(weak, strings.ToLower(password)) {
		return badRequest("InvalidParameter", "The specified password is not allowed.")
	}
	return nil
}

// checkLogin: a Linux machine needs a key or a password.
func checkLogin(profile map[string]any, user string) error {
	linux := tree.Map(profile, "linuxConfiguration")
	keys := tree.List(linux, "ssh", "publicKeys")
	password := tree.String(profile, "adminPassword")
	if len(keys) == 0 && (password == "" || tree.Bool(linux, "disablePasswordAuthentication")) {
		return badRequest("InvalidParameter", "Authentication using either SSH or by user name and password must be enabled in Linux profile.")
	}
	for _, key := range keys {
		want := fmt.Sprintf("/home/%s/.ssh/authorized_keys", user)
		if path := tree.String(key, "path"); path != want {
			return badRequest("InvalidParameter", "Destination path for SSH public keys is currently limited to its default value %s due to a known "+
				"issue in Linux provisioning agent.", want)
		}
		parsed, _, _, _, err := ssh.ParseAuthorizedKey([]byte(tree.String(key, "keyData")))
		if err != nil || !slices.Contains([]string{ssh.KeyAlgoRSA, ssh.KeyAlgoED25519}, parsed.Type()) {
			return badRequest("InvalidParameter", "The value of parameter linuxConfiguration.ssh.publicKeys.keyData is invalid.")
		}
	}
	if password != "" {
		return checkPassword(password, 72)
	}
	return nil
}
