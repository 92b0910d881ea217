# What every script begins with. Before it stand the assignments of its parameters.
#
# A script is the input of one vbash -s. Its own commands get /dev/null as input (sudo, for one, may read ahead), and data
# follows the commands that take it: head -c reads exactly as much as it is told, so no secret passes through an
# argument, a here-document's temporary file or a terminal.
PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin
export PATH LC_ALL=C
source /etc/default/vyatta # its status is 1 although all is well
umask 007

say() { printf 'L2S %s\n' "$*"; }
send() { printf 'L2S %s ' "$1"; base64 -w0 < "$2"; echo; }
end() { say end; exit 0; }
fail() { say fail "$@"; end; }

# encoded prints the running configuration in base64, so that not even its last line break is lost.
encoded() ( set -o pipefail; cli-shell-api --show-active-only showConfig | base64 -w0 )

# locked tells whether a commit runs: my_commit holds a POSIX lock, which flock(1) does not see.
locked() {
  local inode where
  inode=$(stat -c %i /opt/vyatta/config/.lock 2> /dev/null) || return 1
  while read -r _ _ _ _ _ where _; do
    [ "${where##*:}" = "$inode" ] && return 0
  done < /proc/locks
  return 1
}

# store makes a file of the run out of as many octets of the input, when all of them have come and found room.
store() {
  head -c "$2" > "$D/$1.new" && [ "$(stat -c %s "$D/$1.new")" = "$2" ] && mv -f "$D/$1.new" "$D/$1" && return
  fail space
}

# process prints what tells a process from any other until the next boot: its number, which is used again, and when it
# began, in ticks since boot (proc(5), field 22 of stat; the name before may hold blanks and parentheses).
process() {
  local line
  { read -r line < "/proc/$1/stat"; } 2> /dev/null || return 1
  set -- "$1" ${line##*) }
  echo "$1 ${21}"
}

# alive tells whether a process is there that process has printed, whoever owns it.
alive() { [ -n "$1" ] && [ "$(process "${1%% *}")" = "$1" ]; }

# word prints the first line of a file, or nothing.
word() {
  local line=
  [ -r "$1" ] && read -r line < "$1"
  printf '%s' "$line"
}

# stable reads the running configuration until it comes out the same twice with no commit running: at the end of a commit
# the active directory is emptied and filled again. It gives up after as many seconds as it is told, or ten; the result is
# in $text.
stable() {
  local again try
  for ((try = ${1:-10}; try > 0; try--)); do
    if ! locked; then
      text=$(encoded) || return 1
      again=$(encoded) || return 1
      if ! locked && [ "$text" = "$again" ]; then
        [ -n "$text" ]
        return
      fi
    fi
    sleep 1
  done
  return 2
}

# detach starts a command as a unit that outlives the connection, or as a process of its own where systemd is too old for
# that: unit, user, command. A commit may start daemons as its own children, as that of 1.3 does with charon: by default
# systemd would kill them together with the unit.
detach() {
  local unit=$1 user=$2 command=$3
  if [ -n "$UNITS" ]; then
    sudo -n systemd-run --quiet --collect --property=KillMode=process "--unit=$unit" "--uid=$user" sg vyattacfg "$command" > /dev/null
  elif [ "$user" = root ]; then
    sudo -n setsid sg vyattacfg "$command" > /dev/null 2>&1 &
  else
    setsid sg vyattacfg "$command" > /dev/null 2>&1 &
  fi
}

# units says in $UNITS whether systemd makes units and timers on demand and forgets them afterwards: --collect came with 236,
# timers with 218.
units() {
  local version
  UNITS=
  version=$(systemd-run --version 2> /dev/null | { read -r _ v _; echo "$v"; })
  [ "${version:-0}" -ge 236 ] 2> /dev/null && UNITS=1
  return 0
}

# guarded tells what waits to restore a run: timer, process, native, or nothing.
guarded() {
  local dir=/run/l2stretch.$1
  if systemctl is-active "l2stretch-guard-$1.timer" > /dev/null 2>&1; then
    echo timer
  elif [ "$(word "$dir/guard.state")" = waiting ] && alive "$(word "$dir/guard.pid")"; then
    echo process
  elif [ -e "$dir/native" ] && systemctl is-active commit-confirm.timer > /dev/null 2>&1; then
    echo native
  fi
}

# restoring tells whether a guard is at work.
restoring() {
  local dir=/run/l2stretch.$1
  systemctl is-active "l2stretch-guard-$1.service" > /dev/null 2>&1 && return 0
  systemctl is-active "l2stretch-undo-$1.service" > /dev/null 2>&1 && return 0
  [ "$(word "$dir/guard.state")" = restoring ] && alive "$(word "$dir/guard.pid")"
}
