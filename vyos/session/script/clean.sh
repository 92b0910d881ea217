# Removes what a finished run left: its directory, and the sessions of its processes that died. Nothing else is touched.
main() {
  local p i
  [ -n "$(guarded "$RUN")" ] && fail armed
  restoring "$RUN" && fail restoring
  [ -d "$D" ] || end
  touch "$D/stop"
  for i in 1 2 3 4 5 6 7 8 9 10; do
    alive "$(word "$D/apply.pid")" || break
    sleep 0.5
  done
  alive "$(word "$D/apply.pid")" && case $(word "$D/state$(word "$D/phase")") in done*) ;; *) fail applying ;; esac
  if [ -r "$D/pids" ]; then
    while read -r p; do
      alive "$p" && continue
      [ -e "/opt/vyatta/config/tmp/changes_only_$p" ] || continue
      (eval $(cli-shell-api getSessionEnv "$p"); cli-shell-api teardownSession) > /dev/null 2>&1
    done < "$D/pids"
  fi
  sudo -n rm -rf -- "$D"
  [ -e "$D" ] && fail left
  end
}
main < /dev/null
