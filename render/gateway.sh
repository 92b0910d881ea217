#!/bin/vbash
#@header
#
# It opens a configuration session of its own, sets everything in it, shows the difference, asks and commits.
# At the first command that is refused it stops; nothing is active then. It does not save. Run it on the
# gateway, as an administrator:
#
#   vbash THIS-FILE [--yes]      --yes: commit without asking

gateway=@gateway
release=@release
total=@total

sbin=/opt/vyatta/sbin
vbash=/bin/vbash
environment=/etc/default/vyatta
version_file=/usr/share/vyos/version.json
old_version_file=/opt/vyatta/etc/version

say() { printf '%s\n' "$gateway: $*" >&2; }
fail() { say "$*"; exit 1; }

yes=
for arg; do
  case $arg in
    --yes) yes=1 ;;
    *) fail "$arg is not known; the only argument is --yes" ;;
  esac
done

# ---- is this the right box?

if ! [ -r "$environment" ] || ! [ -x "$sbin/my_set" ]; then
  fail 'this is not a VyOS box; nothing was changed'
fi
version=$(sed -n 's/.*"version" *: *"\([^"]*\)".*/\1/p' "$version_file" 2>/dev/null | head -n 1)
if [ -z "$version" ]; then
  version=$(sed -n 's/^Version: *\(VyOS \)\{0,1\}//p' "$old_version_file" 2>/dev/null | head -n 1)
fi
series=${version%%[!0-9.]*} # 1.4.0-epa3: 1.4.0
case $version in
  *rolling*) series=rolling ;;
  *.*.*) minor=${series#*.} series=${series%%.*}.${minor%%.*} ;;
esac
if [ "$series" != "$release" ]; then
  fail "this is for VyOS $release, and the box has ${version:-no version that could be read}; nothing was changed"
fi

# VyOS removes sessions whose process is not called vbash, and a commit leaves files of the committer's group.
if [ "$(cat /proc/$$/comm)" != vbash ] || [ "$(id -gn)" != vyattacfg ]; then
  case " $(id -u) $(id -nG) " in
    ' 0 '* | *' vyattacfg '*) ;;
    *) fail "the user $(id -un) is no administrator of this box; nothing was changed" ;;
  esac
  if [ -n "$L2STRETCH_SELF" ] || ! [ -f "$0" ]; then
    fail "run it as a file: vbash THIS-FILE; nothing was changed"
  fi
  export L2STRETCH_SELF="$0" L2STRETCH_YES="$yes" L2STRETCH_VBASH="$vbash"
  exec sg vyattacfg '"$L2STRETCH_VBASH" "$L2STRETCH_SELF" ${L2STRETCH_YES:+--yes}'
fi

# ---- what has to be asked

if { : </dev/tty; } 2>/dev/null; then
  exec 3</dev/tty
elif [ -f "$0" ]; then
  exec 3<&0
else
  exec 3</dev/null # standard input is this script
fi

# ask reads the secret $1 into the variable secret, without showing it. The rules are those of
# `l2stretch help secrets`.
ask() {
  printf '%s: secret %s: ' "$gateway" "$1" >&2
  IFS= read -rs secret <&3 || fail "no secret $1 was given; nothing was changed"
  printf '\n' >&2
  case $secret in
    '') fail "secret $1 is empty; nothing was changed" ;;
    0[xXsS]*) fail "secret $1 begins with 0x or 0s; nothing was changed" ;;
    ' '* | *' ') fail "secret $1 begins or ends with a blank; nothing was changed" ;;
    *[\\\"\']*) fail "secret $1 has a quote or a backslash; nothing was changed" ;;
  esac
  # in the C locale a range is one of octets
  if LC_ALL=C grep -q '[^ -~]' <<<"$secret"; then
    fail "secret $1 has a character that is not printable ASCII; nothing was changed"
  fi
}

#@secrets
# ---- the session

source "$environment" # its status says nothing
export COMMIT_VIA=l2stretch COMMIT_COMMENT="l2stretch $gateway"
eval "$(cli-shell-api getSessionEnv $$)"
close() { cli-shell-api inSession && cli-shell-api teardownSession; }
trap close EXIT
trap 'exit 130' HUP INT TERM
if ! cli-shell-api setupSession || ! cli-shell-api inSession; then
  fail 'no configuration session could be opened; nothing was changed'
fi

n=0
# c sets one line.
c() {
  n=$((n + 1))
  if ! refusal=$("$sbin/my_set" "$@" 2>&1); then
    printf '%s\n' "$refusal" >&2
    fail "command $n of $total was refused: set $*; nothing was changed"
  fi
}
# k sets a line whose last word is a secret; what VyOS says about it might repeat it.
k() {
  n=$((n + 1))
  if ! "$sbin/my_set" "$@" >/dev/null 2>&1; then
    fail "command $n of $total was refused: set ${*:1:$#-1} ***; nothing was changed"
  fi
}

#@commands
# ---- what would change

if command -v config-mgmt >/dev/null; then
  changes=$(config-mgmt compare --commands)
else
  changes=$("$sbin/vyatta-config-mgmt.pl" --action=diff)
fi
case $changes in
  *[![:space:]]*) ;;
  *) changes='No changes' ;;
esac
case $changes in
  'No changes'*) say 'nothing to change'; exit 0 ;;
esac
# secrets, the old ones included
printf '%s\n' "$changes" | sed -E 's/( (pre-shared-)?secret| password| pre-shared-key) .*/\1 ***/'

if [ -z "$yes" ]; then
  printf '%s: commit these changes? [y/N] ' "$gateway" >&2
  read -r answer <&3
  case $answer in
    y | Y | yes) ;;
    *) fail 'declined; nothing was changed' ;;
  esac
fi

# ---- the commit

# A commit that is killed half-way leaves the system between two states, so it is kept from the signals
# that a lost connection sends, and writes to a file.
log=$(mktemp) || fail 'no temporary file could be made; nothing was changed'
trap '' HUP INT TERM PIPE
say 'committing; this can take a minute'
"$sbin/my_commit" >"$log" 2>&1 </dev/null
status=$?
cat "$log"
rm -f "$log"
if [ "$status" -ne 0 ]; then
  say 'the commit failed. What passed is active, nothing was saved:'
  say 'a reboot, or `load` and `commit` in configuration mode, brings back the saved configuration'
  exit 1
fi
say 'committed. Nothing was saved: a reboot brings back the saved configuration.'
say 'To keep the new one: configure, save, exit'
