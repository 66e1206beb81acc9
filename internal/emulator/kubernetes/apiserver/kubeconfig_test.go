package apiserver

import "testing"

// FuzzParse: a kubeconfig comes from outside; whatever it is, it must not panic.
func FuzzParse(f *testing.F) {
	f.Add([]byte("apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts: [{name: a, context: {cluster: b, user: c}}]\n" +
		"clusters: [{name: b, cluster: {server: 'https://h:6443'}}]\nusers: [{name: c, user: {}}]\n"))
	f.Add([]byte("{}"))
	f.Add([]byte("current-context: a\ncontexts: [{name: a}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		target, err := parse(data)
		if err == nil && (target.host == "" || target.port == 0) {
			t.Fatalf("parsed to nothing: %+v", target)
		}
	})
}
