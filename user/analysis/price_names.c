/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/price_names.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/slice.h"

static void add(struct price_names *names, struct slice name)
{
	if (name.len == 0 || name.len >= MODEL_BYTES || names->count == PRICE_NAMES_MAX)
		return;
	for (size_t i = 0; i < names->count; i++) {
		if (slice_eq(slice_of(names->names[i]), name))
			return;
	}
	(void)slice_copy(names->names[names->count++], MODEL_BYTES, name);
}

static struct slice cut_end(struct slice name, size_t len)
{
	return (struct slice){ name.ptr, name.len - len };
}

static struct slice cut_start(struct slice name, size_t len)
{
	return (struct slice){ name.ptr + len, name.len - len };
}

/* What follows the last `c`; all of it when there is none. */
static struct slice after_last(struct slice name, char c)
{
	const char *at = memrchr(name.ptr, c, name.len);

	return at ? cut_start(name, (size_t)(at + 1 - name.ptr)) : name;
}

static struct slice before_first(struct slice name, char c)
{
	const char *at = memchr(name.ptr, c, name.len);

	return at ? (struct slice){ name.ptr, (size_t)(at - name.ptr) } : name;
}

static struct slice without_end(struct slice name, struct slice end)
{
	return slice_ends(name, end) ? cut_end(name, end.len) : name;
}

/* Whether the end of `name` looks like `pattern`, where 0 stands for a digit. */
static bool ends_like(struct slice name, struct slice pattern)
{
	const char *end = name.ptr + name.len - pattern.len;

	if (name.len <= pattern.len)
		return false;
	for (size_t i = 0; i < pattern.len; i++) {
		if (pattern.ptr[i] == '0' ? !isdigit((unsigned char)end[i]) : end[i] != pattern.ptr[i])
			return false;
	}
	return true;
}

static struct slice without_date(struct slice name)
{
	static const struct slice patterns[] = {
		{ "-2000-00-00", 11 },
		{ "-20000000", 9 },
		{ "@20000000", 9 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		if (ends_like(name, patterns[i]))
			return cut_end(name, patterns[i].len);
	}
	return name;
}

/* "ft:BASE:ORGANISATION:NAME:ID": the tuned price of the base, never the base's own. */
static void fine_tune_names(struct price_names *names, struct slice name)
{
	struct slice base = before_first(cut_start(name, 3), ':');
	struct slice tuned = { name.ptr, 3 + base.len };

	add(names, tuned);
	if (base.len > 0)
		add(names, without_date(tuned));
}

/* An ARN of a model or inference profile ends in its id; that of an application
 * inference profile says nothing. */
static void bedrock_names(struct price_names *names, struct slice name)
{
	static const char *const geographies[] = { "us.", "eu.", "apac.", "global.", "jp.", "au.", "us-gov." };

	if (slice_starts(name, SLICE("arn:"))) {
		if (memmem(name.ptr, name.len, "application-inference-profile", 29))
			return;
		name = after_last(name, '/');
	}
	add(names, name);
	for (size_t i = 0; i < ARRAY_SIZE(geographies); i++) {
		if (slice_starts(name, slice_of(geographies[i])))
			add(names, cut_start(name, strlen(geographies[i])));
	}
}

/* "publishers/google/models/NAME@DATE", "models/NAME-001". */
static void google_names(struct price_names *names, struct slice name)
{
	struct slice plain;

	if (slice_starts(name, SLICE("publishers/")) || slice_starts(name, SLICE("models/")) ||
	    slice_starts(name, SLICE("projects/")))
		name = after_last(name, '/');
	add(names, name);
	plain = before_first(name, '@');
	add(names, plain);
	add(names, without_end(plain, SLICE("-001")));
	add(names, without_end(plain, SLICE("-002")));
	add(names, without_end(without_date(plain), SLICE("-latest")));
}

/* Azure wrote its names without the dot until 2025, and some answers still do. */
static void azure_names(struct price_names *names, struct slice name)
{
	static const struct slice spellings[] = { { "gpt-35-", 7 }, { "gpt-3.5-", 8 } };

	for (size_t i = 0; i < ARRAY_SIZE(spellings); i++) {
		struct slice other = spellings[1 - i];
		char text[MODEL_BYTES];
		int len;

		if (!slice_starts(name, spellings[i]))
			continue;
		len = snprintf(text, sizeof(text), "%s%.*s", other.ptr, (int)(name.len - spellings[i].len),
			       name.ptr + spellings[i].len);
		add(names, (struct slice){ text, (size_t)len });
	}
}

static void common_names(struct price_names *names, struct slice name)
{
	struct slice dateless = without_date(name);

	add(names, name);
	add(names, dateless);
	add(names, without_end(dateless, SLICE("-latest")));
}

void price_names(const char *provider, const char *model, struct price_names *ret)
{
	struct slice name = slice_of(model);

	ret->count = 0;
	ret->free_of_charge = false;
	add(ret, name);
	if (slice_starts(name, SLICE("ft:"))) {
		fine_tune_names(ret, name);
	} else if (strcmp(provider, "aws.bedrock") == 0) {
		bedrock_names(ret, name);
	} else if (strncmp(provider, "gcp.", 4) == 0) {
		google_names(ret, name);
	} else if (strcmp(provider, "openrouter") == 0) {
		ret->free_of_charge = slice_ends(name, SLICE(":free"));
		common_names(ret, before_first(name, ':'));
	} else {
		common_names(ret, name);
		if (strncmp(provider, "azure.", 6) == 0)
			azure_names(ret, name);
	}
}
