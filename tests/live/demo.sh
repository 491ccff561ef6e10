#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# promtap with something to see (make demo): a stand-in LLM provider over TLS
# and unmodified clients in curl, Python and Node that call it by the real
# providers' names, in a mount namespace with a hosts file of its own. The
# provider degrades for a while (demo_story.py); a receiver of the signed webhook
# says what promtap tells it (demo_alerts.py). Nothing leaves this machine.
# Ctrl-C ends all that was started here, and nothing else. DEMO_SECONDS=N ends
# by itself. DEMO_STORY=long is for graphs: a story of a quarter of an hour, told
# with five services of a shop (demo_services.py) in place of the three programs.
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
story=${DEMO_STORY:-short}
case $story in
short | long) ;;
*)
	echo "demo: DEMO_STORY is short or long" >&2
	exit 1
	;;
esac
rm -rf "$work"
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

# What was started has said where it is.
wait_for_file() {
	for _ in $(seq 100); do
		[ -s "$1" ] && return
		sleep 0.1
	done
	echo "demo: $2 did not start" >&2
	exit 1
}

PYTHONPATH=$here python3 - <<-'END'
	import harness
	harness.LIVE.mkdir(parents=True, exist_ok=True)
	harness.make_certificates()
	harness.make_hosts_file()
END
ca=$PWD/build/live/ca
mount --bind build/live/hosts /etc/hosts

echo '{}' >"$work/faults"
start python3 "$here/provider.py" --certificate "$ca/chain.pem" --key "$ca/key.pem" --faults "$work/faults" \
	>"$work/provider.out"
wait_for_file "$work/provider.out" "the stand-in provider"
port=$(sed -n 's/.*"port": \([0-9]*\).*/\1/p' "$work/provider.out")

(umask 077 && head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$work/secret")
start python3 "$here/demo_alerts.py" "$work/secret" "$work/receiver.port"
wait_for_file "$work/receiver.port" "the receiver of alerts"

# The thresholds are promtap's own. Windows, holds and cooldowns are short, for
# nobody wants to watch for an hour. A drift would need 200 calls of a pair.
short_judgement() {
	cat <<-END
	judge: { window: 40, drift_window: 20 }
	alerts:
	  latency_p95: { min_samples: 10, hold: 0s, cooldown: 20s }
	  latency_p99: { enabled: false }
	  error_rate: { min_samples: 10, hold: 0s, cooldown: 20s }
	  cost_per_request: { enabled: false }
	  drift: { enabled: false }
	  injection: { cooldown: 20s }
	  model_change: { cooldown: 20s }
	END
}

# Here there are so many; and budgets, of which one is spent.
long_judgement() {
	cat <<-END
	judge: { window: 200, drift_window: 100 }
	alerts:
	  latency_p95: { hold: 30s, cooldown: 1m }
	  error_rate: { hold: 30s, cooldown: 1m }
	  services:
	    shop-assistant: { daily_budget: { threshold: 2 } }
	    support-chat: { daily_budget: { threshold: 8 } }
	    code-review: { daily_budget: { threshold: 7 } }
	    search: { daily_budget: { threshold: 1.5 } }
	END
}

{
	"${story}_judgement"
	cat <<-END
	notify:
	  channels:
	    terminal:
	      type: webhook
	      url: http://127.0.0.1:$(cat "$work/receiver.port")/
	      secret_file: $PWD/$work/secret
	END
} >"$work/promtap.yaml"

metrics_port=${DEMO_METRICS_PORT:-9797}
start build/promtap run --config "$work/promtap.yaml" --listen "127.0.0.1:$metrics_port" --state-dir "$work/state"
promtap=$!
for _ in $(seq 300); do
	curl --silent --fail --output /dev/null "http://127.0.0.1:$metrics_port/readyz" && break
	kill -0 "$promtap" 2>/dev/null || { echo "demo: promtap ended; see the lines before" >&2; exit 1; }
	sleep 0.1
done

cat <<END

demo: promtap observes this machine; programs that know nothing of it
demo: call a stand-in provider on loopback. A line per call follows, and the
demo: figures now and then. In a moment the provider has its troubles: promtap
demo: tells, by a signed webhook, what it finds, and when it is over. See also
demo:   curl -s http://127.0.0.1:$metrics_port/metrics | grep ^ai_
demo: Ctrl-C ends everything.

END

curl_loop() {
	local i=0 child=
	trap 'kill "$child" 2>/dev/null || true; exit 0' TERM
	while [ -z "$stopping" ]; do
		i=$((i + 1))
		curl --silent --cacert "$ca/ca.pem" --output /dev/null --http1.1 -H 'content-type: application/json' \
			-H "x-live: delay=$((i % 5 * 50))" \
			--data "{\"model\":\"gpt-4.1-nano\",\"messages\":[{\"role\":\"user\",\"content\":\"Question $i\"}]}" \
			"https://api.openai.com:$port/v1/chat/completions" &
		child=$!
		wait "$child" || true
		sleep 0.3
	done
}

# What goes wrong, and in the end what is kept of it.
tell() {
	local child=
	trap 'kill "$child" 2>/dev/null || true; exit 0' TERM
	python3 "$here/demo_story.py" "$port" "$ca/ca.pem" "$work/faults" "$metrics_port" "$story" &
	child=$!
	wait "$child"
	local report=(build/promtap report --since 1h --by service,model --state-dir "$work/state")
	printf 'demo: what promtap keeps of it outlives a restart:\ndemo:   %s\n\n' "sudo ${report[*]}"
	"${report[@]}"
	printf '\ndemo: the calls go on; Ctrl-C ends everything.\n\n'
}

if [ "$story" = long ]; then
	start python3 "$here/demo_services.py" "$port" "$ca/ca.pem"
	start python3 "$here/demo_figures.py" "$metrics_port" 60
else
	start python3 "$here/demo_client.py" "$port" "$ca/ca.pem"
	NODE_EXTRA_CA_CERTS=$ca/ca.pem start node "$here/demo_client.mjs" "$port"
	start curl_loop
	start python3 "$here/demo_figures.py" "$metrics_port" 15
fi
start tell

if [ -n "${DEMO_SECONDS:-}" ]; then
	start sleep "$DEMO_SECONDS"
	wait "$!"
	exit 0
fi
wait
