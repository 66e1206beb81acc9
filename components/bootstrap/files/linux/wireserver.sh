#!/bin/bash
# Drops what pods send to the Azure WireServer, which hands out the VM's
# settings (CVE-2021-27075). The node's own agents do not pass FORWARD.
#
# The rule stands in the mangle table because a CNI may accept pod traffic in
# the filter table before a rule of ours there is reached.
set -euo pipefail

for port in 80 32526; do
  rule=(-d 168.63.129.16/32 -p tcp -m tcp --dport "$port" -j DROP)
  iptables -w -t mangle -C FORWARD "${rule[@]}" 2>/dev/null ||
    iptables -w -t mangle -I FORWARD 1 "${rule[@]}"
done
