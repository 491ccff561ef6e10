/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/follow.h"

#include "base/cleanup.h"

/* Which part of leak.h and origin.h the texts of a place are; PART_NONE: none. */
#define PART_NONE (-1)

static const struct {
	int leak, origin;
} parts[WHERE_MAX] = {
	[WHERE_UNKNOWN] = { PART_NONE, PART_NONE },
	[WHERE_SYSTEM] = { LEAK_SYSTEM, ORIGIN_KNOWN },
	[WHERE_USER] = { LEAK_KNOWN, ORIGIN_KNOWN },
	[WHERE_ASSISTANT] = { PART_NONE, PART_NONE },
	[WHERE_TOOL_RESULT] = { PART_NONE, ORIGIN_RESULT },
	[WHERE_COMPLETION] = { LEAK_ANSWER, PART_NONE },
	[WHERE_TOOL_ARGS] = { PART_NONE, ORIGIN_ARGS },
};

static void on_run(void *ctx, const struct leak_text *text, const struct leak_run *run)
{
	struct follow *follow = ctx;

	(void)text;
	follow->fn(follow->ctx, run->instructs ? SIGNAL_LEAKED_RUN : SIGNAL_LEAKED_TEXT, run->start, run->end);
}

static void on_address(void *ctx, const struct origin_text *text, const struct origin_hit *hit)
{
	struct follow *follow = ctx;

	(void)text;
	follow->fn(follow->ctx, hit->instructed ? SIGNAL_ORIGIN_ADDRESS : SIGNAL_ORIGIN_PLAIN, hit->start, hit->end);
}

static struct leak *take_leak(struct follow *follow)
{
	struct follow_spare *spare = follow->spare;
	struct leak *leak;

	if (spare->leak_count == 0)
		return leak_new(on_run, follow);
	leak = spare->leaks[--spare->leak_count];
	leak_reset(leak, on_run, follow);
	return leak;
}

static struct origin *take_origin(struct follow *follow)
{
	struct follow_spare *spare = follow->spare;
	struct origin *origin;

	if (spare->origin_count == 0)
		return origin_new(on_address, follow);
	origin = spare->origins[--spare->origin_count];
	origin_reset(origin, on_address, follow);
	return origin;
}

static void feed_leak(struct follow *follow, struct follow_text *text, int part, struct slice bytes)
{
	if (!follow->leak && part != LEAK_ANSWER)
		follow->leak = take_leak(follow);
	if (follow->leak)
		leak_feed(follow->leak, &text->leak, (enum leak_part)part, bytes);
}

static void feed_origin(struct follow *follow, struct follow_text *text, int part, struct slice bytes)
{
	if (!follow->origin && part != ORIGIN_ARGS)
		follow->origin = take_origin(follow);
	if (follow->origin)
		origin_feed(follow->origin, &text->origin, (enum origin_part)part, bytes);
}

void follow_text_init(struct follow_text *text)
{
	text->begun = false;
}

static void begin(struct follow_text *text, enum text_where where)
{
	text->where = where;
	text->begun = true;
	leak_text_init(&text->leak);
	origin_text_init(&text->origin);
}

void follow_feed(struct follow *follow, struct follow_text *text, enum text_where where, struct slice bytes)
{
	if (!text->begun)
		begin(text, where);
	if (parts[text->where].leak != PART_NONE)
		feed_leak(follow, text, parts[text->where].leak, bytes);
	if (parts[text->where].origin != PART_NONE)
		feed_origin(follow, text, parts[text->where].origin, bytes);
}

void follow_end(struct follow *follow, struct follow_text *text, bool instructs)
{
	if (!text->begun)
		return;
	if (follow->leak && parts[text->where].leak != PART_NONE)
		leak_end(follow->leak, &text->leak, (enum leak_part)parts[text->where].leak);
	if (follow->origin && parts[text->where].origin != PART_NONE)
		origin_end(follow->origin, &text->origin, (enum origin_part)parts[text->where].origin, instructs);
}

uint64_t follow_over(const struct follow *follow)
{
	return (follow->leak ? leak_bytes_over(follow->leak) : 0) + (follow->origin ? origin_over(follow->origin) : 0);
}

void follow_done(struct follow *follow)
{
	struct follow_spare *spare = follow->spare;

	if (follow->leak && spare->leak_count < FOLLOW_SPARE)
		spare->leaks[spare->leak_count++] = take_ptr(follow->leak);
	if (follow->origin && spare->origin_count < FOLLOW_SPARE)
		spare->origins[spare->origin_count++] = take_ptr(follow->origin);
	leak_free(follow->leak);
	origin_free(follow->origin);
}

void follow_spare_done(struct follow_spare *spare)
{
	while (spare->leak_count > 0)
		leak_free(spare->leaks[--spare->leak_count]);
	while (spare->origin_count > 0)
		origin_free(spare->origins[--spare->origin_count]);
}
