#!/bin/vbash
# Sets the candidate of one phase, waits for the go-ahead and commits: directory, phase. It runs by itself with its
# output in a file: a my_commit that loses its output dies half way, and leaves a kernel that no configuration describes.
D=$1 PHASE=$2
umask 007
exec >> "$D/log" 2>&1 < /dev/null
source "$D/common.sh"
source "$D/vars$PHASE"
export COMMIT_VIA=l2stretch COMMIT_COMMENT="l2stretch $RUN"

state() { echo "$*" > "$D/state.new" && mv -f "$D/state.new" "$D/state$PHASE"; }
finish() {
  local try
  cli-shell-api inSession && cli-shell-api teardownSession
  # /run may be full for a while.
  for try in 1 2 3 4 5 6 7 8 9 10; do
    state done "$@" && break
    sleep 10
  done
  exit 0
}
# abandoned ends a run for which nobody has come. Where nothing waits to restore it either, its directory goes as well.
abandoned() {
  [ -n "$(guarded "$RUN")" ] && finish expired 1
  cli-shell-api inSession && cli-shell-api teardownSession
  sudo -n rm -rf -- "$D"
  exit 0
}
sum() { printf %s "$text" | base64 -d | sha256sum | cut -c1-64; }

process $$ > "$D/apply.pid"
process $$ >> "$D/pids"
state run
# The session hangs on this shell's process, which is called vbash: no other session of the user wipes it.
eval $(cli-shell-api getSessionEnv $$)
{ cli-shell-api setupSession && cli-shell-api inSession; } || finish setup 1

bad=0 count=0
one() {
  local out status
  count=$((count + 1))
  out=$("$@" 2>&1)
  status=$?
  [ $status = 0 ] && return
  bad=$((bad + 1))
  [ $bad -le 20 ] && echo "$count $status $(printf %s "$out" | base64 -w0)" >> "$D/errors$PHASE"
}
s() { one /opt/vyatta/sbin/my_set "$@"; }
d() { one /opt/vyatta/sbin/my_delete "$@"; }
v() { one cli-shell-api validateTmplValPath "$@"; }

source "$D/commands$PHASE"
[ $bad = 0 ] || finish set $bad
if [ "$MODE" = load ]; then
  # loadFile checks no values, and prints what it leaves out with a status of 0.
  out=$(cli-shell-api loadFile "$D/target$PHASE" 2>&1)
  status=$?
  if [ $status != 0 ] || [ -n "$out" ]; then
    echo "0 $status $(printf %s "$out" | base64 -w0)" >> "$D/errors$PHASE"
    finish set 1
  fi
fi
$CANDIDATE > "$D/candidate$PHASE" || finish compare $?
state staged

left=$((GO * 2))
while [ ! -e "$D/go$PHASE" ]; do
  [ -e "$D/stop" ] && finish stopped 1
  [ $left -gt 0 ] || abandoned
  left=$((left - 1))
  sleep 0.5
done
# The guard writes stop and then reads the state: one of the two sees the other. Without that state no guard could tell
# that there was a commit.
state committing || finish space 1
[ -e "$D/stop" ] && finish stopped 1
stable 60 || finish unreadable 1
[ "$(sum)" = "$SUM" ] || finish moved 1
[ -e "$D/native" ] && export IN_COMMIT_CONFIRM=t
/opt/vyatta/sbin/my_commit > "$D/out$PHASE" 2>&1
status=$?
# What runs now is ours, whole or in part: the guard tells a foreign commit by it.
if stable 120; then
  printf %s "$text" | base64 -d > "$D/ours.new" && mv -f "$D/ours.new" "$D/ours.boot"
  sum > "$D/ours.sum"
fi
finish commit $status
