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
	[WHERE_TOOL_DESCRIPTION] = { LEAK_SYSTEM, ORIGIN_KNOWN },
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

/* ---- memory ---- */

static struct leak *take_leak(struct follow *follow)
{
	struct follow_memory *memory = follow->memory;
	struct leak *leak;

	if (memory->leak_count == 0)
		return leak_new(on_run, follow);
	leak = memory->leaks[--memory->leak_count];
	leak_reset(leak, on_run, follow);
	return leak;
}

static struct origin *take_origin(struct follow *follow)
{
	struct follow_memory *memory = follow->memory;
	struct origin *origin;

	if (memory->origin_count == 0)
		return origin_new(on_address, follow);
	origin = memory->origins[--memory->origin_count];
	origin_reset(origin, on_address, follow);
	return origin;
}

static void give_leak(struct follow_memory *memory, struct leak *leak)
{
	if (leak && memory->leak_count < FOLLOW_SPARE)
		memory->leaks[memory->leak_count++] = leak;
	else
		leak_free(leak);
}

static void give_origin(struct follow_memory *memory, struct origin *origin)
{
	if (origin && memory->origin_count < FOLLOW_SPARE)
		memory->origins[memory->origin_count++] = origin;
	else
		origin_free(origin);
}

/* ---- connections ---- */

static struct follow_thread *find_thread(struct follow_memory *memory, uint64_t connection)
{
	for (size_t i = 0; i < FOLLOW_THREADS; i++)
		if (memory->threads[i].connection == connection)
			return &memory->threads[i];
	return NULL;
}

/* Null: sessions with calls in flight have all of them. */
static struct follow_thread *oldest_thread(struct follow_memory *memory)
{
	struct follow_thread *oldest = NULL;

	for (size_t i = 0; i < FOLLOW_THREADS; i++) {
		struct follow_thread *thread = &memory->threads[i];

		if (thread->calls == 0 && (!oldest || thread->used < oldest->used))
			oldest = thread;
	}
	return oldest;
}

/* It is there, or the one that rested longest makes room for it. */
static struct follow_thread *have_thread(struct follow_memory *memory, uint64_t connection)
{
	struct follow_thread *thread = find_thread(memory, connection);

	if (!thread) {
		thread = oldest_thread(memory);
		if (!thread)
			return NULL;
		give_leak(memory, thread->leak);
		give_origin(memory, thread->origin);
		*thread = (struct follow_thread){ .connection = connection };
	}
	thread->used = memory->calls;
	return thread;
}

static void inherit(struct follow *follow)
{
	struct follow_thread *thread = find_thread(follow->memory, follow->connection);

	if (!thread || !thread->leak || thread->calls > 0)
		return;
	follow->leak = take_ptr(thread->leak);
	leak_inherit(follow->leak);
}

void follow_begin(struct follow *follow, struct follow_memory *memory, uint64_t connection, bool session, follow_fn fn,
		  void *ctx)
{
	*follow = (struct follow){ .fn = fn, .ctx = ctx, .memory = memory, .connection = connection };
	memory->calls++;
	if (connection == 0)
		return;
	if (!session) {
		inherit(follow);
		return;
	}
	follow->thread = have_thread(memory, connection);
	if (follow->thread)
		follow->thread->calls++;
}

/* ---- texts ---- */

static void feed_leak(struct follow *follow, struct follow_text *text, int part, struct slice bytes)
{
	struct leak **leak = follow->thread ? &follow->thread->leak : &follow->leak;

	if (!*leak && part != LEAK_ANSWER)
		*leak = take_leak(follow);
	if (!*leak)
		return;
	leak_tell(*leak, follow);
	leak_feed(*leak, &text->leak, (enum leak_part)part, bytes);
}

static void feed_origin(struct follow *follow, struct follow_text *text, int part, struct slice bytes)
{
	struct origin **origin = follow->thread ? &follow->thread->origin : &follow->origin;

	if (!*origin && part != ORIGIN_ARGS)
		*origin = take_origin(follow);
	if (!*origin)
		return;
	origin_tell(*origin, follow);
	origin_feed(*origin, &text->origin, (enum origin_part)part, bytes);
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
	struct leak *leak = follow->thread ? follow->thread->leak : follow->leak;
	struct origin *origin = follow->thread ? follow->thread->origin : follow->origin;

	if (!text->begun)
		return;
	if (leak && parts[text->where].leak != PART_NONE) {
		leak_tell(leak, follow);
		leak_end(leak, &text->leak, (enum leak_part)parts[text->where].leak);
	}
	if (origin && parts[text->where].origin != PART_NONE) {
		origin_tell(origin, follow);
		origin_end(origin, &text->origin, (enum origin_part)parts[text->where].origin, instructs);
	}
}

static uint64_t take_over(struct leak *leak, struct origin *origin)
{
	return (leak ? leak_take_over(leak) : 0) + (origin ? origin_take_over(origin) : 0);
}

static uint64_t end_session_call(struct follow_memory *memory, struct follow_thread *thread)
{
	thread->calls--;
	thread->used = memory->calls;
	return take_over(thread->leak, thread->origin);
}

/* What it was told stays with the connection. */
static void bequeath(struct follow *follow)
{
	struct follow_thread *thread = have_thread(follow->memory, follow->connection);

	if (!thread || thread->calls > 0)
		return;
	give_leak(follow->memory, thread->leak);
	thread->leak = take_ptr(follow->leak);
}

uint64_t follow_done(struct follow *follow)
{
	uint64_t over;

	if (follow->thread)
		return end_session_call(follow->memory, follow->thread);
	over = take_over(follow->leak, follow->origin);
	if (follow->connection && follow->leak && leak_has_system(follow->leak))
		bequeath(follow);
	give_leak(follow->memory, follow->leak);
	give_origin(follow->memory, follow->origin);
	return over;
}

void follow_memory_done(struct follow_memory *memory)
{
	while (memory->leak_count > 0)
		leak_free(memory->leaks[--memory->leak_count]);
	while (memory->origin_count > 0)
		origin_free(memory->origins[--memory->origin_count]);
	for (size_t i = 0; i < FOLLOW_THREADS; i++) {
		leak_free(memory->threads[i].leak);
		origin_free(memory->threads[i].origin);
	}
}
