package apimodel

// The verdicts on the definition itself and on its smaller profiles.

// schemaKey names a document's JSON Schema. Nothing else reads it.
const schemaKey = "$schema"

func definitionEntries() []entry {
	const wrapper = "it named a resource of a service that is gone, and AKS Engine did nothing with it"
	return []entry{
		{key: schemaKey, verdict: Supported, shape: text, ours: true, reason: "where editors find the JSON Schema that `hybridctl schema` prints"},
		does("apiVersion", "always vlabs"),
		does("location", "the Azure region"),
		does("tags", "tags of every Azure resource that takes tags"),
		does("properties", "the profiles"),
		instead("id", text, "has no effect: "+wrapper),
		instead("name", text, "has no effect: "+wrapper),
		instead("type", text, "has no effect: "+wrapper),
		instead("plan", mapping, "has no effect: "+wrapper).holding(
			instead("name", text, "has no effect: "+wrapper),
			instead("product", text, "has no effect: "+wrapper),
			instead("promotionCode", text, "has no effect: "+wrapper),
			instead("publisher", text, "has no effect: "+wrapper),
		),
	}
}

func propertiesEntries() []entry {
	return []entry{
		instead("provisioningState", text, "has no effect: AKS Engine wrote it; the state is the stack's"),
		does("orchestratorProfile", "Kubernetes and how it is tuned"),
		does("masterProfile", "the control plane"),
		does("agentPoolProfiles", "the pools of nodes, by name; their order means nothing"),
		does("linuxProfile", "the login on Linux nodes"),
		does("windowsProfile", "the login and the image of Windows nodes"),
		does("extensionProfiles", "scripts that pools can name"),
		does("servicePrincipalProfile", "the cloud provider's service principal; without one a managed identity is made"),
		certificateProfile(),
		refused("aadProfile", mapping, "", "").holding(aadEntries()...).because(
			"the legacy integration with Azure Active Directory left Kubernetes with release 1.26",
			"set the API server's OIDC flags in apiServerConfig: --oidc-issuer-url, --oidc-client-id, --oidc-username-claim"),
		featureFlags(),
		customCloudProfile(),
		instead("telemetryProfile", mapping, "nothing is sent to anybody").holding(
			instead("applicationInsightsKey", text, "has no effect: nothing is sent to anybody")),
	}
}

// because gives reason and remedy to an entry and to those in it that have none.
func (e entry) because(reason, remedy string) entry {
	e.reason, e.remedy = reason, remedy
	for i, child := range e.entries {
		if child.reason == "" {
			e.entries[i] = child.because(reason, remedy)
		}
	}
	return e
}

func aadEntries() []entry {
	return []entry{
		refused("clientAppID", text, "", ""), refused("serverAppID", text, "", ""),
		refused("tenantID", text, "", ""), refused("adminGroupID", text, "", ""),
	}
}

func certificateProfile() entry {
	var entries []entry
	for _, key := range []string{
		"caCertificate", "caPrivateKey", "apiServerCertificate", "apiServerPrivateKey", "clientCertificate",
		"clientPrivateKey", "kubeConfigCertificate", "kubeConfigPrivateKey", "etcdServerCertificate",
		"etcdServerPrivateKey", "etcdClientCertificate", "etcdClientPrivateKey",
	} {
		entries = append(entries, refused(key, text, "", ""))
	}
	entries = append(entries, refused("etcdPeerCertificates", list, "", ""), refused("etcdPeerPrivateKeys", list, "", ""))
	all := refused("certificateProfile", mapping, "", "").holding(entries...).because(
		"the cluster's certificates are made by the program, each node has keys of its own, and one shared by all nodes has no place",
		"remove it")
	all.filledIn = "has no effect: AKS Engine filled it in, and this cluster gets certificates of its own"
	return all
}

func featureFlags() entry {
	const network = "nodes, pods and Services have IPv4 addresses only"
	return instead("featureFlags", mapping, "each flag has a verdict of its own").holding(
		instead("enableCSERunInBackground", truth, "has no effect: up waits until each node has joined", "false"),
		refused("blockOutboundInternet", truth, "nodes download what they run at their first boot",
			"remove it, and limit the way out with a firewall in a network of your own", "false"),
		refused("enableIPv6DualStack", truth, network, "remove it and the IPv6 networks", "false"),
		refused("enableIPv6Only", truth, network, "remove it and the IPv6 networks", "false"),
		instead("enableTelemetry", truth, "has no effect: nothing is sent to anybody", "false"),
		instead("enableWinDSR", truth, "direct server return is always on", "true", "false"),
	)
}

func customCloudProfile() entry {
	entries := []entry{refused("environment", mapping, "", ""), refused("azureEnvironmentSpecConfig", mapping, "", "")}
	for _, key := range []string{
		"identitySystem", "authenticationMethod", "dependenciesLocation", "portalURL", "customCloudRootCertificates",
		"customCloudSourcesList",
	} {
		entries = append(entries, refused(key, text, "", ""))
	}
	all := refused("customCloudProfile", mapping, "", "").holding(entries...).because(
		"Azure Stack and other clouds of one's own are not supported", "remove it, and use a region of the public cloud")
	// AKS Engine took an empty profile for Azure Stack, too: its blanks are filled in
	// from the portal's address.
	all.asks = true
	return all
}

func principalEntries() []entry {
	return []entry{
		does("clientId", "the application's id"),
		does("secret", "its secret; a secret in the stack's state"),
		instead("objectId", text, "has no effect: nothing needs the principal's object id"),
		does("keyvaultSecretRef", "the secret in a key vault, which the masters read at their first boot"),
	}
}

func secretRefEntries() []entry {
	return []entry{
		does("vaultID", "the vault's resource id"),
		does("secretName", "the secret's name"),
		does("version", "the secret's version; the newest by default"),
	}
}

func extensionProfileEntries() []entry {
	return []entry{
		does("name", "winrm, which is part of the bootstrap, or a script of one's own"),
		does("version", "part of the script's URL; v1 by default"),
		does("rootURL", "where scripts of one's own are fetched from"),
		does("script", "the script's file name"),
		does("urlQuery", "the query of the script's URL; a secret"),
		adds("scriptSHA256", "the script's digest; another script is not run"),
		does("extensionParameters", "what the script is called with; a secret"),
		refused("parametersKeyvaultSecretRef", mapping, "", "").holding(
			refused("vaultID", text, "", ""), refused("secretName", text, "", ""), refused("version", text, "", ""),
		).because("parameters of an extension are not read from a key vault",
			"write extensionParameters, or let the script read the vault itself"),
	}
}

func extensionEntries() []entry {
	return []entry{
		does("name", "an extension profile"),
		does("singleOrAll", "on all machines of the pool (the default) or on the first only"),
		instead("template", text, "has no effect: extensions are scripts in the machine's one Custom Script Extension"),
	}
}
