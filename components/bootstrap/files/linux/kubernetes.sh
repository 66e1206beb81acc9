# The steps of bootstrap.sh that install Kubernetes and join a worker.
# shellcheck shell=bash

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

# reset_node undoes what kubeadm has begun. kubeadm reset deletes the PKI, and
# it leaves etcd's data where it could not read where they are.
reset_node() {
  log "resetting what kubeadm has begun"
  kubeadm reset --force --cri-socket "$CRI_SOCKET" || true
  if [[ -d $STATE_DIR/pki ]]; then
    rm -rf "$ETCD_MOUNT/etcd"
    mkdir -p "$KUBERNETES_DIR/pki"
    cp -a "$STATE_DIR/pki/." "$KUBERNETES_DIR/pki/"
  fi
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
  until kubeadm join --config "$KUBEADM_CONFIG" 2>&1 | redact; do
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

