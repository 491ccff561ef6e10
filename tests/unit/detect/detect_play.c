/* SPDX-License-Identifier: Apache-2.0 */
#include "detect_play.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

#define PLAY_SERVICE 7

char play_findings[4096];
struct played_hit play_hits[1024];
size_t play_hit_count;

static struct call call;

struct rules *play_rules(const char *yaml)
{
	struct pack_set set = { 0 };
	char error[PACK_ERROR_BYTES] = "";
	struct rules *rules = NULL;

	ck_assert_msg(pack_set_add(&set, "play.yaml", slice_of(yaml), false, error) == 0, "%s", error);
	ck_assert_msg(pack_set_check(&set, error) == 0, "%s", error);
	ck_assert_msg(rules_new(&set, &rules, error) == 0, "%s", error);
	return rules;
}

uint32_t play_rule(const struct rules *rules, const char *id)
{
	for (uint32_t i = 0; i < rules->set.rule_count; i++)
		if (strcmp(rules->set.rules[i].id, id) == 0)
			return i;
	ck_abort_msg("no rule %s", id);
	return RULE_NONE;
}

static void on_hit(void *ctx, const struct detect_hit *hit)
{
	struct played_hit *played = &play_hits[play_hit_count];

	(void)ctx;
	ck_assert_uint_lt(play_hit_count, sizeof(play_hits) / sizeof(*play_hits));
	play_hit_count++;
	*played = (struct played_hit){ .start = hit->start, .end = hit->end, .repeated = hit->repeated };
	(void)snprintf(played->rule, sizeof(played->rule), "%s", hit->rule->id);
}

struct detect *play_new(struct rules *rules, size_t seen_bytes)
{
	const struct detect_setup setup = { .rules = rules, .seen_bytes = seen_bytes, .on_hit = on_hit };
	struct detect *detect = detect_new(&setup);

	ck_assert_ptr_nonnull(detect);
	return detect;
}

static void list_findings(void)
{
	size_t at = 0;

	play_findings[0] = '\0';
	ck_assert_int_eq(call_check(&call, sizeof(call)), 0);
	for (uint32_t i = 0; i < call.finding_count; i++) {
		const struct call_finding *finding = &call.findings[i];

		at += (size_t)snprintf(play_findings + at, sizeof(play_findings) - at, "%s %s %s %u %u\n", finding->rule,
				       text_where_names[finding->where], severity_names[finding->severity], finding->count,
				       finding->repeats);
	}
}

void play_text(struct detect *detect, struct slice text, enum text_where where, size_t first, size_t piece)
{
	static const struct detect_from from = { .service = PLAY_SERVICE };
	struct text_view view = { .event = TEXT_PIECE, .where = where };
	void *user = NULL;

	play_hit_count = 0;
	call_init(&call);
	while (text.len > 0) {
		size_t n = first > 0 ? first : piece > 0 ? piece : text.len;

		first = 0;
		n = n < text.len ? n : text.len;
		view.bytes = (struct slice){ text.ptr, n };
		detect_on_text(detect, &user, &from, &view);
		text.ptr += n;
		text.len -= n;
	}
	view = (struct text_view){ .event = TEXT_END, .where = where };
	detect_on_text(detect, &user, &from, &view);
	detect_finish(detect, user, &call);
	list_findings();
}

unsigned int play_count(const char *id)
{
	unsigned int count = 0;

	for (uint32_t i = 0; i < call.finding_count; i++)
		if (strcmp(call.findings[i].rule, id) == 0)
			count += call.findings[i].count + call.findings[i].repeats;
	return count;
}
