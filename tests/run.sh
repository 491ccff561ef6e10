#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every test (make test): build, layers, unit tests, the same under sanitizers,
# fuzz corpora, end to end. Each part's whole output is kept in build/test/;
# here stand its failures. The last line is "N passed, N failed, N skipped".
set -uo pipefail
cd "$(dirname "$0")/.."

logs=build/test
sanitizers=address,undefined
make=(make --no-print-directory "-j$(nproc)")
passed=0
failed=0
skipped=0
mkdir -p "$logs"

say() {
	printf '%s\n' "$*"
}

count() {
	passed=$((passed + $1))
	failed=$((failed + $2))
	skipped=$((skipped + $3))
}

# The end of a log that explains a failure.
explain() {
	say "  the end of $1:"
	tail -n 40 "$1" | sed 's/^/    /'
}

# One part that is a test by itself: part NAME COMMAND...
part() {
	local name=$1 log=$logs/${1// /-}.log
	shift
	if "$@" >"$log" 2>&1; then
		say "== $name: ok"
		count 1 0 0
		return 0
	fi
	say "== $name: FAILED"
	explain "$log"
	count 0 1 0
	return 1
}

# A part that says "WORD: N passed, N failed[, N skipped]" at its end.
counted() {
	local name=$1 word=$2 log=$logs/${1// /-}.log summary status
	shift 2
	"$@" >"$log" 2>&1
	status=$?
	summary=$(sed -n "s/^$word: \([0-9]*\) passed, \([0-9]*\) failed\(, \([0-9]*\) skipped\)\{0,1\}\$/\1 \2 \4/p" "$log" | tail -n 1)
	if [ -z "$summary" ]; then
		say "== $name: FAILED (no summary, status $status)"
		explain "$log"
		count 0 1 0
		return
	fi
	read -r good bad left_out <<<"$summary"
	# A failure that the counts do not show, such as a build that stops.
	[ "$status" -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
	count "$good" "$bad" "${left_out:-0}"
	say "== $name: $good passed, $bad failed, ${left_out:-0} skipped"
	grep '^  SKIPPED' "$log" | sort | uniq
	[ "$bad" -eq 0 ] || explain "$log"
}

# The figures of docs/detection.md against their bounds, where the texts are: they are no part of this repository.
evaluate() {
	local corpus=${CORPUS:-../shared/data/injection/open.jsonl.gz}

	if [ -e "$corpus" ]; then
		part "detection figures" "${make[@]}" evaluate CORPUS="$corpus"
		return
	fi
	say "== detection figures: SKIPPED (no labelled texts at $corpus; CORPUS=FILE.jsonl.gz names some)"
	count 0 0 1
}

# Each input of the corpora is one test; the program ends at the first that fails.
replay_corpora() {
	local target name program inputs
	for target in tests/fuzz/fuzz_*.c; do
		name=$(basename "$target" .c)
		program=build/san/fuzz/${name}_replay
		mapfile -t inputs < <(find "tests/fuzz/corpus/${name#fuzz_}" -type f 2>/dev/null | sort)
		if [ ${#inputs[@]} -eq 0 ]; then
			say "== corpus ${name#fuzz_}: FAILED (no inputs in tests/fuzz/corpus/${name#fuzz_})"
			count 0 1 0
		elif ! part "corpus ${name#fuzz_}" "$program" "${inputs[@]}"; then
			continue
		else
			count $((${#inputs[@]} - 1)) 0 0
		fi
	done
}

finish() {
	say
	say "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ]
	exit
}

part "build" "${make[@]}" all || finish
part "layers" tests/lint/layers.sh
part "links of the docs" tests/lint/links.py
counted "unit tests" unit "${make[@]}" check
counted "unit tests under sanitizers" unit "${make[@]}" SAN=$sanitizers check
if part "fuzz targets" "${make[@]}" SAN=$sanitizers replay-corpus; then
	replay_corpora
fi
counted "configuration" config python3 tests/config/test_config.py
counted "judgement" judge python3 tests/judge/test_analyze.py
counted "a thousand users" load python3 tests/judge/test_load.py
counted "verdicts" detect python3 tests/detect/test_fixture.py
counted "start" start python3 tests/detect/test_start.py
counted "Vectorscan" vectorscan tests/detect/vectorscan.sh
evaluate
counted "spans" otlp python3 tests/otlp/test_encoding.py
counted "Helm chart" helm tests/helm/run.sh
counted "dashboards" dashboards python3 tests/dashboards/run.py
counted "image" image tests/image/run.sh
counted "API" api python3 tests/api/test_api.py
counted "end to end" live python3 tests/live/test_live.py
finish
