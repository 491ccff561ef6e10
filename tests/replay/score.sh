#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Recorded traffic through the whole decoder without a kernel, scored.
#
#   tests/replay/score.sh RECORDINGS SCORER [OPTION of make_recording.py]...
#
# RECORDINGS: JSON Lines, plain or gzip. SCORER: the program that compares call
# records with them (--expected, --calls, --only-sent; MIN: the share that must
# be exact, default 0.99; SHOW: mismatches to print). Exit status: the scorer's.
set -eu
data=$1 scorer=$2
shift 2
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$here/make_recording.py" "$@" --sent "$work/sent.json" "$data" "$work/recording"
"$here/../../build/promtap" replay "$work/recording" --calls - > "$work/calls.jsonl"
"$scorer" --expected "$data" --calls "$work/calls.jsonl" --only-sent "$work/sent.json" \
	--min "${MIN:-0.99}" --show "${SHOW:-0}"
