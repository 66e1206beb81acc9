#!/bin/bash
# First boot of a Linux node. cloud-init has written the files; this script
# turns them into a node, step by step, and leaves a marker behind. The steps
# stand in the files beside it.
#
# systemd runs it, as hybridcluster-bootstrap.service, at each start of the machine
# until it has succeeded: each step can run twice. After a failure the unit can be
# started again, which the machine's extension does; after a success it does nothing.
# Read from another script it only defines its
# functions, and every path below can be set from outside.
set -Eeuo pipefail

: "${ETC_DIR:=/etc/hybridcluster}"
: "${LIB_DIR:=/usr/local/lib/hybridcluster}"
: "${STATE_DIR:=/var/lib/hybridcluster}"
: "${LOG_FILE:=/var/log/hybridcluster/bootstrap.log}"
: "${KUBEADM_CONFIG:=$ETC_DIR/kubeadm.yaml}"
: "${REJOIN_CONFIG:=$ETC_DIR/rejoin.yaml}"
: "${SCRIPTS_DIR:=$ETC_DIR/scripts}"
: "${KUBERNETES_DIR:=/etc/kubernetes}"
: "${KUBELET_DIR:=/var/lib/kubelet}"
: "${HOSTS_FILE:=/etc/hosts}"
: "${FSTAB:=/etc/fstab}"
: "${SYSCTL_DIR:=/etc/sysctl.d}"
: "${RESOLVED_CONFIG:=/etc/systemd/resolved.conf.d/hybridcluster.conf}"
: "${APT_PERIODIC:=/etc/apt/apt.conf.d/99hybridcluster}"
: "${REBOOT_REQUIRED:=/run/reboot-required}"
: "${ETCD_MOUNT:=/var/lib/etcddisk}"
: "${SYS_BLOCK:=/sys/block}"
: "${ETCD_DISKS:=/dev/disk/azure/scsi1/lun0 /dev/disk/azure/data/by-lun/0}"
: "${API_PORT:=6443}"
: "${ETCD_PORT:=2379}"
: "${KEYRING:=/etc/apt/keyrings/kubernetes.asc}"
: "${APT_SOURCE:=/etc/apt/sources.list.d/kubernetes.list}"
: "${CHRONY_CONFIG:=/etc/chrony}"
: "${HOST_CLOCKS:=/dev/ptp_hyperv /dev/ptp0}"
: "${MEMINFO:=/proc/meminfo}"
: "${PATCHES_DIR:=$ETC_DIR/patches}"
: "${CERTS_DIR:=/etc/containerd/certs.d}"
: "${POD_LOGS:=/var/log/pods}"
: "${CRI_SOCKET:=unix:///run/containerd/containerd.sock}"
: "${RETRIES:=8}"
: "${RETRY_DELAY:=5}"
# A role assignment may take many minutes to work.
: "${SECRET_RETRIES:=20}"
# kubeadm itself waits 10 minutes for the control plane, and is repeated.
: "${JOIN_SECONDS:=2400}"
: "${VERIFY_SECONDS:=300}"

SUCCESS_MARKER=$STATE_DIR/bootstrapped
FAILURE_MARKER=$STATE_DIR/failed
# shellcheck disable=SC2034 # the other files use it
KUBEADM_MARKER=$STATE_DIR/kubeadm-done
CURRENT_STEP=start
STOPPED=
IN_SCRIPT=

export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1

log() { printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*"; }

# retry runs a command until it succeeds, and waits longer each time.
retry() {
  local attempt delay=$RETRY_DELAY
  for ((attempt = 1; ; attempt++)); do
    if "$@"; then return 0; fi
    if ((attempt >= RETRIES)); then
      log "gave up after $attempt attempts: $1"
      return 1
    fi
    log "attempt $attempt of $RETRIES failed: $1; next in ${delay}s"
    sleep "$delay"
    delay=$((delay < 60 ? delay * 2 : 60))
  done
}

# redact hides bootstrap tokens in what a program prints.
redact() { sed -u -E 's/[a-z0-9]{6}\.[a-z0-9]{16}/[token]/g'; }

fetch() {
  curl --fail --silent --show-error --location --proto '=https' --tlsv1.2 \
    --connect-timeout 20 --max-time 900 --output "$2" "$1"
}

# published_sha256 reads the digest of a file out of the publisher's checksum
# file, which holds either one bare digest or lines of "digest  name".
published_sha256() {
  awk -v name="$2" '
    { sub(/\r$/, "") }
    NF == 1 && length($1) == 64 { print $1; exit }
    NF >= 2 { file = $2; sub(/^\*/, "", file); sub(/.*\//, "", file)
              if (file == name) { print $1; exit } }' "$1"
}

# download_once fetches a file and its checksum and refuses a mismatch.
download_once() {
  local url=$1 checksum_url=$2 target=$3 want got
  fetch "$checksum_url" "$target.sha256" || return 1
  fetch "$url" "$target" || return 1
  want=$(published_sha256 "$target.sha256" "${url##*/}")
  got=$(sha256sum "$target" | cut -d ' ' -f 1)
  if [[ ! $want =~ ^[0-9a-f]{64}$ || $want != "$got" ]]; then
    log "checksum of $url: published '${want}', downloaded '${got}'"
    rm -f "$target"
    return 1
  fi
}

download() { retry download_once "$@"; }

# shellcheck source=/dev/null
source "$LIB_DIR/machine.sh"
# shellcheck source=/dev/null
source "$LIB_DIR/kubernetes.sh"
# Masters, and nodes with mirrors, registries or scripts of the user's, have these.
for part in control-plane mirrors registries scripts; do
  # shellcheck source=/dev/null
  if [[ -e $LIB_DIR/$part.sh ]]; then source "$LIB_DIR/$part.sh"; fi
done

# --- the order of things ----------------------------------------------------

# scrub_secrets removes what cloud-init keeps of the custom data. The PKI of a
# master stays where Kubernetes needs it.
scrub_secrets() {
  local file
  rm -rf "$STATE_DIR/pki" "$STATE_DIR/etcd-client" "$STATE_DIR/scripts" "$SCRIPTS_DIR"
  for file in "$KUBEADM_CONFIG" "$REJOIN_CONFIG"; do
    [[ ! -e $file ]] || sed -i -E 's/^(\s*(- )?(token|tlsBootstrapToken):).*/\1 removed/' "$file"
  done
  python3 "$LIB_DIR/scrub.py" ||
    log "WARNING: cloud-init's copy of the custom data could not be cleaned; only root can read it"
  # Where the disc with the custom data is still in its drive, cloud-init reads it at
  # each start of the machine.
  systemctl enable hybridcluster-scrub.service
}

# machine_stops says whether the machine is going down, or the unit was told to stop.
machine_stops() {
  [[ -n $STOPPED || $(systemctl is-system-running 2>/dev/null || true) == stopping ]]
}

# stop_here ends the script where systemd asks for it, which is at a restart. bash
# comes here once the program has ended that it waits for. The script of a user's that
# asks for a restart has then ended as well, and that is written down first.
stop_here() {
  STOPPED=yes
  if [[ -z $IN_SCRIPT ]]; then exit 143; fi
}

on_exit() {
  local code=$?
  if ((code == 0)); then return 0; fi
  if machine_stops; then
    log "stopped in step $CURRENT_STEP; it goes on at the next start of the machine"
    return 0
  fi
  printf 'step %s failed with exit code %s\n' "$CURRENT_STEP" "$code" >"$FAILURE_MARKER"
  log "FAILED in step $CURRENT_STEP with exit code $code"
  resume_background_apt
}

run_steps() {
  local step
  for step in "$@"; do
    CURRENT_STEP=$step
    log "step $step"
    "$step"
  done
}

# read_settings reads what this node is told. Instances of a scale set share
# their settings: such a node has its computer's name, as kubeadm has it.
read_settings() {
  # shellcheck source=/dev/null
  source "$ETC_DIR/bootstrap.env"
  if [[ -z $NODE_NAME ]]; then NODE_NAME=$(uname -n | tr '[:upper:]' '[:lower:]'); fi
}

prepare_machine() {
  run_steps pause_background_apt mend_packages
  if [[ -e $RESOLVED_CONFIG ]]; then run_steps use_own_dns; fi
  if [[ -n $ENDPOINT_IP ]]; then run_steps map_endpoint_to_address; fi
  if [[ -e $LIB_DIR/mirrors.sh ]]; then run_steps use_package_mirrors; fi
  if [[ -d $SCRIPTS_DIR/before ]]; then run_steps run_scripts_before; fi
  run_steps disable_swap load_kernel_settings
  if [[ $NO_UNATTENDED_UPGRADES == true ]]; then run_steps stop_unattended_upgrades; fi
  run_steps install_packages
  if [[ $UPGRADE_AT_BOOT == true ]]; then run_steps upgrade_packages; fi
  if [[ $AUDITD == true ]]; then run_steps install_auditd; fi
  run_steps protect_wireserver sync_time install_containerd start_containerd install_kubernetes reserve_resources
  if [[ -e $LIB_DIR/registries.sh ]]; then run_steps install_credential_provider; fi
}

become_node() {
  case $ROLE in
  control-plane-init | control-plane-join)
    run_steps prepare_etcd_disk keep_pki
    if [[ -n $CLIENT_SECRET_URL ]]; then run_steps read_client_secret; fi
    if [[ -n $OTHER_MASTERS ]]; then run_steps make_etcd_client; fi
    if [[ $ROLE == control-plane-init ]]; then
      run_steps pull_images init_control_plane
    else
      run_steps join_control_plane
    fi
    run_steps map_endpoint_to_self
    if [[ -n $ENDPOINT_IP ]]; then run_steps redirect_own_api; fi
    ;;
  node) run_steps join_cluster ;;
  *)
    log "unknown role $ROLE"
    return 1
    ;;
  esac
}

main() {
  umask 077
  mkdir -p "$STATE_DIR" "$(dirname "$LOG_FILE")"
  if [[ -e $SUCCESS_MARKER ]]; then return 0; fi
  touch "$LOG_FILE"
  chmod 0600 "$LOG_FILE"
  exec >>"$LOG_FILE" 2>&1
  rm -f "$FAILURE_MARKER"
  trap on_exit EXIT
  trap stop_here TERM
  read_settings
  umask 022

  prepare_machine
  become_node
  run_steps verify_node
  if [[ -d $SCRIPTS_DIR/after ]]; then run_steps run_scripts_after; fi
  run_steps scrub_secrets resume_background_apt

  CURRENT_STEP=finish
  date -u +%Y-%m-%dT%H:%M:%SZ >"$SUCCESS_MARKER.new"
  mv "$SUCCESS_MARKER.new" "$SUCCESS_MARKER"
  log "done"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then main "$@"; fi
