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
      p=${p%% *}
      [ -d "/proc/$p" ] && continue # it is ours and goes on, or another one's that has its own session by the number
      [ -e "/opt/vyatta/config/tmp/changes_only_$p" ] || continue
      # A guard's session is root's: nobody else can unmount its directory, and what is mounted would be emptied instead.
      sudo -n /bin/vbash -c 'source /etc/default/vyatta; eval $(cli-shell-api getSessionEnv "$1"); cli-shell-api teardownSession' vbash "$p" > /dev/null 2>&1
    done < "$D/pids"
  fi
  sudo -n rm -rf -- "$D"
  [ -e "$D" ] && fail left
  end
}
main < /dev/null
