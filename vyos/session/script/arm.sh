# Starts the guard: $KIND after $AFTER seconds; $FOREIGN is what it does when somebody else has committed.
main() {
  local uptime i
  [ -e "$D/phase" ] || fail gone
  [ -n "$(guarded "$RUN")" ] && fail armed
  units
  echo "$FOREIGN" > "$D/foreign"
  if [ "$KIND" = native ]; then
    echo "$CONFIRM" > "$D/native"
    if ! sudo -n sg vyattacfg "$NATIVE" > "$D/native.out" 2>&1; then
      rm -f "$D/native"
      send output "$D/native.out"
      fail native
    fi
    say means native
  elif [ -n "$UNITS" ]; then
    sudo -n systemd-run --quiet --collect "--unit=l2stretch-guard-$RUN" "--on-active=${AFTER}s" --timer-property=AccuracySec=100ms \
      --property=KillMode=process sg vyattacfg "/bin/vbash $D/guard.sh $D" > /dev/null || fail timer
    say means systemd-run
  else
    detach "" root "/bin/vbash $D/guard.sh $D $AFTER" || fail timer
    say means process
  fi
  for i in 1 2 3 4 5 6 7 8 9 10; do
    [ -n "$(guarded "$RUN")" ] && break
    sleep 0.5
  done
  [ -n "$(guarded "$RUN")" ] || fail timer
  uptime=$(word /proc/uptime)
  echo "$((${uptime%%.*} + AFTER))" > "$D/fires"
  end
}
main < /dev/null
