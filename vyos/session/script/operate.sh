# Runs one operational command, for $LIMIT seconds at most.
main() {
  local out status
  if [ "$1" = sudo ]; then
    shift
    set -- sudo -n "$@"
  else
    set -- /opt/vyatta/bin/vyatta-op-cmd-wrapper "$@"
  fi
  out=$(timeout "$LIMIT" "$@" 2>&1)
  status=$?
  printf 'L2S output %s\n' "$(printf %s "${out:0:20000}" | base64 -w0)"
  say status $status
  end
}
