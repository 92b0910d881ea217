# Starts what sets the candidate and waits until that stands.
main() {
  local file
  # From here on the guard takes the files of this phase; all of them are there.
  echo "$PHASE" > "$D/phase.new" && mv -f "$D/phase.new" "$D/phase" || fail space
  detach "l2stretch-apply-$RUN-$PHASE" "$(id -un)" "/bin/vbash $D/apply.sh $D $PHASE" || fail start
  trap - EXIT
  await staged
  [ -e "$D/errors$PHASE" ] && while read -r file; do say error "$file"; done < "$D/errors$PHASE"
  [ -e "$D/candidate$PHASE" ] && send candidate "$D/candidate$PHASE"
  [ -e "$D/log" ] && printf 'L2S log ' && tail -c 20000 "$D/log" | base64 -w0 && echo
  end
}
main < /dev/null
