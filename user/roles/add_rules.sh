#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# add_rules.sh LINKED IMAGE PROGRAM: has the linked program compile its built-in rules into IMAGE, and makes PROGRAM of
# both. The build id, by which the program knows its image, stays as it is. A section without SHF_ALLOC is no part of
# what is loaded: it costs memory only where it is mapped, and binutils' strip(1) leaves it alone.
set -eu
linked=$1
image=$2
program=$3
section=.promtap.rules # RULE_BUILTIN_SECTION
objcopy=${OBJCOPY:-objcopy}

if ! "$linked" --version >/dev/null; then
	echo "add_rules.sh: $linked does not run on this machine: it will compile its rules when it is first started" >&2
	cp "$linked" "$program"
	exit 0
fi
"$linked" rules compile "$image"
"$objcopy" --add-section "$section=$image" --set-section-flags "$section=readonly,data" "$linked" "$program"
# Binutils align only sections that were there before. Where it begins with a page it shares none with debug information.
"$objcopy" --set-section-alignment "$section=4096" "$program"
