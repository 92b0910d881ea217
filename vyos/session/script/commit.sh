# Gives the go-ahead and waits for the end.
main() {
  local state
  state=$(word "$D/state$PHASE")
  [ "$state" = staged ] || fail state "$state"
  [ -n "$(guarded "$RUN")" ] || fail unguarded
  touch "$D/go$PHASE" || fail space
  await committed
  [ -e "$D/out$PHASE" ] && printf 'L2S output ' && head -c 200000 "$D/out$PHASE" | base64 -w0 && echo
  stable 180 || fail unreadable
  say running "$text"
  end
}
main < /dev/null
