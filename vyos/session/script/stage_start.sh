# Starts what sets the candidate and waits until that stands.
main() {
  local file
  for file in common.sh apply.sh guard.sh "vars$PHASE" "inverse1"; do
    [ -s "$D/$file" ] || fail space
  done
  echo "$PHASE" > "$D/phase" || fail space
  detach "l2stretch-apply-$RUN-$PHASE" "$(id -un)" "/bin/vbash $D/apply.sh $D $PHASE" || fail start
  await staged
  [ -e "$D/errors$PHASE" ] && while read -r file; do say error "$file"; done < "$D/errors$PHASE"
  [ -e "$D/candidate$PHASE" ] && send candidate "$D/candidate$PHASE"
  [ -e "$D/log" ] && printf 'L2S log ' && tail -c 20000 "$D/log" | base64 -w0 && echo
  end
}
main < /dev/null
