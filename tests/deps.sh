#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing: deps.sh BUILD-PACKAGE... -- TEST-PACKAGE...
# Names are those of Debian. Says what it will install. Root is needed only if
# something is missing. Without apt it prints the list and stops.
set -eu
export LC_ALL=C

build=
tests=
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	build="$build $1"
	shift
done
[ $# -gt 0 ] && shift
tests="$*"

installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

runs() {
	PATH="$PATH:/usr/sbin:/sbin" "$@" >/dev/null 2>&1
}

# A tool counts wherever it comes from: an installed Node is never replaced by
# Debian's. Ubuntu's bpftool is a wrapper that may lack the real one: run it.
present() {
	case $1 in
	nodejs) runs node --version ;;
	npm) runs npm --version ;;
	bpftool) runs bpftool version ;;
	clang | gcc | make | curl | python3) runs "$1" --version ;;
	openssl) runs openssl version ;;
	pkg-config) runs pkg-config --version ;;
	prometheus) runs prometheus --version && runs promtool --version ;;
	prometheus-alertmanager) runs amtool --version && { runs prometheus-alertmanager --version || runs alertmanager --version; } ;;
	libclang-rt-dev) [ -n "$(dpkg-query -W -f '${db:Status-Status}\n' 'libclang-rt-*dev' 2>/dev/null | grep -x installed)" ] ;;
	*) installed "$1" ;;
	esac
}

missing() {
	for package; do
		present "$package" || printf '%s ' "$package"
	done
}

known_to_apt() {
	[ -n "$(apt-cache madison "$1" 2>/dev/null)" ]
}

# The first name that this release has for a package: Ubuntu keeps bpftool in
# the kernel's tools, and old releases number the compiler's runtime only.
resolve() {
	case $1 in
	bpftool) candidates="bpftool linux-tools-$(uname -r) linux-tools-generic" ;;
	libclang-rt-dev) candidates="libclang-rt-dev libclang-rt-$(clang_major)-dev libclang-common-$(clang_major)-dev" ;;
	*) candidates=$1 ;;
	esac
	for candidate in $candidates; do
		if known_to_apt "$candidate"; then
			echo "$candidate"
			return
		fi
	done
	echo "$1"
}

clang_major() {
	apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-\([0-9][0-9]*\).*/\1/p' | head -n 1
}

# Debian starts the servers that it installs, and again at each boot. The tests start their own, so neither is wanted:
# of packages that were here before, nothing changes.
policy=/usr/sbin/policy-rc.d
hold_services() {
	[ -e "$policy" ] && return
	trap 'rm -f "$policy"' EXIT
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod +x "$policy"
}

disable_services() {
	command -v systemctl >/dev/null || return 0
	for package; do
		case $package in
		prometheus | prometheus-alertmanager) systemctl disable --quiet "$package" 2>/dev/null || true ;;
		esac
	done
}

# shellcheck disable=SC2086 # lists of words
wanted=$(missing $build $tests)
[ -z "$wanted" ] && exit 0

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
	echo "deps: this machine has no apt. Please install what these Debian packages hold, then try again:"
	echo "  to build:$build"
	echo "  to test: $tests"
	exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
	echo "deps: missing: $wanted"
	echo "deps: only root can install them; run: sudo make deps"
	exit 1
fi

echo "deps: missing: $wanted"
echo "deps: reading the package lists (apt-get update)"
apt-get update -qq || echo "deps: the lists could not be read anew; going on with the old ones"
names=
for package in $wanted; do
	names="$names $(resolve "$package")"
done
echo "deps: apt-get install$names"
hold_services
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $names >/dev/null
# shellcheck disable=SC2086
disable_services $names

# shellcheck disable=SC2086
wanted=$(missing $build $tests)
[ -z "$wanted" ] && exit 0
echo "deps: installed, but still not usable: $wanted"
exit 1
