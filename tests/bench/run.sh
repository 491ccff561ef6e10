#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every benchmark, each as ratios within its own run. Parsers first; then, as
# root, the whole agent against live clients.
set -eu
cd "$(dirname "$0")/../.."
tests/bench/detect_texts.sh
for bench in build/bench/bench_*; do
	[ -x "$bench" ] || continue
	echo "== ${bench##*/}"
	"$bench"
done
echo "== live"
if [ "$(id -u)" -ne 0 ]; then
	echo "SKIPPED: needs root, for probes"
	exit 0
fi
exec python3 tests/bench/live.py
