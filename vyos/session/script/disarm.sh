# Ends the guard when what runs is what is expected, and sees that it has not begun.
main() {
  local want=$SUM i
  [ -d "$D" ] || fail gone
  fired
  [ -n "$want" ] || want=$(word "$D/ours.sum")
  as "$want"
  say was "$(guarded "$RUN")"
  case $(guarded "$RUN") in
    timer) sudo -n systemctl stop "l2stretch-guard-$RUN.timer" || fail armed ;;
    native) sudo -n sg vyattacfg "$(word "$D/native")" > /dev/null 2>&1 || fail armed ;;
    process) touch "$D/disarmed" ;;
  esac
  for i in 1 2 3 4 5 6 7 8 9 10; do
    [ -z "$(guarded "$RUN")" ] && break
    sleep 0.5
  done
  [ -z "$(guarded "$RUN")" ] || fail armed
  # It may have begun while the timer was being stopped.
  fired
  as "$want"
  touch "$D/disarmed"
  end
}
fired() {
  restoring "$RUN" && fail fired restoring
  case $(word "$D/guard.state") in restor* | foreign | gave-up) fail fired "$(word "$D/guard.state")" ;; esac
}
as() {
  stable || fail unreadable
  [ "$(printf %s "$text" | base64 -d | sha256sum | cut -c1-64)" = "$1" ] && return
  say running "$text"
  fail differs
}
main < /dev/null
