# Says what a change depends on. It changes nothing and leaves nothing.
main() {
  local d p x file
  say user "$(id -un)"
  say groups "$(id -nG)"
  sudo -n true > /dev/null 2>&1
  say sudo $?
  if [ -r /usr/share/vyos/version.json ]; then
    send version /usr/share/vyos/version.json
  else
    printf 'L2S version '
    /opt/vyatta/bin/vyatta-op-cmd-wrapper show version 2> /dev/null | base64 -w0
    echo
  fi
  say debian "$(word /etc/debian_version)"
  x=absent
  [ -e /tmp/vyos-config-status ] && x=$(word /tmp/vyos-config-status)
  say booted "$x"
  say uptime "$(word /proc/uptime)"
  systemctl is-active commit-confirm.timer > /dev/null 2>&1 && say confirm timer
  [ -e /var/run/confirm.job ] && say confirm job

  for d in /run/l2stretch.*; do
    [ -d "$d" ] || continue
    say run "${d#/run/l2stretch.}" "$(guarded "${d#/run/l2stretch.}")"
    [ -r "$d/pids" ] && while read -r p _; do say ours "$p"; done < "$d/pids"
  done
  for x in $(systemctl list-units --all --no-legend --plain 'l2stretch-*' 2> /dev/null); do
    case $x in l2stretch-*.timer | l2stretch-*.service) say unit "$x" ;; esac
  done
  for d in /opt/vyatta/config/tmp/changes_only_*; do
    [ -e "$d/.modified" ] || continue
    p=${d##*_}
    x=alive
    [ -d "/proc/$p" ] || x=dead # VyOS itself goes by the number
    say session "$p" "$x" "$(stat -c %U "$d")"
  done
  for x in /opt/vyatta/config /config /run; do
    say free "$(df -Pk "$x" 2> /dev/null | { read -r _; read -r _ _ _ free _; echo "$free"; })" "$x"
  done
  # access(2) tells what cannot be written, without writing: a file system that is read-only is so for root as well.
  sudo -n /bin/vbash -c 'for x in /opt/vyatta/config /config /opt/vyatta/etc/config/config.boot /run; do [ ! -e "$x" ] || [ -w "$x" ] || echo "$x"; done' 2> /dev/null |
    while read -r x; do say fixed "$x"; done
  # The way that the answers to this connection take: it ends with the interface.
  [ -n "$SSH_CONNECTION" ] && say way "$(ip route get "${SSH_CONNECTION%% *}" 2> /dev/null | { read -r x; echo "$x"; })"

  stable
  x=$?
  [ $x = 2 ] && say locked && text=$(encoded) && x=$?
  [ $x = 0 ] || fail unreadable
  say running "$text"
  file=/opt/vyatta/etc/config/config.boot
  [ -r $file ] && send saved $file
  # The tools before 1.4 save default values as well.
  if [ -e /opt/vyatta/sbin/vyatta-save-config.pl ]; then
    printf 'L2S defaults '
    cli-shell-api --show-active-only --show-show-defaults showConfig | base64 -w0
    echo
  fi
  end
}
main < /dev/null
