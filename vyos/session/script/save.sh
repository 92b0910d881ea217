# Saves the running configuration and reads it back: a status of 0 is no proof that anything was written.
main() {
  local file=/opt/vyatta/etc/config/config.boot status
  stable || fail unreadable
  [ -z "$SUM" ] || [ "$(printf %s "$text" | base64 -d | sha256sum | cut -c1-64)" = "$SUM" ] || fail moved
  sudo -n sg vyattacfg "umask 0002; $SAVE" > /dev/null 2>&1
  say status $?
  say running "$text"
  [ -r $file ] && send saved $file
  if [ -n "$DEFAULTS" ]; then
    printf 'L2S defaults '
    cli-shell-api --show-active-only --show-show-defaults showConfig | base64 -w0
    echo
  fi
  end
}
main < /dev/null
