#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Packs of rules as C: pack_builtin[] (detect/pack.h), with the texts of the
# files that are its arguments, which the assembler reads when this is compiled.
set -eu
echo '/* Made by user/detect/embed.sh. */'
echo '#include "detect/pack.h"'
number=0
for file; do
	cat <<-END

	__asm__(".pushsection .rodata\n"
		"pack_text_$number: .incbin \"$file\"\n"
		".popsection\n");
	extern const char pack_text_$number[] __attribute__((visibility("hidden")));
	END
	number=$((number + 1))
done
echo
echo 'const struct pack_source pack_builtin[] = {'
number=0
for file; do
	printf '\t{ "%s", { pack_text_%d, %d } },\n' "$(basename "$file")" "$number" "$(($(wc -c <"$file")))"
	number=$((number + 1))
done
echo '};'
echo "const size_t pack_builtin_count = $number;"
