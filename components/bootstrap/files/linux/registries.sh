# Installs the program that gets the kubelet its logins to registries, as a step of
# bootstrap.sh. The kubelet does not start without it.
# shellcheck shell=bash

: "${CREDENTIAL_PROVIDERS:=$LIB_DIR/credential-providers}"

install_credential_provider() {
  local dir=$STATE_DIR/download
  mkdir -p "$dir" "$CREDENTIAL_PROVIDERS"
  retry download_pinned "$CREDENTIAL_PROVIDER_URL" "$CREDENTIAL_PROVIDER_SHA256" "$dir/credential-provider"
  install -m 0755 "$dir/credential-provider" "$CREDENTIAL_PROVIDERS/acr-credential-provider"
  rm -rf "$dir"
}

# download_pinned fetches a file and refuses another than the expected one.
download_pinned() {
  local got
  fetch "$1" "$3" || return 1
  got=$(sha256sum "$3" | cut -d ' ' -f 1)
  if [[ $got != "$2" ]]; then
    log "$1 has the SHA-256 $got, and $2 is expected"
    rm -f "$3"
    return 1
  fi
}
