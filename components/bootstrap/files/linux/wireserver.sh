#!/bin/bash
# Drops what pods send to the services of Azure's that answer only to the machine:
#
# - the WireServer, which hands out the VM's settings (CVE-2021-27075);
# - on a machine with an identity, the metadata service: it hands out the
#   identity's token to whoever asks.
#
# The node's own agents, and pods on the host's network, do not pass FORWARD.
#
# The rules stand in the mangle table because a CNI may accept pod traffic in
# the filter table before a rule of ours there is reached.
set -euo pipefail

: "${ETC_DIR:=/etc/hybridcluster}"

close_to_pods() {
  local rule=(-d "$1/32" -p tcp -m tcp --dport "$2" -j DROP)
  iptables -w -t mangle -C FORWARD "${rule[@]}" 2>/dev/null ||
    iptables -w -t mangle -I FORWARD 1 "${rule[@]}"
}

# shellcheck source=/dev/null
source "$ETC_DIR/bootstrap.env"
close_to_pods 168.63.129.16 80
close_to_pods 168.63.129.16 32526
if [[ $HAS_IDENTITY == true ]]; then close_to_pods 169.254.169.254 80; fi
