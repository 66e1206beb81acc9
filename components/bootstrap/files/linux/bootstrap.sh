#!/bin/bash
# First boot of a Linux node. cloud-init has written the files; this script
# turns them into a node, step by step, and leaves a marker behind.
#
# Each step can run twice. After a failure the script can be run again by hand;
# after a success it does nothing. Read from another script it only defines its
# functions, and every path below can be set from outside.
set -Eeuo pipefail

: "${ETC_DIR:=/etc/hybridcluster}"
: "${LIB_DIR:=/usr/local/lib/hybridcluster}"
: "${STATE_DIR:=/var/lib/hybridcluster}"
: "${LOG_FILE:=/var/log/hybridcluster/bootstrap.log}"
: "${KUBEADM_CONFIG:=$ETC_DIR/kubeadm.yaml}"
: "${KUBERNETES_DIR:=/etc/kubernetes}"
: "${KUBELET_DIR:=/var/lib/kubelet}"
: "${HOSTS_FILE:=/etc/hosts}"
: "${FSTAB:=/etc/fstab}"
: "${ETCD_MOUNT:=/var/lib/etcddisk}"
: "${ETCD_DISKS:=/dev/disk/azure/scsi1/lun0 /dev/disk/azure/data/by-lun/0}"
: "${KEYRING:=/etc/apt/keyrings/kubernetes.asc}"
: "${APT_SOURCE:=/etc/apt/sources.list.d/kubernetes.list}"
: "${CHRONY_CONFIG:=/etc/chrony}"
: "${CERTS_DIR:=/etc/containerd/certs.d}"
: "${CRI_SOCKET:=unix:///run/containerd/containerd.sock}"
: "${RETRIES:=8}"
: "${RETRY_DELAY:=5}"
# kubeadm itself waits 30 minutes for the control plane; this is a little more.
: "${JOIN_SECONDS:=2100}"
: "${VERIFY_SECONDS:=300}"

SUCCESS_MARKER=$STATE_DIR/bootstrapped
FAILURE_MARKER=$STATE_DIR/failed
KUBEADM_MARKER=$STATE_DIR/kubeadm-done
CURRENT_STEP=start

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

apt() {
  apt-get -y -q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=5 \
    -o Dpkg::Options::=--force-confold "$@"
}

# --- the machine ------------------------------------------------------------

# pause_background_apt keeps the daily updates from taking apt's locks. A run
# that has begun is left to finish: apt waits for its lock.
pause_background_apt() {
  systemctl stop apt-daily.timer apt-daily-upgrade.timer || true
  systemctl mask --runtime apt-daily.service apt-daily-upgrade.service || true
}

resume_background_apt() {
  systemctl unmask --runtime apt-daily.service apt-daily-upgrade.service || true
  systemctl start apt-daily.timer apt-daily-upgrade.timer || true
}

disable_swap() {
  swapoff -a
  sed -i -E '/^[^#]\S*\s+\S+\s+swap\s/ s/^/# /' "$FSTAB"
}

load_kernel_settings() {
  modprobe overlay
  modprobe br_netfilter
  sysctl --quiet --load /etc/sysctl.d/90-hybridcluster.conf
}

install_packages() {
  retry apt update
  retry apt install ca-certificates chrony conntrack curl ebtables ethtool iptables socat
}

# protect_wireserver keeps pods from the VM's settings, now and at each boot.
protect_wireserver() {
  systemctl daemon-reload
  systemctl enable --now hybridcluster-wireserver.service
}

# sync_time takes the host's clock, unless the image does so already.
sync_time() {
  local device
  if grep -rqsE '^\s*refclock\s+PHC' "$CHRONY_CONFIG"; then return 0; fi
  for device in /dev/ptp_hyperv /dev/ptp0; do
    [[ -e $device ]] || continue
    mkdir -p "$CHRONY_CONFIG/conf.d"
    printf 'refclock PHC %s poll 3 dpoll -2 offset 0\nmakestep 1.0 -1\n' "$device" \
      >"$CHRONY_CONFIG/conf.d/hybridcluster.conf"
    systemctl restart chrony || log "WARNING: chrony does not start"
    return 0
  done
  log "no clock of the host found; NTP it is"
}

# --- the container runtime --------------------------------------------------

install_containerd() {
  local dir=$STATE_DIR/download
  mkdir -p "$dir"
  download "$CONTAINERD_URL" "$CONTAINERD_SHA256_URL" "$dir/containerd.tar.gz"
  tar -C /usr/local -xzf "$dir/containerd.tar.gz"
  download "$RUNC_URL" "$RUNC_SHA256_URL" "$dir/runc"
  install -m 0755 "$dir/runc" /usr/local/sbin/runc
  download "$CRICTL_URL" "$CRICTL_SHA256_URL" "$dir/crictl.tar.gz"
  tar -C /usr/local/bin -xzf "$dir/crictl.tar.gz" crictl
  rm -rf "$dir"
}

start_containerd() {
  mkdir -p "$CERTS_DIR"
  systemctl daemon-reload
  systemctl enable --now containerd.service
  retry ctr version >/dev/null
}

# --- Kubernetes -------------------------------------------------------------

install_kubernetes() {
  local version=$KUBERNETES_PACKAGE_VERSION
  mkdir -p "$(dirname "$KEYRING")" "$(dirname "$APT_SOURCE")"
  retry fetch "$KUBERNETES_APT_KEY_URL" "$KEYRING"
  chmod 0644 "$KEYRING"
  printf 'deb [signed-by=%s] %s /\n' "$KEYRING" "$KUBERNETES_APT_URL" >"$APT_SOURCE"
  chmod 0644 "$APT_SOURCE"
  retry apt update
  retry apt install --allow-change-held-packages \
    "kubelet=$version" "kubeadm=$version" "kubectl=$version"
  apt-mark hold kubelet kubeadm kubectl
  systemctl enable kubelet.service
}

# prepare_etcd_disk makes sure that etcd does not land on the system disk.
# cloud-init has normally done the work; where the disk has another name
# (NVMe) it is done here.
prepare_etcd_disk() {
  local device found=
  if mountpoint -q "$ETCD_MOUNT"; then return 0; fi
  mkdir -p "$ETCD_MOUNT"
  if mount "$ETCD_MOUNT" 2>/dev/null; then return 0; fi
  for device in $ETCD_DISKS; do
    if [[ -e $device ]]; then found=$(readlink -f "$device"); break; fi
  done
  if [[ -z $found ]]; then
    log "the etcd disk is missing: no $ETCD_DISKS. Is a data disk attached on lun 0?"
    return 1
  fi
  if ! blkid -L etcd_disk >/dev/null; then
    if [[ -n $(lsblk -nro FSTYPE "$found") ]]; then
      log "the etcd disk $found holds another file system; it is not touched"
      return 1
    fi
    mkfs.ext4 -q -F -L etcd_disk "$found"
  fi
  grep -q 'LABEL=etcd_disk' "$FSTAB" ||
    printf 'LABEL=etcd_disk %s ext4 defaults,nofail 0 2\n' "$ETCD_MOUNT" >>"$FSTAB"
  mount "$ETCD_MOUNT"
}

# map_endpoint_to_self lets a master reach the API by its public name before
# the load balancer has seen it healthy, and ever after: a load balancer may
# not send a machine's traffic back to itself.
map_endpoint_to_self() {
  local line="127.0.0.1 $API_ENDPOINT"
  grep -qxF "$line" "$HOSTS_FILE" || printf '%s\n' "$line" >>"$HOSTS_FILE"
}

# keep_pki copies the given PKI aside, because kubeadm reset deletes it.
keep_pki() {
  if [[ -d $STATE_DIR/pki ]]; then return 0; fi
  rm -rf "$STATE_DIR/pki.new"
  cp -a "$KUBERNETES_DIR/pki" "$STATE_DIR/pki.new"
  mv "$STATE_DIR/pki.new" "$STATE_DIR/pki"
}

reset_node() {
  log "resetting what kubeadm has begun"
  kubeadm reset --force --cri-socket "$CRI_SOCKET" || true
  if [[ -d $STATE_DIR/pki ]]; then
    mkdir -p "$KUBERNETES_DIR/pki"
    cp -a "$STATE_DIR/pki/." "$KUBERNETES_DIR/pki/"
  fi
}

pull_images() { retry kubeadm config images pull --config "$KUBEADM_CONFIG"; }

init_control_plane() {
  local attempt
  if [[ -e $KUBEADM_MARKER ]]; then return 0; fi
  for attempt in 1 2 3; do
    if kubeadm init --config "$KUBEADM_CONFIG" --skip-token-print 2>&1 | redact; then
      touch "$KUBEADM_MARKER"
      return 0
    fi
    log "kubeadm init failed (attempt $attempt of 3)"
    if ((attempt < 3)); then
      reset_node
      sleep "$RETRY_DELAY"
    fi
  done
  return 1
}

join_cluster() {
  local deadline=$((SECONDS + JOIN_SECONDS))
  if [[ -e $KUBEADM_MARKER ]]; then return 0; fi
  until kubeadm join --config "$KUBEADM_CONFIG" 2>&1 | redact; do
    if ((SECONDS >= deadline)); then
      log "kubeadm join did not succeed within $JOIN_SECONDS seconds"
      return 1
    fi
    reset_node
    log "kubeadm join failed; trying again"
    sleep "$RETRY_DELAY"
  done
  touch "$KUBEADM_MARKER"
}

node_is_up() {
  [[ -s $KUBELET_DIR/pki/kubelet-client-current.pem ]] &&
    curl --fail --silent --max-time 5 --output /dev/null http://127.0.0.1:10248/healthz &&
    kubectl --kubeconfig "$KUBERNETES_DIR/kubelet.conf" --request-timeout 10s \
      get node "$NODE_NAME" --output name
}

# verify_node asks the API, as the node itself, whether the node is there.
verify_node() {
  local deadline=$((SECONDS + VERIFY_SECONDS))
  until node_is_up; do
    if ((SECONDS >= deadline)); then
      log "the node did not register within $VERIFY_SECONDS seconds; last lines of the kubelet:"
      journalctl --unit kubelet --no-pager --lines 20 | redact || true
      return 1
    fi
    sleep "$RETRY_DELAY"
  done
}

# --- the end ----------------------------------------------------------------

# scrub_secrets removes what cloud-init keeps of the custom data. The PKI of a
# master stays where Kubernetes needs it.
scrub_secrets() {
  rm -rf "$STATE_DIR/pki"
  sed -i -E 's/^(\s*(- )?(token|tlsBootstrapToken):).*/\1 removed/' "$KUBEADM_CONFIG"
  python3 "$LIB_DIR/scrub.py" ||
    log "WARNING: cloud-init's copy of the custom data could not be cleaned; only root can read it"
}

on_exit() {
  local code=$?
  if ((code == 0)); then return 0; fi
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

main() {
  umask 077
  mkdir -p "$STATE_DIR" "$(dirname "$LOG_FILE")"
  if [[ -e $SUCCESS_MARKER ]]; then return 0; fi
  touch "$LOG_FILE"
  chmod 0600 "$LOG_FILE"
  exec >>"$LOG_FILE" 2>&1
  rm -f "$FAILURE_MARKER"
  trap on_exit EXIT
  # shellcheck source=/dev/null
  source "$ETC_DIR/bootstrap.env"
  umask 022

  run_steps pause_background_apt disable_swap load_kernel_settings install_packages \
    protect_wireserver sync_time install_containerd start_containerd install_kubernetes
  case $ROLE in
  control-plane-init)
    run_steps prepare_etcd_disk map_endpoint_to_self keep_pki pull_images init_control_plane
    ;;
  node)
    run_steps join_cluster
    ;;
  *)
    log "unknown role $ROLE"
    return 1
    ;;
  esac
  run_steps verify_node scrub_secrets resume_background_apt

  CURRENT_STEP=finish
  date -u +%Y-%m-%dT%H:%M:%SZ >"$SUCCESS_MARKER.new"
  mv "$SUCCESS_MARKER.new" "$SUCCESS_MARKER"
  log "done"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then main "$@"; fi
