/* SPDX-License-Identifier: Apache-2.0 */
/* A section with a field of each type, as a stage would declare it. */
#ifndef PROMTAP_TESTS_CONFIG_SAMPLE_H
#define PROMTAP_TESTS_CONFIG_SAMPLE_H

#include <string.h>

#include "base/cleanup.h"
#include "config/schema.h"
#include "config/value.h"

struct rule {
	uint64_t given;
	bool enabled;
	double threshold;
	unsigned severity;
	uint64_t hold;
};

struct channel {
	unsigned type;
	char *url, *token;
};

struct sample {
	bool on;
	uint64_t count, bytes, wait;
	double share;
	char *name;
	unsigned level;
	struct texts hosts;
	char *password, *letter, *diary;
	struct rule drift;
	struct field_map services, channels;
};

#define IN(of, member) .offset = offsetof(struct of, member)

static const char *const severities[] = { "info", "warning", "critical", NULL };
static const char *const types[] = { "webhook", "slack", NULL };

static const struct field rule_fields[] = {
	{ .name = "enabled", .type = FIELD_BOOL, IN(rule, enabled), .fallback = "true", .help = "whether" },
	{ .name = "threshold", .type = FIELD_NUMBER, IN(rule, threshold), .fallback = "10",
	  .low = 0.5, .high = 100, .percent = PERCENT_IS_UNIT, .metavar = "PERCENT", .help = "fires above" },
	{ .name = "severity", .type = FIELD_CHOICE, IN(rule, severity), .choices = severities,
	  .fallback = "warning", .help = "how bad it is" },
	{ .name = "hold", .type = FIELD_DURATION, IN(rule, hold), .fallback = "1m",
	  .max = 3600000000000, .help = "how long it must last" },
};
static const struct schema rule_schema = {
	.about = "one condition", .size = sizeof(struct rule), .fields = rule_fields, .count = ARRAY_SIZE(rule_fields),
	.items_max = 3, .has_given = true, .given = offsetof(struct rule, given),
};

static bool check_channel(const void *object, char ret_problem[FIELD_PROBLEM_BYTES])
{
	const struct channel *channel = object;

	if (channel->type != 1 || channel->token)
		return true;
	strcpy(ret_problem, "slack needs a token; write token_file: PATH");
	return false;
}

static bool check_letter(const char *text, char ret_problem[FIELD_PROBLEM_BYTES])
{
	strcpy(ret_problem, "greets nobody; write Dear");
	return strncmp(text, "Dear", 4) == 0;
}

static bool warn_letter(const char *text, int64_t now_unix_s, char ret_problem[FIELD_PROBLEM_BYTES])
{
	strcpy(ret_problem, "is old; write anew");
	return now_unix_s > 1000 && strstr(text, "soon");
}

static const struct field channel_fields[] = {
	{ .name = "type", .type = FIELD_CHOICE, IN(channel, type), .choices = types, .required = true,
	  .help = "where it goes" },
	{ .name = "url", .type = FIELD_TEXT, IN(channel, url), .metavar = "URL", .help = "of the receiver" },
	{ .name = "token", .type = FIELD_SECRET, IN(channel, token), .help = "what it asks for" },
};
static const struct schema channel_schema = {
	.about = "one receiver", .size = sizeof(struct channel), .fields = channel_fields,
	.count = ARRAY_SIZE(channel_fields), .check = check_channel,
};

static const struct field sample_fields[] = {
	{ .name = "on", .type = FIELD_BOOL, IN(sample, on), .fallback = "true", .help = "whether" },
	{ .name = "count", .type = FIELD_COUNT, IN(sample, count), .fallback = "7", .min = 1, .max = 9,
	  .help = "how many" },
	{ .name = "bytes", .type = FIELD_SIZE, IN(sample, bytes), .fallback = "64K", .help = "how much" },
	{ .name = "wait", .type = FIELD_DURATION, IN(sample, wait), .fallback = "15m", .help = "how long" },
	{ .name = "share", .type = FIELD_NUMBER, IN(sample, share), .fallback = "5%", .low = 0, .high = 1,
	  .percent = PERCENT_IS_SHARE,
	  .help = "which part" },
	{ .name = "name", .type = FIELD_TEXT, IN(sample, name), .max = 64, .help = "what it is called" },
	{ .name = "level", .type = FIELD_CHOICE, IN(sample, level), .choices = severities,
	  .fallback = "critical", .help = "how loud" },
	{ .name = "hosts", .type = FIELD_TEXTS, IN(sample, hosts), .fallback = "a.example, b.example",
	  .check = value_is_name, .metavar = "HOST,...", .help = "whom it talks to" },
	{ .name = "letter", .type = FIELD_FILE, IN(sample, letter), .max = 64, .check = check_letter, .warn = warn_letter,
	  .help = "what is read out" },
	{ .name = "diary", .type = FIELD_FILE, IN(sample, diary), .max = 64, .is_private = true, .help = "what is not" },
	{ .name = "password", .type = FIELD_SECRET, IN(sample, password), .help = "what is asked for" },
	{ .name = "drift", .type = FIELD_GROUP, IN(sample, drift), .sub = &rule_schema, .help = "a condition" },
	{ .name = "services", .type = FIELD_MAP, IN(sample, services), .sub = &rule_schema,
	  .help = "conditions of one service" },
	{ .name = "channels", .type = FIELD_MAP, IN(sample, channels), .sub = &channel_schema,
	  .help = "who is told" },
};
static const struct schema sample_schema = {
	.about = "a section to try", .size = sizeof(struct sample), .fields = sample_fields,
	.count = ARRAY_SIZE(sample_fields),
};

#endif
