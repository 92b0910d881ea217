# await waits on the box until the apply script has come as far as a state, has ended or died, and says which; $LIMIT seconds
# at most.
await() {
  local state left=$((LIMIT * 20)) dead=0
  while :; do
    state=$(word "$D/state$PHASE")
    case $state in "$1" | done*) break ;; esac
    if [ -n "$state" ] && ! alive "$(word "$D/apply.pid")"; then
      dead=$((dead + 1))
      [ $dead -gt 5 ] && state="died $state" && break
    fi
    # It begins at once, or not at all.
    [ -z "$state" ] && [ $left -lt $((LIMIT * 20 - 600)) ] && break
    [ $left -gt 0 ] || { state="late $state"; break; }
    if [ $left -gt $((LIMIT * 20 - 100)) ]; then
      left=$((left - 1))
      sleep 0.05
    else
      left=$((left - 10))
      sleep 0.5
    fi
  done
  say state "$state"
}
