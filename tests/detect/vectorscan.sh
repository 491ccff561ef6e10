#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The same with Vectorscan in place of Hyperscan: built, every example of the
# rules run, and the verdicts on the fixtures compared with those of build/promtap.
#
# Debian's packages of the two exclude each other, so Vectorscan's are unpacked
# under build/vectorscan, not installed. The last line is
# "vectorscan: N passed, N failed, N skipped".
set -euo pipefail
cd "$(dirname "$0")/../.."

work=build/vectorscan
root=$work/root
packages=$work/packages

skip() {
	echo "  SKIPPED: $*"
	echo "vectorscan: 0 passed, 0 failed, 1 skipped"
	exit 0
}

# Fetched once.
fetch() {
	local names

	[ -e "$root/usr/include/hs/hs.h" ] && return 0
	command -v apt-get >/dev/null && command -v dpkg >/dev/null || return 1
	names=$(apt-cache depends libvectorscan-dev 2>/dev/null | sed -n 's/^ *Depends: \(libvectorscan[0-9a-z.]*\)$/\1/p')
	mkdir -p "$packages"
	# shellcheck disable=SC2086 # one word a package
	(cd "$packages" && apt-get download libvectorscan-dev $names) || return 1
	for package in "$packages"/*.deb; do
		dpkg -x "$package" "$root"
	done
}

build() {
	local libraries
	libraries=$PWD/$(dirname "$(find "$root" -name libhs.so | head -n 1)")

	CPPFLAGS="-I$root/usr/include" LDFLAGS="-L$libraries -Wl,-rpath,$libraries" \
		make --no-print-directory -j"$(nproc)" B=$work/build $work/build/promtap
}

passed=0
failed=0
try() {
	local name=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		echo "  FAILED $name"
		failed=$((failed + 1))
	fi
}

is_linked() {
	ldd "$work/build/promtap" | grep "$root/.*libhs" >/dev/null
}

[ "$(uname -m)" = x86_64 ] || skip "Vectorscan is what build/promtap is linked with on $(uname -m)"
fetch || skip "the packages of libvectorscan-dev could not be fetched (apt-get download)"
try "build" build
try "linked with Vectorscan" is_linked
try "examples of the rules" "$work/build/promtap" rules test
try "the same verdicts" env PROMTAP_OTHER="$work/build/promtap" tests/detect/test_fixture.py "two programs"
try "rules compiled by make" env PROMTAP="$work/build/promtap" tests/detect/test_start.py first same_bytes
echo "vectorscan: $passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
