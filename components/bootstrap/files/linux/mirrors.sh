# Points the image's own package sources at mirrors, as a step of bootstrap.sh.
# shellcheck shell=bash

: "${APT_DIR:=/etc/apt}"

# use_package_mirrors rewrites both forms of apt's sources, one line for each and
# deb822, for the hosts that have a mirror. A second run finds nothing to do: no
# mirror has a mirror of its own.
use_package_mirrors() {
  local file host prefix
  for file in "$APT_DIR"/sources.list "$APT_DIR"/sources.list.d/*.list "$APT_DIR"/sources.list.d/*.sources; do
    if [[ ! -e $file ]]; then continue; fi
    while read -r host prefix; do
      sed -i -E "/^\s*#/! s,\bhttps?://${host//./\\.}(/|\s|\$),https://$prefix\1,g" "$file"
    done <"$ETC_DIR/mirrors"
  done
}
