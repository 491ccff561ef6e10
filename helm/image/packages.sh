#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The Debian packages that hold the libraries a program is linked to, one a line: packages.sh PROGRAM.
# The image's second stage installs these, so that no list has to be kept.
set -eu

# A library of /lib may be on record under /usr/lib, or the other way round.
owner() {
	for path in "$1" "/usr$1" "${1#/usr}"; do
		dpkg-query -S "$path" 2>/dev/null && return
	done
	echo "packages.sh: no package has $1" >&2
	return 1
}

ldd "$1" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' | while read -r library; do
	owner "$library" || exit 1
done | sed 's/:.*//' | sort -u
