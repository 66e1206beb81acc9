#!/usr/bin/python3
"""Completes azure.json with the service principal's secret from a key vault.

The machine proves who it is with its managed identity. Neither the token nor
the secret is printed or stands on a command line. Exits with 1 when it did not
work; then it can be run again.

https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret
"""
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

METADATA = os.environ.get("METADATA_URL", "http://169.254.169.254")
# The metadata service must not be asked through a proxy.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def get(what, url, headers):
    """Returns a JSON answer. What goes wrong is said without the answer."""
    try:
        with OPENER.open(urllib.request.Request(url, headers=headers), timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as err:
        try:
            fault = json.load(err)["error"]
            code = fault["code"] if isinstance(fault, dict) else fault
        except Exception:  # an answer that is not Azure's
            code = "no code"
        raise SystemExit(f"{what}: HTTP {err.code} ({code})")
    except (urllib.error.URLError, OSError, ValueError) as err:
        raise SystemExit(f"{what}: {type(err).__name__}")


def main():
    query = urllib.parse.urlencode({
        "api-version": "2018-02-01",
        "resource": "https://vault.azure.net",
        "client_id": os.environ["CLIENT_SECRET_IDENTITY"],
    })
    token = get("token of the managed identity", f"{METADATA}/metadata/identity/oauth2/token?{query}",
                {"Metadata": "true"})["access_token"]
    secret = get("secret in the key vault", os.environ["CLIENT_SECRET_URL"],
                 {"Authorization": "Bearer " + token})["value"]
    path = os.environ["AZURE_JSON"]
    with open(path, encoding="utf-8") as old:
        config = json.load(old)
    config["aadClientSecret"] = secret
    descriptor = os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as new:
        json.dump(config, new, indent=2)
        new.write("\n")
    os.rename(path + ".new", path)


if __name__ == "__main__":
    sys.exit(main())
