# The steps of bootstrap.sh that install Kubernetes and join a worker.
# shellcheck shell=bash

# --- the container runtime --------------------------------------------------

install_containerd() {
  local dir=$STATE_DIR/download
  mkdir -p "$dir"
  download "$CONTAINERD_URL" "$CONTAINERD_SHA256_URL" "$dir/containerd.tar.gz"
  tar -C /usr/local --no-same-owner -xzf "$dir/containerd.tar.gz"
  download "$RUNC_URL" "$RUNC_SHA256_URL" "$dir/runc"
  install -m 0755 "$dir/runc" /usr/local/sbin/runc
  download "$CRICTL_URL" "$CRICTL_SHA256_URL" "$dir/crictl.tar.gz"
  tar -C /usr/local/bin --no-same-owner -xzf "$dir/crictl.tar.gz" crictl
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
  # Of this source alone, so that no other one's fault stands in its way.
  retry update_and_install -o "Dir::Etc::SourceList=$APT_SOURCE" -o Dir::Etc::SourceParts=- -o APT::Get::List-Cleanup=0 -- \
    --allow-change-held-packages "kubelet=$version" "kubeadm=$version" "kubectl=$version"
  apt-mark hold kubelet kubeadm kubectl
  systemctl enable kubelet.service
}

# reserve_resources tells the kubelet what to keep from pods, for itself, the container
# runtime and the system: without it a node without limits on its pods is out of memory
# before the kubelet evicts any. The amounts are those of AKS by the machine's memory and
# cores: https://learn.microsoft.com/azure/aks/node-resource-reservations
# kubeadm takes them as a patch, so that flags of the definition's win.
reserve_resources() {
  mkdir -p "$PATCHES_DIR"
  awk -v cores="$(nproc)" '
    function part(from, to, share) { return mib <= from ? 0 : ((mib < to ? mib : to) - from) * share }
    /^MemTotal:/ { mib = $2 / 1024 }
    END {
      memory = part(0, 4096, 0.25) + part(4096, 8192, 0.20) + part(8192, 16384, 0.10) + part(16384, 131072, 0.06) + part(131072, 1e9, 0.02)
      cpu = 60 + (cores > 1 ? 40 : 0) + (cores > 2 ? 20 * ((cores < 4 ? cores : 4) - 2) : 0) + (cores > 4 ? 10 * (cores - 4) : 0)
      evict = mib * 0.05; evict = evict < 100 ? 100 : evict > 750 ? 750 : evict
      # Where one signal is given, the others are off unless they are given as well.
      printf "kubeReserved:\n  cpu: %dm\n  memory: %dMi\nevictionHard:\n  memory.available: %dMi\n", cpu, memory, evict
      printf "  nodefs.available: 10%%\n  nodefs.inodesFree: 5%%\n  imagefs.available: 15%%\n  imagefs.inodesFree: 5%%\n"
    }' "$MEMINFO" >"$PATCHES_DIR/kubeletconfiguration+merge.yaml"
}

# reset_node undoes what kubeadm has begun. kubeadm reset deletes the PKI, and
# it leaves etcd's data where it could not read where they are.
reset_node() {
  log "resetting what kubeadm has begun"
  kubeadm reset --force --cri-socket "$CRI_SOCKET" || true
  if [[ -d $STATE_DIR/pki ]]; then
    rm -rf "$ETCD_MOUNT/etcd"
    restore_pki
  fi
}

restore_pki() {
  mkdir -p "$KUBERNETES_DIR/pki"
  cp -a "$STATE_DIR/pki/." "$KUBERNETES_DIR/pki/"
}

# run_kubeadm gives an attempt no more time than its caller has left until its
# deadline: kubeadm waits long for a control plane, and what comes after it waits for
# it.
run_kubeadm() {
  local left=$((deadline - SECONDS))
  timeout --kill-after=30 "$((left > 60 ? left : 60))" kubeadm "$@" 2>&1 | redact
}

# show_end logs the last lines of what it reads, without tokens and cut short: the
# extension shows no more than the end of our log.
show_end() {
  local lines
  lines=$(tail -n "$2" | redact | cut -c 1-200)
  if [[ -z $lines ]]; then return 0; fi
  log "last lines of $1:"
  printf '%s\n' "$lines"
}

# show_cause logs why kubeadm may have failed. kubeadm itself only says what it
# waited for in vain; the kubelet, etcd and the API server say why. What systemd
# says of its restarts would push the kubelet's own words out.
show_cause() {
  local name file newest
  journalctl --unit kubelet --no-pager --output cat --lines 50 2>&1 |
    sed -E '/^Start(ing|ed) |Scheduled restart job|Main process exited|Failed with result|Consumed .* CPU/d' |
    show_end kubelet 5 || true
  for name in etcd kube-apiserver; do
    newest=
    for file in "$POD_LOGS/kube-system_$name-"*/"$name"/*.log; do
      if [[ -f $file && (-z $newest || $file -nt $newest) ]]; then newest=$file; fi
    done
    if [[ -z $newest ]]; then continue; fi
    # Without the time, the stream and the tag that the runtime puts in front.
    tail -n 3 "$newest" | sed -E 's/^[^ ]+ std(out|err) [FP] //' | show_end "$name" 3 || true
  done
}

join_cluster() {
  local deadline=$((SECONDS + JOIN_SECONDS))
  if [[ -e $KUBEADM_MARKER ]]; then return 0; fi
  until run_kubeadm join --config "$KUBEADM_CONFIG"; do
    show_cause
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

