/* SPDX-License-Identifier: Apache-2.0 */
#include "api/body.h"

#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "json/json.h"

#define ANY BODY_MEMBERS_MAX	/* id of "*": each member comes by it once more */

struct reading_body {
	const struct body_member *members;
	size_t count;
	size_t lengths[BODY_MEMBERS_MAX];
	unsigned times[BODY_MEMBERS_MAX];
	unsigned known, all;		/* members, as often as they stand there */
	const struct body_member *wrong_type, *too_long, *control;
};

static bool has_control(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return true;
	}
	return false;
}

static void take_piece(struct reading_body *reading, const struct json_value *value)
{
	const struct body_member *member = &reading->members[value->id];
	size_t *len = &reading->lengths[value->id];

	if (value->type != JSON_STRING) {
		reading->wrong_type = member;
		return;
	}
	if (has_control(value->text, value->len))
		reading->control = member;
	if (value->len >= member->bytes - *len) {
		reading->too_long = member;
		return;
	}
	if (value->len > 0)
		memcpy(member->text + *len, value->text, value->len);
	*len += value->len;
	member->text[*len] = '\0';
}

static void on_value(void *ctx, const struct json_value *value)
{
	struct reading_body *reading = ctx;

	if (value->id == ANY) {
		reading->all += value->first;
		return;
	}
	reading->known += value->first;
	reading->times[value->id] += value->first;
	if (reading->times[value->id] == 1)
		take_piece(reading, value);
}

static int say(char ret_problem[BODY_PROBLEM_BYTES], const char *name, const char *what)
{
	(void)snprintf(ret_problem, BODY_PROBLEM_BYTES, "%s%s", name, what);
	return -EINVAL;
}

static int check(const struct reading_body *reading, char ret_problem[BODY_PROBLEM_BYTES])
{
	if (reading->wrong_type)
		return say(ret_problem, reading->wrong_type->name, " is no text");
	if (reading->control)
		return say(ret_problem, reading->control->name, " has control characters in it");
	if (reading->too_long) {
		(void)snprintf(ret_problem, BODY_PROBLEM_BYTES, "%s is longer than %zu bytes", reading->too_long->name,
			       reading->too_long->bytes - 1);
		return -EINVAL;
	}
	if (reading->known != reading->all)
		return say(ret_problem, "the body", " has a member that is not known");
	for (size_t i = 0; i < reading->count; i++) {
		if (reading->times[i] > 1)
			return say(ret_problem, reading->members[i].name, " stands there twice");
		if (reading->members[i].required && reading->lengths[i] == 0)
			return say(ret_problem, reading->members[i].name, " is needed");
	}
	return 0;
}

static int read_all(struct slice body, const struct json_schema *schema, struct reading_body *reading)
{
	struct json_reader *reader = json_reader_new(schema, JSON_STRICT, on_value, reading);
	int err;

	if (!reader)
		return -ENOMEM;
	err = json_reader_feed(reader, body.ptr, body.len);
	if (err == 0)
		err = json_reader_finish(reader);
	json_reader_free(reader);
	return err;
}

int body_read(struct slice body, const struct body_member *members, size_t count, char ret_problem[BODY_PROBLEM_BYTES])
{
	struct json_field fields[BODY_MEMBERS_MAX + 1] = { { "*", ANY } };
	struct reading_body reading = { .members = members, .count = count };
	struct json_schema *schema;
	int err;

	for (size_t i = 0; i < count; i++) {
		fields[i + 1] = (struct json_field){ members[i].name, (unsigned)i };
		members[i].text[0] = '\0';
	}
	schema = json_schema_new(fields, count + 1);
	if (!schema)
		return -ENOMEM;
	err = read_all(body, schema, &reading);
	json_schema_free(schema);
	if (err == -ENOMEM)
		return err;
	return err < 0 ? say(ret_problem, "the body", " is no JSON object") : check(&reading, ret_problem);
}
