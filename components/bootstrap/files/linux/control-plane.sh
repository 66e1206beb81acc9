# The steps of bootstrap.sh that make a master. The first master initialises the
# cluster and the others join it, each with the same certificate authorities.
# shellcheck shell=bash

INIT_MARKER=$STATE_DIR/init-begun

# etcd_device prints the data disk on lun 0. It has a link under one of two names,
# or none: images differ in whether they name disks that are attached by NVMe. Such a
# disk is namespace 2 of the controller for remote disks; 1 is the system disk:
# https://github.com/Azure/azure-vm-utils/blob/main/udev/80-azure-disk.rules
etcd_device() {
  local path
  for path in $ETCD_DISKS; do
    if [[ -e $path ]]; then readlink -f "$path"; return 0; fi
  done
  for path in "$SYS_BLOCK"/nvme*; do
    if [[ -e $path/nsid && $(<"$path/nsid") == 2 && $(<"$path/device/model") == 'MSFT NVMe Accelerator'* ]]; then
      printf '/dev/%s\n' "${path##*/}"
      return 0
    fi
  done
  log "the etcd disk is missing: no $ETCD_DISKS, and no second namespace of a remote NVMe disk. Is a data disk attached on lun 0?" >&2
  return 1
}

# prepare_etcd_disk makes sure that etcd does not land on the system disk. From then
# on a unit of systemd's mounts the disk at each start: what cloud-init writes to
# fstab it takes out again when the machine gets a new temporary disk.
prepare_etcd_disk() {
  local device kind
  if ! mountpoint -q "$ETCD_MOUNT"; then
    udevadm settle --timeout=60 || true
    device=$(etcd_device)
    kind=$(lsblk --noheadings --raw --output FSTYPE,LABEL "$device" | xargs)
    case $kind in
    'ext4 etcd_disk') ;; # made before a restart
    '') mkfs.ext4 -q -F -L etcd_disk -E lazy_itable_init=1,lazy_journal_init=1 "$device" ;;
    *)
      log "the etcd disk $device holds another file system ($kind); it is not touched"
      return 1
      ;;
    esac
  fi
  mkdir -p "$ETCD_MOUNT"
  systemctl daemon-reload
  RETRIES=3 retry systemctl enable --now var-lib-etcddisk.mount
}

# keep_pki copies the given PKI aside, because kubeadm reset deletes it. After a
# restart it is put back, which may not have been done: without it kubeadm would make
# authorities of its own.
keep_pki() {
  if [[ -d $STATE_DIR/pki ]]; then
    restore_pki
    return
  fi
  rm -rf "$STATE_DIR/pki.new"
  cp -a "$KUBERNETES_DIR/pki" "$STATE_DIR/pki.new"
  mv "$STATE_DIR/pki.new" "$STATE_DIR/pki"
}

# read_client_secret completes azure.json with the secret from the key vault.
read_client_secret() { RETRIES=$SECRET_RETRIES retry read_client_secret_once; }

read_client_secret_once() {
  CLIENT_SECRET_URL=$CLIENT_SECRET_URL CLIENT_SECRET_IDENTITY=$CLIENT_SECRET_IDENTITY \
    AZURE_JSON=$KUBERNETES_DIR/azure.json python3 "$LIB_DIR/keyvault.py"
}

# map_endpoint_to_self lets a master reach the API by its public name before
# the load balancer has seen it healthy, and ever after: a load balancer may
# not send a machine's traffic back to itself.
map_endpoint_to_self() { map_endpoint 127.0.0.1; }

# --- the other masters ------------------------------------------------------

# make_etcd_client makes a certificate for a day of questions to etcd.
make_etcd_client() {
  local dir=$STATE_DIR/etcd-client
  rm -rf "$dir"
  mkdir -m 0700 "$dir"
  if ! sign_etcd_client "$dir" "$STATE_DIR/pki/etcd/ca" 2>"$dir/errors"; then
    cat "$dir/errors"
    return 1
  fi
}

sign_etcd_client() {
  printf 'extendedKeyUsage=clientAuth\n' >"$1/client.ext"
  openssl req -new -newkey rsa:2048 -nodes -subj /CN=hybridcluster-bootstrap \
    -keyout "$1/client.key" -out "$1/client.csr" &&
    openssl x509 -req -in "$1/client.csr" -CA "$2.crt" -CAkey "$2.key" -days 1 \
      -set_serial "0x$(openssl rand -hex 16)" -extfile "$1/client.ext" -out "$1/client.crt"
}

# ask_etcd sends a request to the etcd of another master. Beside gRPC, etcd
# answers the same calls in JSON, so that curl is enough:
# https://etcd.io/docs/latest/dev-guide/api_grpc_gateway/
ask_etcd() {
  local ip=$1 path=$2 dir=$STATE_DIR/etcd-client
  shift 2
  curl --silent --connect-timeout 3 --max-time 10 --cacert "$STATE_DIR/pki/etcd/ca.crt" \
    --cert "$dir/client.crt" --key "$dir/client.key" "$@" "https://$ip:$ETCD_PORT$path"
}

# ask_api succeeds when an API server of this cluster answers at an address,
# whatever it says: the certificate tells whose it is.
ask_api() {
  curl --silent --connect-timeout 3 --max-time 10 --cacert "$STATE_DIR/pki/ca.crt" \
    --resolve "$ENDPOINT:$API_PORT:$1" --output /dev/null \
    "https://$ENDPOINT:$API_PORT/api/v1/namespaces/kube-public/configmaps/cluster-info"
}

# cluster_exists says whether another master runs this cluster already: then
# this one is a replacement, and a second cluster must not be made. The others
# are asked at their own addresses under the endpoint's name, because behind
# the endpoint this machine itself might answer, or a load balancer drop what
# comes back to its sender. An etcd that answers counts even where no API server
# does: it has lost its majority, but its data are there.
cluster_exists() {
  local ip round
  for round in 1 2; do
    for ip in $OTHER_MASTERS; do
      if ask_api "$ip" || ask_etcd "$ip" /health --output /dev/null; then
        log "the master $ip runs this cluster (round $round)"
        return 0
      fi
    done
    if [[ -z $OTHER_MASTERS ]]; then return 1; fi
    sleep "$RETRY_DELAY"
  done
  return 1
}

# stale_members prints the ids of etcd's members that have this master's name
# or address. They are of a machine that is gone: this one has no etcd yet.
stale_members() {
  python3 -c '
import json, sys
name, peer = sys.argv[1:]
for member in json.load(sys.stdin)["members"]:
    if member.get("name") == name or peer in member.get("peerURLs", []):
        print(member["ID"])' "$NODE_NAME" "https://$PRIVATE_IP:2380"
}

# remove_stale_member takes this master's predecessor out of etcd. kubeadm does
# not: it sees that the address is a member already, does not add it again, and
# the new etcd then panics because it has lost what the old one had confirmed.
# Where no etcd answers there is nothing to remove yet.
remove_stale_member() {
  local ip list ids id
  for ip in $OTHER_MASTERS; do
    list=$(ask_etcd "$ip" /v3/cluster/member/list --fail --data '{}') || continue
    ids=$(stale_members <<<"$list") || return 1
    for id in $ids; do
      log "removing the member $id from etcd: it was this master before"
      ask_etcd "$ip" /v3/cluster/member/remove --fail --output /dev/null --data "{\"ID\": \"$id\"}" || return 1
    done
    return 0
  done
}

# --- initialise and join ----------------------------------------------------

pull_images() { retry kubeadm config images pull --config "$KUBEADM_CONFIG"; }

# init_cluster takes flags of kubeadm's. An init that was cut off by a restart is not
# begun anew: others may have joined already. kubeadm keeps what it finds, as long as it
# does not mind the files, the ports and the data that are there.
init_cluster() {
  map_endpoint_to_self || return 1
  touch "$INIT_MARKER"
  run_kubeadm init --config "$KUBEADM_CONFIG" --skip-token-print "$@"
}

resumed_init() {
  local name list=DirAvailable--var-lib-etcddisk-etcd
  for name in kube-apiserver kube-controller-manager kube-scheduler etcd; do
    list+=,FileAvailable--etc-kubernetes-manifests-$name.yaml
  done
  for name in 2379 2380 6443 10250 10257 10259; do list+=,Port-$name; done
  printf -- '--ignore-preflight-errors=%s\n' "$list"
}

# join_as_master joins through the endpoint, so the name must not stand for
# this machine yet.
join_as_master() {
  map_endpoint "$ENDPOINT_IP" || return 1
  remove_stale_member || return 1
  run_kubeadm join --config "$1"
}

# finish_begun_init installs what an init installs last, if it was this machine
# whose init broke off after others had joined.
finish_begun_init() {
  if [[ ! -e $INIT_MARKER ]]; then return 0; fi
  map_endpoint_to_self
  retry kubeadm init phase addon all --config "$KUBEADM_CONFIG"
}

# init_control_plane is the first master's. What it does is decided anew before
# each attempt: a cluster that others have joined is joined, and when the others
# have given up as well there is none and one is made. So nobody waits for ever.
init_control_plane() {
  local deadline=$((SECONDS + JOIN_SECONDS)) inits=0 resumed=()
  if [[ -e $KUBEADM_MARKER ]]; then return 0; fi
  if [[ -e $INIT_MARKER ]]; then resumed=("$(resumed_init)"); fi
  while true; do
    if cluster_exists; then
      if join_as_master "$REJOIN_CONFIG" && finish_begun_init; then break; fi
      log "joining the other masters failed"
      show_cause
    else
      inits=$((inits + 1))
      if init_cluster "${resumed[@]}"; then break; fi
      resumed=()
      log "kubeadm init failed (attempt $inits of 3)"
      show_cause
      if ((inits >= 3)); then return 1; fi
    fi
    if ((SECONDS >= deadline)); then
      log "this master did not come up within $JOIN_SECONDS seconds"
      return 1
    fi
    reset_node
    sleep "$RETRY_DELAY"
  done
  touch "$KUBEADM_MARKER"
}

# join_control_plane is the other masters'. kubeadm waits for the first one.
# Two masters that join at once may disturb each other: etcd takes one learner
# at a time. So a join is repeated.
join_control_plane() {
  local deadline=$((SECONDS + JOIN_SECONDS))
  if [[ -e $KUBEADM_MARKER ]]; then return 0; fi
  until join_as_master "$KUBEADM_CONFIG"; do
    show_cause
    if ((SECONDS >= deadline)); then
      log "kubeadm join did not succeed within $JOIN_SECONDS seconds"
      return 1
    fi
    log "kubeadm join failed; trying again"
    reset_node
    sleep "$RETRY_DELAY"
  done
  touch "$KUBEADM_MARKER"
}
