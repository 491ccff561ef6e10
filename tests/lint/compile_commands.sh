#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# compile_commands.json on standard output. $1: command line; the rest: sources.
set -eu
command=$(printf '%s' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g')
shift
sep='['
for file; do
	printf '%s\n{"directory":"%s","command":"%s -c %s","file":"%s"}' "$sep" "$PWD" "$command" "$file" "$file"
	sep=,
done
printf '\n]\n'
