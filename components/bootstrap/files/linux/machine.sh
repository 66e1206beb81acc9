# The steps of bootstrap.sh that prepare the machine itself.
# shellcheck shell=bash

apt() {
  apt-get -y -q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=5 \
    -o Dpkg::Options::=--force-confold "$@"
}

# install_ubuntu updates the package lists and installs packages, both again after a
# failure of either: a list that did not come makes a package "not found", and one that
# is old names files that are gone. apt-get itself takes lists that did not come for a
# warning. Should it be a source of the image's that is down for good, the packages may
# come all the same.
install_ubuntu() {
  retry update_and_install -- "$@" && return 0
  log "WARNING: not all package lists can be fetched; trying with those that are there"
  apt update && apt install "$@"
}

# update_and_install takes options for the update, "--", and what to install.
update_and_install() {
  local options=(-o APT::Update::Error-Mode=any)
  while [[ $1 != -- ]]; do options+=("$1"); shift; done
  shift
  apt "${options[@]}" update && apt install "$@"
}

# pause_background_apt keeps the daily updates from taking apt's locks. A run
# that has begun is left to finish: apt waits for its lock.
pause_background_apt() {
  systemctl stop apt-daily.timer apt-daily-upgrade.timer || true
  systemctl mask --runtime apt-daily.service apt-daily-upgrade.service || true
}

# mend_packages finishes what a restart has cut off: until then apt refuses to work.
mend_packages() { retry dpkg --force-confold --configure --pending; }

resume_background_apt() {
  if [[ ${NO_UNATTENDED_UPGRADES:-} == true ]]; then return 0; fi
  systemctl unmask --runtime apt-daily.service apt-daily-upgrade.service || true
  systemctl start apt-daily.timer apt-daily-upgrade.timer || true
}

# stop_unattended_upgrades switches the daily updates off for good. The setting
# holds even if a package brings the timers back.
stop_unattended_upgrades() {
  mkdir -p "$(dirname "$APT_PERIODIC")"
  printf 'APT::Periodic::Update-Package-Lists "0";\nAPT::Periodic::Unattended-Upgrade "0";\n' >"$APT_PERIODIC"
  systemctl disable --now apt-daily.timer apt-daily-upgrade.timer || true
  systemctl disable --now unattended-upgrades.service || true
}

# upgrade_packages installs what Ubuntu's own policy would install day by day.
# Another run may hold a lock that the program does not wait for; so it is
# repeated. A new kernel works from the next restart on, which is the
# operator's to choose: the node joins first.
upgrade_packages() {
  install_ubuntu unattended-upgrades
  retry unattended-upgrade
  if [[ -e $REBOOT_REQUIRED ]]; then
    log "WARNING: some updates work only after a restart of this machine"
  fi
}

install_auditd() {
  install_ubuntu auditd
  systemctl enable --now auditd.service
}

# use_own_dns makes the resolver read the drop-in with the cluster's own DNS
# server or search domain.
use_own_dns() { systemctl restart systemd-resolved.service; }

# map_endpoint gives the API's name one address in the hosts file, or none.
map_endpoint() {
  local kept
  kept=$(awk -v name="$ENDPOINT" '!(NF == 2 && $2 == name)' "$HOSTS_FILE") || return 1
  # Written over, not replaced: the file's owner and mode stay.
  printf '%s\n' "$kept" ${1:+"$1 $ENDPOINT"} >"$HOSTS_FILE"
}

# map_endpoint_to_address is for a cluster whose API has no public name.
map_endpoint_to_address() { map_endpoint "$ENDPOINT_IP"; }

disable_swap() {
  swapoff -a
  sed -i -E '/^[^#]\S*\s+\S+\s+swap\s/ s/^/# /' "$FSTAB"
}

# load_kernel_settings loads ours, and then the definition's, which win.
load_kernel_settings() {
  local own=$SYSCTL_DIR/95-hybridcluster.conf
  modprobe overlay
  modprobe br_netfilter
  sysctl --quiet --load "$SYSCTL_DIR/90-hybridcluster.conf"
  if [[ ! -e $own ]]; then return 0; fi
  # These settings exist only with their module.
  if grep -q '^net[./]netfilter[./]' "$own"; then modprobe nf_conntrack; fi
  sysctl --quiet --load "$own"
}

install_packages() {
  install_ubuntu ca-certificates chrony conntrack curl ebtables ethtool iptables socat
}

# protect_wireserver keeps pods from the VM's settings, now and at each boot.
protect_wireserver() {
  systemctl daemon-reload
  systemctl enable --now hybridcluster-wireserver.service
}

# sync_time takes the host's clock, unless the image does so already, and lets chrony
# set the clock at any time: a machine that was paused is far behind. The last makestep
# counts, and chrony.conf's own comes after those of its directories.
# https://learn.microsoft.com/azure/virtual-machines/linux/time-sync
sync_time() {
  local device=
  mkdir -p "$CHRONY_CONFIG/conf.d"
  if [[ -e $CHRONY_CONFIG/chrony.conf ]]; then
    sed -i -E '/^\s*makestep\b/d' "$CHRONY_CONFIG/chrony.conf"
  fi
  printf '\n# The clock may be set at any time.\nmakestep 1.0 -1\n' >>"$CHRONY_CONFIG/chrony.conf"
  if ! grep -rqsE '^\s*refclock\s+PHC' "$CHRONY_CONFIG"; then
    for device in $HOST_CLOCKS ''; do
      if [[ -e $device ]]; then break; fi
    done
    if [[ -n $device ]]; then
      printf 'refclock PHC %s poll 3 dpoll -2 offset 0 stratum 2\n' "$device" >"$CHRONY_CONFIG/conf.d/hybridcluster.conf"
    else
      log "no clock of the host found; NTP it is"
    fi
  fi
  systemctl restart chrony || log "WARNING: chrony does not start"
}

