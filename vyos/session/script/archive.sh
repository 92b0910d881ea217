# Sends the revisions of the configuration that the router keeps, the newest first, as they lie there.
main() {
  local n file
  for ((n = 0; n < 100; n++)); do
    file=/config/archive/config.boot.$n.gz
    [ -r "$file" ] && send revision "$file"
  done
  end
}
main < /dev/null
