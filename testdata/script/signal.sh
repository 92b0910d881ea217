# signal.sh SIGNAL COUNT: applies main.hcl, and sends it a signal once it checks and another one once it has heard that
l2stretch apply --auto-approve --check-timeout 60s >out.txt 2>err.txt &
pid=$!
# said PATTERN waits until it says that; one that never does is found out by what the script expects
said() {
	n=0
	until grep -q "$1" err.txt || [ $n -gt 2400 ]; do n=$((n + 1)); sleep 0.05; done
}
said 'check .*waiting\|check [0-9/]*: '
kill -$1 $pid
if [ $2 -gt 1 ]; then
	said '^Interrupted: '
	kill -$1 $pid
fi
wait $pid
echo "exit code $?"
cat out.txt err.txt
