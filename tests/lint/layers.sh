#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Includes point upstream only: a stage (folder of user/) may include its own
# headers, base/, include/, generated skeletons and the stages that the Makefile's
# LINK_ table lists for it. roles/ and main.c know all stages. Prints file:line
# of each include that is not allowed. $1: the tree, this one if not given.
set -eu
cd "${1:-$(dirname "$0")/../..}"

allowed() {
	sed -n "s/^LINK_$1 := *//p" Makefile
}

status=0
for folder in user/*/; do
	stage=$(basename "$folder")
	[ "$stage" = roles ] && continue
	if ! grep -q "^LINK_$stage :=" Makefile; then
		echo "Makefile: no LINK_$stage for user/$stage/"
		status=1
		continue
	fi
	files=$(find "$folder" -name '*.[ch]' | sort)
	[ -z "$files" ] && continue
	# shellcheck disable=SC2086 # our own file names hold no spaces
	awk -v stage="$stage" -v allowed="$stage $(allowed "$stage")" '
		BEGIN {
			split(allowed, names, " ")
			for (i in names)
				may[names[i]] = 1
		}
		/^[ \t]*#[ \t]*include[ \t]*"/ {
			split($0, part, "\"")
			header = part[2]
			slash = index(header, "/")
			if (slash == 0)
				next
			from = substr(header, 1, slash - 1)
			if (!(from in may)) {
				printf "%s:%d: %s/ may not include \"%s\"; it has %s\n", FILENAME, FNR, stage, header, allowed
				bad = 1
			}
		}
		END { exit bad }
	' $files || status=1
done
[ $status -eq 0 ] || echo "layers.sh: includes that do not point upstream; see LINK_ in the Makefile"
exit $status
