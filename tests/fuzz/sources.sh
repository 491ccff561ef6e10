#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The sources that a fuzz target ($1) is compiled with: its stage and those
# upstream, and of detect what the Makefile has made in $2.
set -eu
case "$1" in
json) stages="base json" ;;
h1 | h2 | framing | stream | coding | websocket) stages="base stream http" ;;
event) stages="base capture" ;;
llm | multipart | base64 | call_read) stages="base capture stream http json attribution llm" ;;
checks)
	stages="base"
	ls user/detect/check*.c user/detect/person*.c user/llm/base64.c
	;;
check_place)
	stages="base"
	ls user/detect/check_quote.c user/detect/check_screen.c user/detect/check_url.c
	;;
origin)
	stages="base"
	ls user/detect/address*.c user/detect/origin.c
	;;
leak)
	stages="base"
	ls user/detect/leak.c user/detect/word_index.c user/detect/leak_words.c
	;;
decode)
	stages="base"
	ls user/detect/decode*.c
	;;
required)
	stages="base"
	ls user/detect/required.c user/detect/literal_set.c user/detect/frequent.c
	;;
cgroup) stages="base attribution" ;;
elf) stages="base inspect" ;;
elf_section) stages="base" ;;
agent)
	stages="base capture stream http json attribution llm detect analysis"
	ls user/roles/pipeline.c user/roles/hops.c user/roles/workloads.c
	;;
rules | image | detect) stages="base json stream http attribution llm detect" ;;
prices | unpriced) stages="base json stream http attribution llm analysis" ;;
config) stages="base config" ;;
api)
	stages="base json stream http attribution llm"
	ls user/api/query.c user/api/body.c
	;;
alerts)
	stages="base config alerts"
	ls user/judge/reading.c user/judge/drift.c user/judge/chance.c user/judge/distance.c user/judge/window.c user/llm/text.c
	;;
notice)
	stages="base config alerts"
	ls user/judge/reading.c user/judge/drift.c user/judge/chance.c user/judge/distance.c user/judge/window.c user/llm/text.c
	ls user/notify/notice.c
	;;
otlp)
	stages="base json stream http attribution llm"
	ls user/otlp/answer.c user/otlp/attributes.c user/otlp/headers.c user/otlp/queue.c user/otlp/relations.c
	ls user/otlp/request.c user/otlp/span.c user/otlp/wire.c
	ls user/detect/family.c user/transport/backoff.c user/config/version.c
	;;
sketch)
	stages="base"
	ls user/history/sketch.c
	;;
fold)
	stages="base"
	ls "$2"/fold_table.c user/detect/fold_*.c user/detect/normalise*.c user/detect/looks.c
	;;
second)
	stages="base"
	ls "$2"/fold_table.c user/detect/fold_*.c user/detect/normalise*.c user/detect/looks.c user/detect/leet.c user/detect/respell.c user/detect/suspect.c
	ls user/detect/joined.c user/detect/scramble.c user/detect/dictionary.c user/detect/beginnings.c user/detect/words.c user/detect/frequent.c
	;;
*) echo "sources.sh: no row for target '$1'" >&2; exit 1 ;;
esac
for stage in $stages; do
	ls user/"$stage"/*.c
	[ "$stage" != detect ] || ls "$2"/*.c
done
