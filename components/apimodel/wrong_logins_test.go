package apimodel_test

import "strings"

func wrongLogins() []wrong {
	const vault = subID + "Microsoft.KeyVault/vaults/kv1"
	const version = "0123456789abcdef0123456789abcdef"
	const principal = "servicePrincipalProfile."
	secrets := func(profile, vaultID, url, store string) string {
		return profile + `.secrets=[{"sourceVault": {"id": "` + vaultID + `"}, "vaultCertificates": [{"certificateUrl": "` + url + `", "certificateStore": "` + store + `"}]}]`
	}
	const inSecrets = "properties.linuxProfile.secrets[0]."
	const url = "https://kv1.vault.azure.net/secrets/c/" + version
	return []wrong{
		{name: "admin", set: []string{"linuxProfile.adminUsername=admin"}, path: "properties.linuxProfile.adminUsername", want: `"admin" is a reserved name`},
		{name: "a password with a line break", set: []string{"windowsProfile={\"adminPassword\": \"Corr3ct-Horse\\n\"}"}, path: inProfile + "adminPassword", want: "it has control characters"},
		{name: "a password of letters without capitals", set: []string{"windowsProfile.adminPassword=漢字漢字漢字漢字漢字aA"}, path: inProfile + "adminPassword", want: "it has 2 of the four kinds of characters"},
		{name: "a DNS server that is none", set: []string{"linuxProfile.customNodesDNS.dnsServer=ns1"}, path: "properties.linuxProfile.customNodesDNS.dnsServer", want: `"ns1" is no IPv4 address`},
		{name: "the cluster's own DNS", set: []string{"linuxProfile.customNodesDNS.dnsServer=10.0.0.10"}, path: "properties.linuxProfile.customNodesDNS.dnsServer", want: "is an address of the cluster's own pods or Services"},
		{name: "a search domain that is none", set: []string{"linuxProfile.customSearchDomain.name=my domain"}, path: "properties.linuxProfile.customSearchDomain.name", want: `"my domain" is no DNS name`},
		{name: "a vault that is none", set: []string{secrets("linuxProfile", "v", url, "")}, path: inSecrets + "sourceVault.id", want: "is no resource id of a key vault"},
		{name: "no vault", set: []string{secrets("linuxProfile", "", url, "")}, path: inSecrets + "sourceVault.id", want: "is missing"},
		{name: "a certificate without a version", set: []string{secrets("linuxProfile", vault, "https://kv1.vault.azure.net/secrets/c", "")}, path: inSecrets + "vaultCertificates[0].certificateUrl", want: "is no URL of a secret with its version"},
		{name: "a certificate of another vault", set: []string{secrets("linuxProfile", vault, "https://other.vault.azure.net/secrets/c/"+version, "")}, path: inSecrets + "vaultCertificates[0].certificateUrl", want: `is of the vault "other", and sourceVault is "kv1"`},
		{name: "no certificate", set: []string{`linuxProfile.secrets=[{"sourceVault": {"id": "` + vault + `"}}]`}, path: inSecrets + "vaultCertificates", want: "is empty"},
		{name: "a certificate without a URL", set: []string{secrets("linuxProfile", vault, "", "")}, path: inSecrets + "vaultCertificates[0].certificateUrl", want: "is missing. Write https://VAULT.vault.azure.net/secrets/NAME/VERSION"},
		{name: "a secret without a vault", set: []string{clientID, principal + `keyvaultSecretRef={"secretName": "s"}`}, path: "properties.servicePrincipalProfile.keyvaultSecretRef.vaultID", want: "is missing"},
		{name: "a vault with a blank in its name", set: []string{secrets("linuxProfile", vault+" 2", url, "")}, path: inSecrets + "sourceVault.id", want: "is no resource id of a key vault"},
		{name: "a store on Linux", set: []string{secrets("linuxProfile", vault, url, "My")}, path: inSecrets + "vaultCertificates[0].certificateStore", want: "is for Windows"},
		{name: "no store on Windows", set: []string{secrets("windowsProfile", vault, url, "")}, path: inProfile + "secrets[0].vaultCertificates[0].certificateStore", want: "is missing. Name a store"},
		{name: "a secret in two places", set: []string{clientID, principal + "secret=x", principal + `keyvaultSecretRef={"vaultID": "` + vault + `", "secretName": "s"}`},
			path: "properties.servicePrincipalProfile.keyvaultSecretRef", want: "names the secret in a key vault, and the secret is given too"},
		{name: "a secret's vault", set: []string{clientID, principal + `keyvaultSecretRef={"vaultID": "v", "secretName": "s"}`}, path: "properties.servicePrincipalProfile.keyvaultSecretRef.vaultID", want: "is no resource id of a key vault"},
		{name: "a secret's name", set: []string{clientID, principal + `keyvaultSecretRef={"vaultID": "` + vault + `", "secretName": "my_s"}`}, path: "properties.servicePrincipalProfile.keyvaultSecretRef.secretName", want: `"my_s" is no name of a secret`},
		{name: "a secret without a name", set: []string{clientID, principal + `keyvaultSecretRef={"vaultID": "` + vault + `"}`}, path: "properties.servicePrincipalProfile.keyvaultSecretRef.secretName", want: "is missing"},
		{name: "a secret's version", set: []string{clientID, principal + `keyvaultSecretRef={"vaultID": "` + vault + `", "secretName": "s", "version": "1"}`}, path: "properties.servicePrincipalProfile.keyvaultSecretRef.version", want: `"1" is no version of a secret`},
		{name: "csi-proxy from nowhere", set: []string{"windowsProfile.enableCSIProxy=true"}, path: inProfile + "csiProxyURL", want: "is missing, and enableCSIProxy is true"},
		{name: "csi-proxy from AKS Engine", set: []string{"windowsProfile.enableCSIProxy=true", "windowsProfile.csiProxyURL=https://kubernetesartifacts.azureedge.net/csi-proxy/a.tar.gz"}, path: inProfile + "csiProxyURL", want: "is a host of AKS Engine's, which is retired"},
		{name: "csi-proxy in clear", set: []string{"windowsProfile.enableCSIProxy=true", "windowsProfile.csiProxyURL=http://example.com/a?sig=x"}, path: inProfile + "csiProxyURL", want: `"http://example.com/a" is no https:// URL`},
		{name: "csi-proxy with half a digest", set: []string{"windowsProfile.enableCSIProxy=true", "windowsProfile.csiProxyURL=https://example.com/a", "windowsProfile.csiProxySHA256=abc"}, path: inProfile + "csiProxySHA256", want: `"abc" is no SHA-256 digest`},
		{name: "csi-proxy without a digest", set: []string{"windowsProfile.enableCSIProxy=true", "windowsProfile.csiProxyURL=https://example.com/a.tar.gz"}, path: inProfile + "csiProxySHA256", want: "is missing: a file that has changed is not installed"},
	}
}

func wrongImages() []wrong {
	const image, inImage = linux + "imageReference=", inLinux + "imageReference."
	const marketplace = "windowsProfile.windowsPublisher=MicrosoftWindowsServer windowsProfile.windowsOffer=WindowsServer "
	named := func(more string) []string { return strings.Fields(marketplace + more) }
	return []wrong{
		{name: "Ubuntu of AKS Engine's", set: []string{linux + "distro=aks-ubuntu-18.04"}, path: inLinux + "distro", want: `the nodes run ubuntu-24.04: "aks-ubuntu-18.04" is an image of AKS Engine's`, as: aNote},
		{name: "the last Ubuntu of AKS Engine's", set: []string{linux + "distro=ubuntu-20.04-gen2"}, path: inLinux + "distro", want: `"ubuntu-20.04-gen2" is an image of AKS Engine's`, as: aNote},
		{name: "the first Ubuntu of AKS Engine's", set: []string{master + "distro=aks"}, path: inMaster + "distro", want: `"aks" is an image of AKS Engine's`, as: aNote},
		{name: "an image for SGX", set: []string{linux + "distro=acc-16.04"}, path: inLinux + "distro", want: `"acc-16.04" is not supported`},
		{name: "Flatcar", set: []string{linux + "distro=flatcar"}, path: inLinux + "distro", want: `"flatcar" is not supported: the bootstrap is for Ubuntu`},
		{name: "a new Ubuntu", set: []string{master + "distro=ubuntu-26.04"}, path: inMaster + "distro", want: `Did you mean "ubuntu-24.04"?`},
		{name: "an image without a name", set: []string{image + `{"resourceGroup": "g"}`}, path: inImage + "name", want: "is missing"},
		{name: "an image without a group", set: []string{image + `{"name": "i"}`}, path: inImage + "resourceGroup", want: "is missing"},
		{name: "an image's group", set: []string{image + `{"name": "i", "resourceGroup": "g."}`}, path: inImage + "resourceGroup", want: `"g." is no name of a resource group`},
		{name: "an image's subscription", set: []string{image + `{"name": "i", "resourceGroup": "g", "subscriptionId": "mine"}`}, path: inImage + "subscriptionId", want: `"mine" is no UUID`},
		{name: "a version without a gallery", set: []string{image + `{"name": "i", "resourceGroup": "g", "version": "1.0.0"}`}, path: inImage + "version", want: "no gallery is named"},
		{name: "a gallery's name", set: []string{image + `{"name": "i", "gallery": "my-gallery"}`}, path: inImage + "gallery", want: `"my-gallery" is no name of a gallery`},
		{name: "an image's version", set: []string{image + `{"name": "i", "gallery": "g", "version": "v1"}`}, path: inImage + "version", want: `"v1" is no version of an image`},
		{name: "Windows 2016", set: named("windowsProfile.windowsSku=2016-Datacenter"), path: inProfile + "windowsSku", want: `"2016-Datacenter" is Windows Server 2016, which is not supported`},
		{name: "Windows 2004", set: named("windowsProfile.windowsSku=Datacenter-Core-2004-with-Containers-smalldisk"), path: inProfile + "windowsSku", want: "is Windows Server, version 2004, which is past its end of life"},
		{name: "Windows 20H2", set: named("windowsProfile.windowsSku=datacenter-core-20h2-with-containers-smalldisk-g2"), path: inProfile + "windowsSku", want: "version 20H2"},
		{name: "a release that the image is not", set: named("windowsProfile.windowsSku=2019-datacenter-core agentPoolProfiles[1].windowsRelease=2022"), path: inWindows + "windowsRelease", want: `is 2022, and the pool's image "2019-datacenter-core" is Windows Server 2019`},
		{name: "a SKU without an offer", set: []string{"windowsProfile.windowsPublisher=p", "windowsProfile.windowsSku=2022-datacenter"}, path: inProfile + "windowsOffer", want: "is missing: an image of the marketplace has a publisher, an offer and a SKU"},
		{name: "an offer without a SKU", set: []string{"windowsProfile.windowsPublisher=p", "windowsProfile.windowsOffer=o"}, path: inProfile + "windowsSku", want: "is missing: the image has a publisher or an offer, and no SKU"},
		{name: "AKS Engine's Windows", set: []string{"windowsProfile.windowsPublisher=microsoft-aks", "windowsProfile.windowsOffer=aks-windows", "windowsProfile.windowsSku=2019-datacenter-core-smalldisk-2304"}, path: inProfile + "windowsSku",
			want: "is an image of AKS Engine's own, which is retired; the nodes run Microsoft's image of Windows Server 2019", as: aNote},
		{name: "a version of no image", set: []string{"windowsProfile.imageVersion=17763.557.1907191"}, path: inProfile + "imageVersion", want: "has no effect", as: aNote},
		{name: "a version of an image", set: named("windowsProfile.windowsSku=2022-datacenter windowsProfile.imageVersion=new"), path: inProfile + "imageVersion", want: `"new" is no version of an image`},
		{name: "two images", set: named(`windowsProfile.windowsSku=2022-datacenter windowsProfile.imageReference={"name":"i","resourceGroup":"g"}`), path: inProfile + "windowsSku", want: "imageReference names another image"},
		{name: "a Windows image on Linux", set: []string{linux + `windowsImage={"publisher": "p", "offer": "o", "sku": "2022-datacenter"}`}, path: inLinux + "windowsImage", want: "is set on a Linux pool"},
		{name: "half a Windows image", set: []string{windows + `windowsImage={"offer": "o", "sku": "2022-datacenter"}`}, path: inWindows + "windowsImage.publisher", want: "is missing"},
		{name: "an old Windows image", set: []string{windows + `windowsImage={"publisher": "p", "offer": "o", "sku": "2016-datacenter"}`}, path: inWindows + "windowsImage.sku", want: "is Windows Server 2016"},
		{name: "two images of a pool", set: []string{windows + `windowsImage={"publisher": "p", "offer": "o", "sku": "2022-datacenter"}`, windows + `imageReference={"name": "i", "resourceGroup": "g"}`}, path: inWindows + "windowsImage", want: "imageReference names another image"},
	}
}

func wrongScripts() []wrong {
	const digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	const profile = "properties.extensionProfiles[1]."
	own := func(fields string, more ...string) []string {
		return append([]string{"extensionProfiles[1]={" + fields + "}"}, more...)
	}
	const good = `"name": "hello", "script": "hello.sh", "rootURL": "https://example.com/", "scriptSHA256": "` + digest + `"`
	const file, inFile = master + "customFiles=", inMaster + "customFiles[0]"
	return []wrong{
		{name: "an extension without a name", set: own(`"script": "hello.sh"`), path: profile + "name", want: "is missing"},
		{name: "no script", set: own(`"name": "hello", "rootURL": "https://example.com/", "scriptSHA256": "` + digest + `"`), path: profile + "script", want: "is missing"},
		{name: "a script in a folder", set: own(`"name": "hello", "script": "a/b.sh", "rootURL": "https://example.com/", "scriptSHA256": "` + digest + `"`), path: profile + "script", want: `"a/b.sh" is no file name of a script`},
		{name: "a script from AKS Engine", set: own(`"name": "hello", "script": "hello.sh", "rootURL": "https://raw.githubusercontent.com/Azure/aks-engine/master/"`), path: profile + "rootURL", want: "Host the script (<rootURL>extensions/<name>/<version>/<script>), give its rootURL with https://, and pin it with scriptSHA256."},
		{name: "a script in clear", set: own(`"name": "hello", "script": "hello.sh", "rootURL": "http://example.com/", "scriptSHA256": "` + digest + `"`), path: profile + "rootURL", want: "is no https:// URL of a folder"},
		{name: "a root without a slash", set: own(`"name": "hello", "script": "hello.sh", "rootURL": "https://example.com/a", "scriptSHA256": "` + digest + `"`), path: profile + "rootURL", want: `Write "https://example.com/a/"`},
		{name: "a script without a digest", set: own(`"name": "hello", "script": "hello.sh", "rootURL": "https://example.com/"`), path: profile + "scriptSHA256", want: "Add the digest that `sha256sum hello.sh` prints."},
		{name: "a digest that is none", set: own(`"name": "hello", "script": "hello.sh", "rootURL": "https://example.com/", "scriptSHA256": "abc"`), path: profile + "scriptSHA256", want: `"abc" is no SHA-256 digest`},
		{name: "a version of a script", set: own(good + `, "version": "v 1"`), path: profile + "version", want: `"v 1" is no version`},
		{name: "a name of a script", set: own(`"name": "a/b", "script": "hello.sh", "rootURL": "https://example.com/", "scriptSHA256": "` + digest + `"`), path: profile + "name", want: `"a/b" is no name for an extension`},
		{name: "Microsoft's old monitoring", set: own(`"name": "oms", "version": "v1"`), path: profile + "name", want: `the extension "oms" of AKS Engine is not supported. Microsoft retired its OMS agent`},
		{name: "Grafana with Helm 2", set: own(`"name": "prometheus-grafana-k8s", "version": "v1"`), path: profile + "name", want: "install the chart kube-prometheus-stack"},
		{name: "winrm from elsewhere", set: []string{"extensionProfiles[0].rootURL=https://example.com/"}, path: "properties.extensionProfiles[0]", line: 11, want: "winrm is part of the bootstrap", as: aNote},
		{name: "a Linux script on Windows", set: own(good, windows+"extensions[1].name=hello"), path: inWindows + "extensions[1].name", want: `the script "hello.sh" of "hello" is for Linux`},
		{name: "a Windows script on Linux", set: own(strings.Replace(good, "hello.sh", "hello.ps1", 1), linux+"preProvisionExtension.name=hello"), path: inLinux + "preProvisionExtension.name", want: `the script "hello.ps1" of "hello" is for Windows`},
		{name: "the first of a scale set", set: own(good, linux+`extensions[0]={"name": "hello", "singleOrAll": "Single"}`), path: inLinux + "extensions[0].singleOrAll", want: "machines of a scale set are all alike"},
		{name: "some machines", set: own(good, linux+`extensions[0]={"name": "hello", "singleOrAll": "some"}`), path: inLinux + "extensions[0].singleOrAll", want: `"some" is neither all nor single`},
		{name: "winrm on masters", set: []string{master + "extensions[0].name=winrm"}, path: inMaster + "extensions[0].name", want: "winrm is for Windows pools"},
		{name: "winrm before the node", set: []string{windows + "preProvisionExtension.name=winrm"}, path: inWindows + "preProvisionExtension.name", want: "winrm is set up once the node has joined"},
		{name: "an undeclared script of masters", set: []string{master + "preProvisionExtension.name=hello"}, path: inMaster + "preProvisionExtension.name", want: "no profile in properties.extensionProfiles declares"},
		{name: "a file without a place", set: []string{file + `[{"content": "x"}]`}, path: inFile + ".dest", want: "is missing"},
		{name: "a file without text", set: []string{file + `[{"dest": "/etc/a"}]`}, path: inFile, want: "has neither source nor content"},
		{name: "a file beside", set: []string{file + `[{"dest": "etc/a", "content": "x"}]`}, path: inFile + ".dest", want: `"etc/a" is no absolute path of a file`},
		{name: "a file round a corner", set: []string{file + `[{"dest": "/opt/../etc/kubernetes/pki/ca.crt", "content": "x"}]`}, path: inFile + ".dest", want: `Write "/etc/kubernetes/pki/ca.crt"`},
		{name: "a certificate as a file", set: []string{file + `[{"dest": "/etc/kubernetes/pki/ca.crt", "content": "x"}]`}, path: inFile + ".dest", want: "is in /etc/kubernetes/pki/, which is written by the system, kubeadm or the bootstrap"},
		{name: "a manifest as a file", set: []string{file + `[{"dest": "/etc/kubernetes/manifests/a.yaml", "content": "x"}]`}, path: inFile + ".dest", want: "is in /etc/kubernetes/manifests/"},
		{name: "a file twice", set: []string{file + `[{"dest": "/etc/a", "content": "x"}, {"dest": "/etc/a", "content": "y"}]`}, path: inMaster + "customFiles[1].dest", want: "is the dest of properties.masterProfile.customFiles[0] already"},
		{name: "a large file", set: []string{file + `[{"dest": "/etc/a", "content": "` + strings.Repeat("x", 49153) + `"}]`}, path: inFile, want: "is a file of 49153 bytes, more than the 49152"},
		{name: "a file that cannot be read here", set: []string{file + `[{"dest": "/etc/a", "source": "a"}]`}, path: inFile + ".source", want: `the file "a" cannot be read here`},
	}
}
