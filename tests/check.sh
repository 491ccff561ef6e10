#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs unit test programs and adds up: "unit: N passed, N failed" is the last
# line. A program that ends without Check's summary counts as one failure.
set -u

# Check keeps a message for each assertion: freed, but kept from use by the
# sanitizer, they made every test's search for leaks walk through gigabytes.
export ASAN_OPTIONS="quarantine_size_mb=8${ASAN_OPTIONS:+:$ASAN_OPTIONS}"

out=$(mktemp)
trap 'rm -f "$out"' EXIT
passed=0
failed=0

for program; do
	name=$(basename "$program")
	"$program" >"$out" 2>&1
	status=$?
	summary=$(sed -n 's/^[0-9]*%: Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\)$/\1 \2 \3/p' "$out" | tail -n 1)
	if [ -z "$summary" ]; then
		echo "$name: ended with status $status and no summary:"
		tail -n 20 "$out"
		failed=$((failed + 1))
		continue
	fi
	# shellcheck disable=SC2086 # three numbers
	set -- $summary
	bad=$(($2 + $3))
	# A sanitizer can find a leak after the last test.
	if [ $bad -eq 0 ] && [ $status -ne 0 ]; then
		bad=1
		set -- $(($1 + 1)) 1 0
	fi
	passed=$((passed + $1 - bad))
	failed=$((failed + bad))
	if [ $bad -gt 0 ]; then
		echo "$name:"
		grep -v '^Running suite(s)\|^ [a-z_0-9]*$' "$out" | tail -n 40
	fi
	printf '  %-24s %4d passed%s\n' "$name" $(($1 - bad)) "$([ $bad -gt 0 ] && echo ", $bad failed")"
done
echo "unit: $passed passed, $failed failed"
[ $failed -eq 0 ]
