package pullsecrets

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Login is what a login to registries looks like in Docker's own file and in a Secret of
// type kubernetes.io/dockerconfigjson. It is a secret.
// https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/
type Login string

// maxLogin is the most that a Secret holds, in bytes:
// https://kubernetes.io/docs/concepts/configuration/secret/#restriction-data-size
const maxLogin = 1 << 20

// howToMake makes a file that kubelets can use.
const howToMake = "`kubectl create secret docker-registry pull --docker-server=HOST --docker-username=USER --docker-password=PASSWORD " +
	`--dry-run=client -o jsonpath='{.data.\.dockerconfigjson}' | base64 -d` + "` prints one that does"

// entry is the login to one registry. Kubelets take a user and a password, apart or
// together, and nothing else:
// https://github.com/kubernetes/kubernetes/blob/v1.36.1/pkg/credentialprovider/config.go
type entry struct {
	Username      string `json:"username"`
	Password      string `json:"password"`
	Auth          string `json:"auth"`
	IdentityToken string `json:"identitytoken"`
}

// works tells whether a kubelet gets a user and a password out of the entry.
func (e entry) works() bool {
	if e.Auth == "" {
		return e.Username != "" && e.Password != ""
	}
	// The padding is optional.
	decoded, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(e.Auth, "="))
	user, password, found := strings.Cut(string(decoded), ":")
	return err == nil && found && user != "" && strings.Trim(password, "\x00") != ""
}

// Fault is what keeps kubelets from using the login, and what to do; both are empty for
// one that is well. It shows nothing of the login but the names of hosts.
func (l Login) Fault() (message, remedy string) {
	if len(l) > maxLogin {
		return fmt.Sprintf("has %d bytes, and a Secret holds %d", len(l), maxLogin), "leave in it the registries that are needed"
	}
	var file struct {
		Auths       map[string]entry  `json:"auths"`
		CredsStore  string            `json:"credsStore"`
		CredHelpers map[string]string `json:"credHelpers"`
	}
	if json.Unmarshal([]byte(l), &file) != nil {
		return "is no login file of Docker's: it does not read as JSON with `auths` in it", howToMake
	}
	hosts := slices.Sorted(maps.Keys(file.Auths))
	if len(hosts) == 0 {
		if file.CredsStore != "" || len(file.CredHelpers) > 0 {
			return "leaves its logins to a credential helper and holds none itself, which is of no use on a node", howToMake
		}
		return "holds no login: `auths` names no registry", howToMake
	}
	for _, host := range hosts {
		switch e := file.Auths[host]; {
		case e.works():
		case e.IdentityToken != "":
			return fmt.Sprintf("has a token for %s that ends within hours and that kubelets do not take", host), howToMake
		default:
			return "has no user and password for " + host, howToMake
		}
	}
	return "", ""
}

// encoded is the login as a Secret's data has it.
func (l Login) encoded() string { return base64.StdEncoding.EncodeToString([]byte(l)) }
