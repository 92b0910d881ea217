# Says what is known of a run. While a commit runs it does not say what runs.
main() {
  local phase
  locked || { stable && say running "$text"; }
  [ -d "$D" ] || { say gone; end; }
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
  [ -e "$D/log" ] && printf 'L2S log ' && tail -c 20000 "$D/log" | base64 -w0 && echo
  end
}
main < /dev/null
