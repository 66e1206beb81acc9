# Runs the scripts of the user's, as steps of bootstrap.sh.
# shellcheck shell=bash

# How often a script may be cut off by a restart before that counts as a failure.
: "${SCRIPT_STARTS:=4}"

run_scripts_before() { run_scripts "$SCRIPTS_DIR/before"; }
run_scripts_after() { run_scripts "$SCRIPTS_DIR/after"; }

# run_scripts runs a directory's scripts in order. One that has succeeded is
# removed with all that is known of it, so that a second try goes on after it.
run_scripts() {
  local settings
  for settings in "$1"/*.env; do
    if [[ -e $settings ]]; then run_script "$settings"; fi
  done
}

# fetch_script downloads a script and refuses another than the expected one. The
# URL may hold a signature: curl reads it from its standard input, so that it is
# in no list of processes, and what curl says of it is not kept.
fetch_script() {
  local code=0 got
  curl --fail --silent --location --proto '=https' --tlsv1.2 --connect-timeout 20 --max-time 900 \
    --output "$1" --config - <<<"url = \"$SCRIPT_URL\"" 2>/dev/null || code=$?
  if ((code != 0)); then
    log "the download of script $SCRIPT_NAME failed: curl's exit code is $code"
    return 1
  fi
  got=$(sha256sum "$1" | cut -d ' ' -f 1)
  if [[ $got != "$SCRIPT_SHA256" ]]; then
    log "script $SCRIPT_NAME has the SHA-256 $got, and $SCRIPT_SHA256 is expected"
    rm -f "$1"
    return 1
  fi
}

# count_start says no when a script has been cut off too often: one that restarts the
# machine and waits for that would do so for ever. A script that ends, well or not, is
# counted anew.
count_start() {
  local starts=$STATE_DIR/starts/$1
  mkdir -p "$STATE_DIR/starts"
  printf '.' >>"$starts"
  if (($(wc -c <"$starts") <= SCRIPT_STARTS)); then return 0; fi
  rm -f "$starts"
  log "script $SCRIPT_NAME was begun $SCRIPT_STARTS times, and each time the machine restarted before its end; let it end after it has asked for a restart"
  return 1
}

# run_script runs one script in a bash of its own. Its parameters are secrets:
# a file hands them over, and not a command line that every user can list. What
# the script prints goes to a log of its own.
run_script() {
  local SCRIPT_NAME SCRIPT_URL SCRIPT_SHA256 SCRIPT_PARAMETERS id dir output code=0
  # shellcheck source=/dev/null
  source "$1"
  CURRENT_STEP="script $SCRIPT_NAME"
  log "$CURRENT_STEP"
  id=$(basename "$1" .env)
  dir=$STATE_DIR/scripts/$id
  output=$(dirname "$LOG_FILE")/script-$id.log
  rm -rf "$dir"
  mkdir -p "$STATE_DIR/scripts"
  mkdir -m 0700 "$dir"
  retry fetch_script "$dir/$SCRIPT_NAME"
  # shellcheck disable=SC2016 # the other bash expands it
  printf 'BASH_ARGV0=%q\nset -- %s\n. "$0"\n' "$dir/$SCRIPT_NAME" "$SCRIPT_PARAMETERS" >"$dir/run"
  chmod 0600 "$dir/run"
  (umask 077 && : >>"$output")
  count_start "$id"
  # shellcheck disable=SC2034 # stop_here uses it
  IN_SCRIPT=yes
  (cd "$dir" && exec bash "$dir/run") </dev/null >>"$output" 2>&1 || code=$?
  # shellcheck disable=SC2034
  IN_SCRIPT=
  if ((code != 0)) && machine_stops; then exit 143; fi
  rm -f "$STATE_DIR/starts/$id"
  if ((code != 0)); then
    log "script $SCRIPT_NAME failed; what it printed is in $output"
    return "$code"
  fi
  rm -rf "$dir" "$1"
  # It may have asked for a restart. Then nothing more is begun.
  if machine_stops; then exit 143; fi
}
