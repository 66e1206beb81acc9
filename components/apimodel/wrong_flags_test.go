package apimodel_test

// wrongFlagValues are flags that a component knows, with values that it does not
// start with, or that shut the cluster's own nodes out.
func wrongFlagValues() []wrong {
	const api, manager, kubelet = "apiServerConfig", "controllerManagerConfig", "kubeletConfig"
	in := func(component, flag string) string { return inConfig + component + `["` + flag + `"]` }
	set := func(name, component, flag, value, want string) wrong {
		return wrong{name: name, set: []string{kubernetes + component + `={"` + flag + `": "` + value + `"}`}, path: in(component, flag), want: want}
	}
	note := func(name, component, flag, value, want string) wrong {
		w := set(name, component, flag, value, want)
		w.as = aNote
		return w
	}
	both := func(name, component, config, flag, want string) wrong {
		return wrong{name: name, set: []string{kubernetes + component + "={" + config + "}"}, path: in(component, flag), want: want}
	}
	return []wrong{
		set("a switch that is neither on nor off", kubelet, "--protect-kernel-defaults", "maybe", `is "maybe" and must be true or false`),
		set("a time without a unit", manager, "--node-monitor-grace-period", "40", `must be a time with its unit`),
		set("ports that are none", api, "--service-node-port-range", "abc", "must be a range of ports"),
		set("a number that is none", api, "--audit-log-maxage", "x", "must be a whole number"),
		set("a share that is too large", api, "--goaway-chance", "0.5", "0.5 is not between 0 and 0.02"),
		set("workers below one", manager, "--concurrent-job-syncs", "0", "0 is less than 1"),
		set("a port that is none", kubelet, "--read-only-port", "70000", "70000 is not between 0 and 65535"),
		set("garbage as eviction", kubelet, "--eviction-hard", "garbage", "must be a list"),
		set("a mistyped signal", kubelet, "--eviction-hard", "memory.availabe<100Mi", `"memory.availabe" is no signal of eviction (did you mean "memory.available"?)`),
		set("a threshold that is none", kubelet, "--eviction-hard", "memory.available<lots", `"lots" is no value for memory.available`),
		set("a soft threshold without a time", kubelet, "--eviction-soft", "memory.available<1Gi", "has no time in --eviction-soft-grace-period"),
		set("a reservation of something else", kubelet, "--kube-reserved", "disk=1Gi", `"disk" cannot be kept back`),
		set("static processors without any kept back", kubelet, "--cpu-manager-policy", "static", "needs processors that are kept back"),
		set("a policy that is none", kubelet, "--topology-manager-policy", "best", `"best" is none of best-effort, none`),
		set("a cipher that is none", api, "--tls-cipher-suites", "TLS_AES_128_GCM_SHA257", `did you mean "TLS_AES_128_GCM_SHA256"?`),
		set("a version of TLS that is none", kubelet, "--tls-min-version", "1.2", `"1.2" is none of VersionTLS10`),
		set("an API that is gone", api, "--runtime-config", "batch/v2alpha1=true", "Kubernetes 1.36 has no API batch/v2alpha1"),
		set("APIs that are neither on nor off", api, "--runtime-config", "api/beta=maybe", `"maybe" is neither true nor false`),
		set("an API by half a name", api, "--runtime-config", "v1=true", `"v1" is no API`),
		set("all APIs off", api, "--runtime-config", "api/all=false", "turns off the APIs that the cluster itself runs on"),
		set("the API of certificates off", api, "--runtime-config", "certificates.k8s.io/v1=false", "turns off an API that the cluster itself runs on"),
		set("an API server that asks everybody to log in", api, "--anonymous-auth", "false", "nothing would come up"),
		set("a retired admission plugin", api, "--enable-admission-plugins", "NodeRestriction,PodSecurityPolicy", `no admission plugin "PodSecurityPolicy", and the API server would not start: pod security policies left`),
		set("a retired admission plugin in the flag of old", api, "--admission-control", "ServiceAccount,DenyEscalatingExec", `no admission plugin "DenyEscalatingExec"`),
		set("a mistyped admission plugin", api, "--enable-admission-plugins", "NodeRestriction,AlwaysPullImage", `"AlwaysPullImage" (did you mean "AlwaysPullImages"?) is unknown`),
		set("NodeRestriction disabled", api, "--disable-admission-plugins", "NodeRestriction", "NodeRestriction cannot be disabled"),
		set("everything refused", api, "--enable-admission-plugins", "NodeRestriction,AlwaysDeny", "refuses every request"),
		note("admission plugins without NodeRestriction", api, "--enable-admission-plugins", "AlwaysPullImages", "the admission plugin NodeRestriction is enabled as well"),
		note("admission plugins in the flag of old", api, "--admission-control", "ServiceAccount,NodeRestriction", "becomes --enable-admission-plugins"),
		both("an admission plugin on and off", api, `"--enable-admission-plugins": "NodeRestriction,AlwaysPullImages", "--disable-admission-plugins": "AlwaysPullImages"`, "--disable-admission-plugins", "AlwaysPullImages is enabled, too"),
		set("a webhook for images without settings", api, "--enable-admission-plugins", "NodeRestriction,ImagePolicyWebhook", "needs its settings in --admission-control-config-file"),
		set("an issuer without a client", api, "--oidc-issuer-url", "https://example.com", "it needs --oidc-client-id"),
		both("an issuer without TLS", api, `"--oidc-issuer-url": "http://example.com", "--oidc-client-id": "x"`, "--oidc-issuer-url", "does not begin with https://"),
		set("an election that cannot be held", manager, "--leader-elect-lease-duration", "5s", "the lease of 5s must be longer than the 10s"),
		set("a policy that nobody brings", api, "--audit-policy-file", "/etc/kubernetes/audit/policy.yaml", "which nobody brings, and the kube-apiserver would not start. Bring it with customFiles"),
		set("an encryption that nobody brings", api, "--encryption-provider-config", "/etc/kubernetes/encryption.yaml", "which nobody brings"),
		set("a file at no absolute path", api, "--audit-policy-file", "policy.yaml", "is no absolute path"),
		{name: "a kernel parameter that the kubelet wants otherwise", set: []string{
			kubernetes + `kubeletConfig={"--protect-kernel-defaults": "true"}`, master + `sysctldConfig={"vm.overcommit_memory": "0"}`,
		}, path: inMaster + `sysctldConfig["vm.overcommit_memory"]`, want: "starts only with 1"},
	}
}
