/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of a window that was scanned, and brought out when it comes again. */
#include "base/stats.h"
#include "detect/detect_impl.h"

#define FLAG_FOLDED 1
#define FLAG_WEAK 2
#define FLAG_STATE 4	/* no hit: what the rule's check keeps is `start` behind this window */

static size_t keep_states(const struct detect *detect, struct seen_hit *kept, size_t count)
{
	for (size_t i = 0; i < detect->keeping_count && count < SEEN_HITS_MAX; i++) {
		uint32_t rule = detect->keeping[i];

		if (detect->text->state[rule])
			kept[count++] = (struct seen_hit){
				.start = detect->text->state[rule], .rule = rule, .flags = FLAG_STATE,
			};
	}
	return count;
}

void remember_window(struct detect *detect, const struct decode_budget *before)
{
	const struct decode_budget *budget = &detect->text->budget;
	const struct seen_cost cost = { before->bytes - budget->bytes, (uint16_t)(before->candidates - budget->candidates) };
	struct seen_hit kept[SEEN_HITS_MAX];
	size_t count = detect->window.count;

	for (size_t i = 0; i < count; i++) {
		const struct hit *hit = &detect->window.hits[i];

		kept[i] = (struct seen_hit){
			.start = hit->start,
			.end = hit->end,
			.rule = hit->rule,
			.via = { hit->via[0], hit->via[1] },
			.flags = (uint8_t)((hit->folded ? FLAG_FOLDED : 0) | (hit->weak ? FLAG_WEAK : 0)),
		};
	}
	count = keep_states(detect, kept, count);
	seen_put(detect->seen, detect->text->chain, detect->now_unix_ns, &cost, kept, count);
}

static void recall_hit(struct detect *detect, const struct seen_hit *kept, int64_t first_unix_ns)
{
	struct hit hit = {
		.start = kept->start,
		.end = kept->end,
		.rule = kept->rule,
		.via = { kept->via[0], kept->via[1] },
		.folded = kept->flags & FLAG_FOLDED,
		.weak = kept->flags & FLAG_WEAK,
		.repeated = true,
		.first_unix_ns = first_unix_ns,
	};

	if (kept->flags & FLAG_STATE) {
		if (text_have_state(detect, detect->text))
			detect->text->state[kept->rule] = (uint32_t)kept->start;
		return;
	}
	hit.context = window_context(detect, kept->start, kept->end);
	hits_add(detect->setup.rules, &detect->text->hits, &hit);
}

/* As if it had been scanned: matches, what checks keep, and what decoding cost. */
bool recall_window(struct detect *detect, size_t bytes)
{
	struct decode_budget *budget = &detect->text->budget;
	const struct seen_window *window = seen_get(detect->seen, detect->text->chain);

	if (!window)
		return false;
	for (uint32_t i = 0; i < window->hit_count; i++)
		recall_hit(detect, &window->hits[i], window->first_unix_ns);
	budget->candidates -= window->cost.candidates;
	budget->bytes -= window->cost.bytes;
	stats_add(STAT_DETECT_BYTES_SEEN, bytes);
	return true;
}
