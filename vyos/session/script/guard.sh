#!/bin/vbash
# Restores what ran before the run: directory, and seconds to wait before where no timer does it. It runs as
# root:vyattacfg until it has succeeded, and keeps a log. Its states: waiting, disarmed, restoring; then
#   restored full N       what runs is byte for byte what ran before
#   restored merge N      somebody else has committed since: only what the run had changed was taken back
#   restored untouched 0  the run had changed nothing yet, so there was nothing to do
#   foreign               somebody else has committed since, and nothing was to be done then
#   gave-up
D=$1
umask 007
exec >> "$D/log" 2>&1 < /dev/null
source "$D/common.sh"

state() { echo "$*" > "$D/guard.new" && mv -f "$D/guard.new" "$D/guard.state"; }
note() { echo "guard $(date -u +%H:%M:%S): $*"; }
me=$(process $$)

if [ -n "$2" ]; then
  echo "$me" > "$D/guard.pid"
  state waiting
  left=$2
  while [ "$left" -gt 0 ] && [ ! -e "$D/disarmed" ]; do
    left=$((left - 1))
    sleep 1
  done
  # Not even for a moment does one that was ended say that it restores: whoever asks again would take it for one that fired.
  [ "$left" -gt 0 ] && state disarmed && exit 0
fi
case $(word "$D/guard.state") in restored*) exit 0 ;; esac
[ -n "$2" ] && [ -e "$D/disarmed" ] && state disarmed && exit 0
# Two guards at once: the timer's, and one that was started to undo at once.
if ! mkdir "$D/lock" 2> /dev/null; then
  sleep 1
  other=$(word "$D/guard.pid")
  [ "$other" != "$me" ] && alive "$other" && exit 0
fi
echo "$me" > "$D/guard.pid"
# Who disarms writes disarmed and then reads the state: one of the two sees the other.
state restoring
if [ -n "$2" ] && [ -e "$D/disarmed" ]; then
  rmdir "$D/lock"
  state disarmed
  exit 0
fi
# Not before now: a phase may have been staged while the guard waited.
PHASE=$(word "$D/phase")
source "$D/guard$PHASE.vars"
FOREIGN=$(word "$D/foreign")
export COMMIT_VIA=l2stretch COMMIT_COMMENT="l2stretch $RUN restore"
echo "$me" >> "$D/pids"
touch "$D/stop"
note "restoring"

# A commit that runs comes to its end first; a candidate that waits gives up when it sees stop.
left=1800
while alive "$(word "$D/apply.pid")"; do
  case $(word "$D/state$PHASE") in
    done*) break ;;
    committing*) ;;
    *) [ $left -gt 1770 ] || break ;;
  esac
  [ $left -gt 0 ] || break
  left=$((left - 1))
  sleep 1
done
crashed=
case $(word "$D/state$PHASE") in committing* | 'done commit 1'[2-9]?) crashed=1 ;; esac # 128 and more: a signal

# began tells whether any commit of the run began.
began() {
  local file
  for file in "$D"/state*; do
    case $(word "$file") in committing* | 'done commit'*) return 0 ;; esac
  done
  return 1
}

eval $(cli-shell-api getSessionEnv $$)
s() { /opt/vyatta/sbin/my_set "$@" || bad=1; }
d() { /opt/vyatta/sbin/my_delete "$@" || bad=1; }
# p deletes a node in which nothing is left; what somebody has put there since stays.
p() {
  cli-shell-api exists "$@" || return 0
  [ -n "$(cli-shell-api listNodes "$@")" ] || d "$@"
}
v() { :; }
# x brings a secret back, value first, and no argument of a program may hold one: a mark stands for it in the session until
# unmark loads the whole candidate from a file. Only where the router does not take the mark it has to be set as it is.
x() {
  local value=$1 mark
  shift
  [ "$(cli-shell-api returnValue "$@" 2> /dev/null)" = "$value" ] && return
  differs=1
  [ -z "$proving" ] || return
  marks=$((marks + 1))
  mark=L2S${RUN//[!A-Za-z0-9]/}x${marks}x
  if /opt/vyatta/sbin/my_set "$@" "$mark"; then
    printf '%s\n%s\n' "$mark" "$value" >> "$D/marks"
  else
    note "the router takes no mark for a secret"
    /opt/vyatta/sbin/my_set "$@" "$value" || bad=1
  fi
}
# unmark puts the secrets where their marks are, by a fresh session that loads the candidate: loading goes by the
# difference from what runs, so nobody may have committed since the candidate was made.
unmark() {
  local before candidate mark value q='"'
  stable || { bad=1; return; }
  before=$text
  candidate=$(cli-shell-api --show-working-only showConfig && echo .)
  candidate=${candidate%.}
  while IFS= read -r mark && IFS= read -r value; do
    case $candidate in
      *"$mark"*) candidate=${candidate%%"$mark"*}$q$value$q${candidate#*"$mark"} ;;
      *) bad=1 ;;
    esac
  done < "$D/marks"
  cli-shell-api teardownSession
  cli-shell-api setupSession || bad=1
  printf %s "$candidate" > "$D/merged.boot" || bad=1
  [ -z "$bad" ] || return
  load "$D/merged.boot"
  stable && [ "$text" = "$before" ] || bad=1
}
load() {
  local out status
  out=$(cli-shell-api loadFile "$1" 2>&1)
  status=$?
  [ $status = 0 ] && [ -z "$out" ] && return
  printf '%s\n' "$out"
  bad=1
}
# attempt runs a command in a fresh session and commits.
attempt() {
  local status=90
  cli-shell-api setupSession || return 91
  bad= marks=0
  rm -f "$D/marks"
  "$@"
  [ -z "$bad" ] && [ -e "$D/marks" ] && unmark
  rm -f "$D/marks"
  if [ -z "$bad" ]; then
    /opt/vyatta/sbin/my_commit > "$D/guard.out" 2>&1
    status=$?
    cat "$D/guard.out"
  fi
  cli-shell-api inSession && cli-shell-api teardownSession
  return $status
}
now() { stable && printf %s "$text" | base64 -d > "$D/now.boot"; }
same() { cmp -s "$D/now.boot" "$D/$1"; }
whole() {
  local i
  # Where the release cannot change something in place, that goes first, by itself.
  for ((i = 1; i < INVERSES; i++)); do
    attempt source "$D/inverse$PHASE.$i" || return
  done
  attempt load "$D/prev.boot"
}
ours() {
  local i
  for ((i = 1; i <= INVERSES; i++)); do
    attempt source "$D/inverse$PHASE.$i" || return
  done
}
# proven tells whether our changes are gone: taking them back once more changes nothing.
proven() {
  local status i
  cli-shell-api setupSession || return 1
  bad= differs= proving=1
  for ((i = 1; i <= INVERSES; i++)); do source "$D/inverse$PHASE.$i"; done
  proving=
  cli-shell-api sessionChanged
  status=$?
  cli-shell-api inSession && cli-shell-api teardownSession
  [ -z "$bad" ] && [ -z "$differs" ] && [ $status != 0 ]
}
again() {
  if [ -e "$D/target$PHASE" ]; then load "$D/target$PHASE"; else source "$D/commands$PHASE"; fi
}
finish() {
  local watch=
  note "$*"
  if [ "$1" = restored ]; then
    if [ "$2" != untouched ]; then
      source "$D/operations$PHASE"
      watch=$(cat "$D/watch$PHASE")
    fi
    rm -f "$D"/*.boot "$D"/target* "$D"/commands* "$D"/inverse* "$D"/candidate*
  fi
  # /run may be full for a while.
  for ((try = 0; try < 100; try++)); do
    state "$@" && break
    sleep 10
  done
  if [ -n "$watch" ]; then up "$watch" & fi
  exit 0
}
# up goes on until the tunnels that this end initiates are there again, half an hour at most: a far end that has not
# restored yet turns this one down, which then does not try again by itself. Another run sees to its tunnels itself.
up() {
  local try other
  for ((try = 0; try < 180; try++)); do
    sleep 10
    for other in /run/l2stretch.*; do
      [ -d "$other" ] && [ "$other" != "$D" ] && return
    done
    waits=
    eval "$1"
    [ -n "$waits" ] || return
  done
}
# u initiates a child of a connection that has no SA, not even one that is being negotiated.
u() {
  local list
  list=$(timeout 20 swanctl --list-sas --raw --ike "$1" 2> /dev/null)
  case $list in *state=INSTALLED*) return ;; esac
  waits=1
  case $list in *"{$1 {"*) return ;; esac
  note "initiating $2"
  timeout 60 swanctl --initiate --child "$2"
}
# o runs an operational command that follows a restore; one that begins with sudo is a program's.
o() {
  note "$*"
  if [ "$1" = sudo ]; then shift; else set -- /opt/vyatta/bin/vyatta-op-cmd-wrapper "$@"; fi
  timeout 60 "$@"
}

for ((try = 1; try <= 400; try++)); do
  if ! now; then
    note "the configuration cannot be read, or a commit runs"
  elif same prev.boot && [ -z "$crashed" ]; then
    finish restored full $try
  elif [ -n "$crashed" ] && { same prev.boot || same ours.boot; }; then
    # A commit that died leaves the text as it was before it, and the kernel not: carried out again it can be taken back.
    note "the commit died: carrying it out again, to take it back"
    crashed=
    attempt again
    now && mv -f "$D/now.boot" "$D/ours.boot"
    continue
  elif ! began; then
    finish restored untouched 0
  elif [ -e "$D/ours.boot" ] && same ours.boot; then
    whole
    status=$?
    if now && same prev.boot && [ $status = 0 ]; then finish restored full $try; fi
    note "try $try ended with $status"
    # What is left after a try is ours too, unless it was somebody's commit that made it fail.
    grep -q 'temporarily locked' "$D/guard.out" 2> /dev/null || mv -f "$D/now.boot" "$D/ours.boot"
  else
    [ "$FOREIGN" = stop ] && [ -e "$D/ours.boot" ] && finish foreign
    if [ -n "$crashed" ] && [ -e "$D/target$PHASE" ]; then
      note "the commit died: the system may still do something of it that no configuration says; a restart ends that"
    elif [ -n "$crashed" ]; then
      note "the commit died: carrying it out again, to take it back"
      attempt again
    fi
    crashed=
    ours
    status=$?
    if [ $status = 0 ] && proven; then
      now && same prev.boot && finish restored full $try
      finish restored merge $try
    fi
    note "try $try of taking back only what the run changed ended with $status"
  fi
  if [ $try -lt 30 ]; then sleep 2; else sleep 10; fi
done
finish gave-up
