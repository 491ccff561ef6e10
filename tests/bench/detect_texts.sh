#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Texts for bench_detect, made once: build/bench/traffic.texts, all texts of
# recorded calls in their places, and build/bench/benign.texts, the harmless part
# of the labelled texts, a call each. Both from data that is no part of this
# repository; what is not there is said.
set -eu
cd "$(dirname "$0")/../.."
traffic=${TRAFFIC:-../shared/data/traffic/open.jsonl.gz}
corpus=${CORPUS:-../shared/data/injection/open.jsonl.gz}
mkdir -p build/bench

if [ ! -e "$traffic" ]; then
	echo "SKIPPED: no recorded traffic at $traffic"
elif [ ! -e build/bench/traffic.texts ]; then
	tests/replay/make_recording.py "$traffic" build/bench/traffic.recording
	build/tests/replay_texts build/bench/traffic.recording framed >build/bench/traffic.new
	rm build/bench/traffic.recording
	mv build/bench/traffic.new build/bench/traffic.texts
fi

if [ ! -e "$corpus" ]; then
	echo "SKIPPED: no labelled texts at $corpus"
elif [ ! -e build/bench/benign.texts ]; then
	python3 - "$corpus" >build/bench/benign.new <<-'PYTHON'
	import gzip, json, sys
	PLACES = {"tool": "tool_result", "assistant": "completion", "request": "user"}
	with gzip.open(sys.argv[1], "rt", encoding="utf8") as file:
	    for record in map(json.loads, file):
	        if record["label"] == "benign":
	            text = record["text"].encode()
	            place = PLACES.get(record["channel"], record["channel"])
	            sys.stdout.buffer.write(b"call\n%s %d\n%s\n" % (place.encode(), len(text), text))
	PYTHON
	mv build/bench/benign.new build/bench/benign.texts
fi
