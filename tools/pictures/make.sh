#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# All pictures of docs/images, of what the demo is and shows (make pictures; root,
# half an hour). make.sh again: draws what the last run has left in build/pictures.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=build/pictures
venv=$work/venv
run=$work/run

mkdir -p "$work"
if ! cmp -s tools/pictures/requirements.txt "$venv/requirements.txt"; then
	# With the system's packages: PyYAML is Debian's.
	python3 -m venv --clear --system-site-packages "$venv"
	"$venv/bin/pip" install --quiet -r tools/pictures/requirements.txt
	cp tools/pictures/requirements.txt "$venv/requirements.txt"
fi

[ "${1:-}" = again ] || python3 tools/pictures/record.py "$run"
"$venv/bin/python" tools/pictures/boards.py "$run" docs/images/dashboards
python3 tools/pictures/terminal.py "$run/short.txt" docs/images/run.svg "sudo make demo" \
	'^TIME .*OUTCOME:1' 'Z node .* ok$:9' 'takes three seconds:1' '^ALERT latency_p95:5' 'is as fast as before:1' '^OVER *latency_p95:1'
