# Restores at once, by the guard's own script as a unit of its own, and says what came of it.
main() {
  local left=$LIMIT state
  [ -d "$D" ] || { stable || fail unreadable; say gone; say running "$text"; end; }
  units
  # The phase is written when all files of the guard are there; before that nothing can have been changed.
  if [ -e "$D/phase" ]; then
    case $(word "$D/guard.state") in
      restored*) ;;
      *)
        if ! restoring "$RUN"; then
          # The timer stays until this is done: whichever dies, the other goes on.
          echo > "$D/guard.state"
          [ -n "$FOREIGN" ] && echo "$FOREIGN" > "$D/foreign"
          detach "l2stretch-undo-$RUN" root "/bin/vbash $D/guard.sh $D" || fail start
        fi
        ;;
    esac
    while :; do
      state=$(word "$D/guard.state")
      case $state in restored* | foreign | gave-up) break ;; esac
      [ "$left" -gt 0 ] || break
      [ -z "$state" ] && [ $((LIMIT - left)) -gt 60 ] && break # it begins at once, or not at all
      left=$((left - 1))
      sleep 1
    done
    say guard "$state"
  else
    [ -e "$D/stop" ] || touch "$D/stop"
    say guard none
  fi
  case $state in
    foreign | gave-up) ;;
    *)
      touch "$D/disarmed"
      case $(guarded "$RUN") in
        timer) sudo -n systemctl stop "l2stretch-guard-$RUN.timer" ;;
        native) sudo -n sg vyattacfg "$(word "$D/native")" > /dev/null 2>&1 ;;
      esac
      for left in 1 2 3 4 5; do
        [ -z "$(guarded "$RUN")" ] && break
        sleep 1
      done
      say guarded "$(guarded "$RUN")"
      ;;
  esac
  stable || fail unreadable
  say prev "$(word "$D/prev.sum")"
  say running "$text"
  [ -e "$D/log" ] && printf 'L2S log ' && tail -c 20000 "$D/log" | base64 -w0 && echo
  end
}
main < /dev/null
