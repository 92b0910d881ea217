# Says what is known of a run.
main() {
  local phase
  stable || fail unreadable
  [ -d "$D" ] || { say gone; say running "$text"; end; }
  phase=$(word "$D/phase")
  say phase "${phase:-0}"
  say state "$(word "$D/state$phase")"
  alive "$(word "$D/apply.pid")" && say applying
  say guard "$(word "$D/guard.state")"
  say guarded "$(guarded "$RUN")"
  restoring "$RUN" && say restoring
  say fires "$(word "$D/fires")"
  say uptime "$(word /proc/uptime)"
  say prev "$(word "$D/prev.sum")"
  say after "$(word "$D/ours.sum")"
  say running "$text"
  [ -e "$D/log" ] && printf 'L2S log ' && tail -c 20000 "$D/log" | base64 -w0 && echo
  end
}
main < /dev/null
