#!/bin/bash
# Leads what this master sends to the API's internal load balancer to its own API
# server, while that one is well. An internal load balancer drops what comes back to
# the machine that it comes from, so with three masters every third connection of
# this one would hang:
# https://learn.microsoft.com/azure/load-balancer/components#limitations
#
# The hosts file helps programs that know the API's name and look it up now. Pods on
# the host's network keep the hosts file of their start, and Calico knows the address.
# OpenShift leads both in the same way:
# https://github.com/openshift/machine-config-operator/pull/2089
#
# While the own API server is not well nothing is led anywhere, and the load balancer
# finds another master. Called with "stop" it only takes its rules away.
set -uo pipefail

: "${ETC_DIR:=/etc/hybridcluster}"
: "${CA_FILE:=/etc/kubernetes/pki/ca.crt}"
: "${API_PORT:=6443}"
: "${PROBE_DELAY:=3}"
CHAIN=HYBRIDCLUSTER-API

# shellcheck source=/dev/null
source "$ETC_DIR/bootstrap.env"

nat() { iptables -w -t nat "$@"; }

# way is the one rule of our chain.
way() { nat "$1" "$CHAIN" -d "$ENDPOINT_IP/32" -p tcp -m tcp --dport "$API_PORT" -j REDIRECT --to-ports "$API_PORT"; }

# prepare hooks our chain in, for programs of this machine and for pods on it.
prepare() {
  local hook
  nat -N "$CHAIN" 2>/dev/null
  for hook in OUTPUT PREROUTING; do
    nat -C "$hook" -j "$CHAIN" 2>/dev/null || nat -A "$hook" -j "$CHAIN" || return 1
  done
}

own_api_is_well() {
  curl --silent --fail --noproxy '*' --connect-timeout 2 --max-time 5 --cacert "$CA_FILE" \
    --resolve "$ENDPOINT:$API_PORT:127.0.0.1" --output /dev/null "https://$ENDPOINT:$API_PORT/readyz"
}

lead() { prepare && { way -C 2>/dev/null || way -A; }; }

leave() { nat -F "$CHAIN" 2>/dev/null; }

if [[ ${1:-} == stop ]]; then
  leave
  exit 0
fi
led=
while true; do
  if own_api_is_well; then
    # Each time: who flushes the tables takes our rules along.
    lead || exit 1
    if [[ $led != yes ]]; then echo "leading $ENDPOINT_IP to this machine"; fi
    led=yes
  else
    leave
    if [[ $led != no ]]; then echo "the own API server is not well: leaving $ENDPOINT_IP to the load balancer"; fi
    led=no
  fi
  sleep "$PROBE_DELAY"
done
