#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# promtap with something to see (make demo): a stand-in LLM provider over TLS
# and unmodified clients in curl, Python and Node that call it by the real
# providers' names, in a mount namespace with a hosts file of its own. Nothing
# leaves this machine. Ctrl-C ends all that was started here, and nothing else.
# DEMO_SECONDS=N ends by itself.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."

if [ "$(id -u)" -ne 0 ]; then
	echo "demo: needs root, as promtap run does; write: sudo make demo" >&2
	exit 1
fi
# The rest runs in its own mount namespace.
if [ -z "${DEMO_NAMESPACE:-}" ]; then
	DEMO_NAMESPACE=1 exec unshare -m "$0" "$@"
fi

work=build/demo
mkdir -p "$work"
pids=()
stopping=

start() {
	"$@" &
	pids+=($!)
}

finish() {
	trap - EXIT
	trap '' INT TERM
	stopping=1
	# The last started first; promtap ends its own roles.
	for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
		kill -TERM "${pids[i]}" 2>/dev/null || true
	done
	wait 2>/dev/null || true
	echo "demo: stopped"
}
trap finish EXIT
trap 'exit 0' INT TERM

PYTHONPATH=$here python3 - <<-'END'
	import harness
	harness.LIVE.mkdir(parents=True, exist_ok=True)
	harness.make_certificates()
	harness.make_hosts_file()
END
ca=$PWD/build/live/ca
mount --bind build/live/hosts /etc/hosts

start python3 "$here/provider.py" --certificate "$ca/chain.pem" --key "$ca/key.pem" >"$work/provider.out"
for _ in $(seq 100); do
	[ -s "$work/provider.out" ] && break
	sleep 0.1
done
port=$(sed -n 's/.*"port": \([0-9]*\).*/\1/p' "$work/provider.out")
[ -n "$port" ] || { echo "demo: the stand-in provider did not start" >&2; exit 1; }

metrics_port=${DEMO_METRICS_PORT:-9797}
rm -rf "$work/state"
start build/promtap run --listen "127.0.0.1:$metrics_port" --state-dir "$work/state"
for _ in $(seq 300); do
	curl --silent --fail --output /dev/null "http://127.0.0.1:$metrics_port/readyz" && break
	kill -0 "${pids[1]}" 2>/dev/null || { echo "demo: promtap ended; see the lines before" >&2; exit 1; }
	sleep 0.1
done

cat <<END

demo: promtap observes this machine; three programs that know nothing of it
demo: call a stand-in provider on loopback. A line per call follows, and the
demo: figures every few seconds. See also
demo:   curl -s http://127.0.0.1:$metrics_port/metrics | grep ^ai_
demo: Ctrl-C ends everything.

END

curl_loop() {
	local i=0 child=
	trap 'kill "$child" 2>/dev/null || true; exit 0' TERM
	while [ -z "$stopping" ]; do
		i=$((i + 1))
		curl --silent --cacert "$ca/ca.pem" --output /dev/null --http1.1 -H 'content-type: application/json' \
			-H "x-live: delay=$((i % 5 * 100))" \
			--data "{\"model\":\"gpt-4.1-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"Question $i\"}]}" \
			"https://api.openai.com:$port/v1/chat/completions" &
		child=$!
		wait "$child" || true
		sleep 1
	done
}

start python3 "$here/demo_client.py" "$port" "$ca/ca.pem"
NODE_EXTRA_CA_CERTS=$ca/ca.pem start node "$here/demo_client.mjs" "$port"
start curl_loop
start python3 "$here/demo_figures.py" "$metrics_port"

if [ -n "${DEMO_SECONDS:-}" ]; then
	sleep "$DEMO_SECONDS"
	exit 0
fi
wait
