/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a text: its place is known, its matches are combined, judged and become findings of the call. */
#include <string.h>

#include "base/stats.h"
#include "detect/detect_impl.h"

static struct call_finding *finding_of(struct detect_call *call, const struct pack_rule *rule, enum text_where where,
				       enum severity severity)
{
	struct call_finding *mildest = NULL;

	for (uint32_t i = 0; i < call->finding_count; i++) {
		struct call_finding *finding = &call->findings[i];

		if (finding->where == where && strcmp(finding->rule, rule->id) == 0)
			return finding;
		if (!mildest || finding->severity < mildest->severity)
			mildest = finding;
	}
	if (call->finding_count < CALL_FINDINGS_MAX)
		mildest = &call->findings[call->finding_count++];
	else if (mildest->severity >= severity)
		return NULL;
	*mildest = (struct call_finding){
		.severity = (uint8_t)severity,
		.where = (uint8_t)where,
		.rule_version = rule->version,
		.first_seen_unix_ns = CALL_UNKNOWN,
	};
	(void)slice_copy(mildest->rule, sizeof(mildest->rule), slice_of(rule->id));
	(void)slice_copy(mildest->category, sizeof(mildest->category), slice_of(families[rule->family].name));
	return mildest;
}

/* `repeated`: all of the text was judged before, whatever the hit itself says. */
static void add_finding(struct detect_call *call, const struct pack_rule *rule, enum text_where where,
			enum severity severity, const struct hit *hit, bool repeated)
{
	struct call_finding *finding = finding_of(call, rule, where, severity);

	if (!finding) {
		stats_add(STAT_DETECT_OVER_LIMIT, 1);
		return;
	}
	if (severity > finding->severity)
		finding->severity = (uint8_t)severity;
	if (!hit->repeated && !repeated) {
		finding->count++;
		return;
	}
	stats_add(STAT_DETECT_REPEATED, 1);
	finding->repeats++;
	if (!hit->repeated)
		return;
	if (finding->first_seen_unix_ns == CALL_UNKNOWN || hit->first_unix_ns < finding->first_seen_unix_ns)
		finding->first_seen_unix_ns = hit->first_unix_ns;
}

/* Credentials and personal data of the whole text, whichever rule found them. */
static void mask(const struct detect *detect, const struct hits *hits, struct context *context)
{
	for (size_t i = 0; i < hits->count; i++) {
		enum family family = detect->setup.rules->set.rules[hits->hits[i].rule].family;

		if (family == FAMILY_SECRET || family == FAMILY_PERSONAL_DATA)
			context_mask(context, hits->hits[i].start, hits->hits[i].end);
	}
}

static void show(const struct detect *detect, const struct text *text, enum text_where where, enum severity severity,
		 const struct hit *hit)
{
	struct detect_hit shown = {
		.rule = &detect->setup.rules->set.rules[hit->rule],
		.where = where,
		.severity = severity,
		.text = text->number,
		.start = hit->start,
		.end = hit->end,
		.via = { (enum decoder_id)hit->via[0], (enum decoder_id)hit->via[1] },
		.was_folded = hit->folded,
		.weak = hit->weak,
		.repeated = hit->repeated,
	};

	/* A secret that found no room is not masked. */
	if (hit->context && text->hits.over == 0) {
		mask(detect, &text->hits, hit->context);
		shown.context = (struct slice){ hit->context->text, hit->context->len };
	}
	detect->setup.on_hit(detect->setup.ctx, &shown);
}

void findings_judge(struct detect *detect, struct detect_call *call, struct text *text, enum text_where where)
{
	const struct rules *rules = detect->setup.rules;

	judge_combine(rules, where, &text->hits);
	stats_add(STAT_DETECT_OVER_LIMIT, text->hits.over);
	for (size_t i = 0; i < text->hits.count; i++) {
		const struct hit *hit = &text->hits.hits[i];
		const struct pack_rule *rule = &rules->set.rules[hit->rule];
		enum severity severity = judge_severity(rules, hit, where);

		if (detect->setup.on_hit)
			show(detect, text, where, severity, hit);
		if (severity == SEVERITY_NONE)
			continue;
		if (rule->risk > call->risk)
			call->risk = rule->risk;
		call->hedged |= rule->family == FAMILY_HEDGING;
		call->declined |= rule->family == FAMILY_REFUSAL;
		add_finding(call, rule, where, severity, hit, !text->fresh);
	}
}
