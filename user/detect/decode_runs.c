/* SPDX-License-Identifier: Apache-2.0 */
/* Gives the runs of a kind, by their edges in the map: no byte is read again, and no block that has none. */
#include "detect/bytes64.h"
#include "detect/decode_impl.h"

struct search {
	struct decode *decode;
	run_fn fn;
	void *ctx;
	size_t least;
	size_t start;	/* of the run that is open */
	bool open;
};

static void end_run(struct search *search, size_t end)
{
	if (search->open && !search->decode->full)
		search->fn(search->ctx, search->decode, search->start, end);
	search->open = false;
}

/* Bit i of `edges`: byte `at` + i makes a run long enough, or is the first behind such a run. */
static void take_edges(struct search *search, size_t at, uint64_t edges)
{
	for (; edges; edges &= edges - 1) {
		size_t edge = at + (size_t)__builtin_ctzll(edges);

		if (search->open) {
			end_run(search, edge);
		} else {
			search->start = edge + 1 - search->least;
			search->open = true;
		}
	}
}

static struct search search_for(struct decode *decode, enum run_kind kind, run_fn fn, void *ctx)
{
	return (struct search){
		.decode = decode,
		.fn = fn,
		.ctx = ctx,
		.least = kind == RUNS_SOLID || kind == RUNS_CODE64 ? RUN_SHORT : RUN_LONG,
	};
}

void decode_each_run(struct decode *decode, enum run_kind kind, run_fn fn, void *ctx)
{
	struct search search = search_for(decode, kind, fn, ctx);
	size_t words = decode_words(decode);

	for (size_t i = 0; i < words; i++) {
		for (uint64_t some = decode->some_edges[i][kind]; some && !decode->full; some &= some - 1) {
			size_t block = i * 64 + (size_t)__builtin_ctzll(some);

			take_edges(&search, block * BYTES64, decode->edges[block][kind]);
		}
	}
	end_run(&search, decode->text.len);
	decode->steps += decode->text.len;
}

void decode_each_inner_run(struct decode *decode, size_t from, size_t to, enum run_kind kind, run_fn fn, void *ctx)
{
	struct search search = search_for(decode, kind, fn, ctx);

	if (kind >= RUNS_FIXED)
		decode->search->edges_more(decode, from, to, kind);
	for (size_t at = from - from % BYTES64; at < to && !decode->full; at += BYTES64) {
		uint64_t edges = kind < RUNS_FIXED ? decode->edges[at / BYTES64][kind] : decode->edges_more[at / BYTES64];

		if (at < from)
			edges &= UINT64_MAX << (from - at);
		if (to - at < BYTES64)
			edges &= (UINT64_C(1) << (to - at)) - 1;
		take_edges(&search, at, edges);
	}
	end_run(&search, to);
	decode->steps += to - from;
}
