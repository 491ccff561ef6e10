/* SPDX-License-Identifier: Apache-2.0 */
/* Objects to text and back: the same; and what people are shown. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/options.h"
#include "config/secret.h"
#include "config/write.h"
#include "sample.h"

static const char rich[] =
	"listen: 0.0.0.0:1\nproviders: {a.b: openai}\nring-size: 64K\nsample:\n  on: no\n  count: 9\n  "
	"bytes: 1025\n  wait: 1d1ns\n"
	"  share: 0.1\n  name: \"q\\\"b\\\\ \\u00e9 #:{} \"\n  level: info\n  hosts: []\n  password_env: P\n"
	"  drift: {threshold: 10, hold: 0}\n  services:\n    \"a.b \\\"c\": {severity: critical}\n    other: "
	"{}\n"
	"  channels:\n    ops: {type: slack, token_env: P, url: ~x}\n";

static char secret_variable[] = "P=s3\"cr\\3t";
static char *variables[] = { secret_variable, NULL };

struct objects {
	struct options options;
	struct sample sample;
	struct section sections[2];
	struct document document;
};

static void prepare(struct objects *objects)
{
	memset(objects, 0, sizeof(*objects));
	objects->sections[0] = (struct section){ NULL, &options_schema, &objects->options };
	objects->sections[1] = (struct section){ "sample", &sample_schema, &objects->sample };
}

static void read_yaml(struct objects *objects, const char *yaml)
{
	struct secret_source secrets = { .wanted = SECRET_REQUIRED, .environ_list = variables };
	struct problems problems = { .out = stderr, .program = "promtap", .file = "f" };
	const struct schema_reader reader = { .problems = &problems, .secret = secret_read, .ctx = &secrets };

	prepare(objects);
	ck_assert_int_eq(document_read(&objects->document, "f", yaml, strlen(yaml), &problems), 0);
	ck_assert_int_eq(sections_read(&reader, objects->sections, 2, objects->document.root), 0);
}

static void done(struct objects *objects)
{
	sections_done(objects->sections, 2);
	document_done(&objects->document);
}

static bool same(const struct objects *one, const struct objects *other)
{
	return schema_equal(&options_schema, &one->options, &other->options) &&
	       schema_equal(&sample_schema, &one->sample, &other->sample);
}

static int unpack(struct slice text, struct objects *ret, char **said)
{
	size_t size;
	FILE *errors = open_memstream(said, &size);
	int err;

	prepare(ret);
	err = sections_unpack(text, ret->sections, 2, errors);
	fclose(errors);
	ck_assert_int_eq(err == 0, size == 0);
	return err;
}

START_TEST(round_trip)
{
	static const char *const yamls[] = {
		"", rich, "sample: {on: yes}\n", "sample:\n  hosts: a\n",
		"sample: {channels: {a: {type: webhook}, \"\\u00e9\": {type: webhook, url: \" \"}}}\n"
	};

	for (size_t i = 0; i < ARRAY_SIZE(yamls); i++) {
		struct buffer text = { 0 };
		struct objects in, out;
		char *said = NULL;

		read_yaml(&in, yamls[i]);
		ck_assert_int_eq(sections_pack(in.sections, 2, &text), 0);
		ck_assert_msg(unpack(buffer_slice(&text), &out, &said) == 0, "%s", said);
		ck_assert_msg(same(&in, &out), "%zu: %.*s", i, (int)text.len, text.data);
		done(&in);
		done(&out);
		free(said);
		buffer_done(&text);
	}
}
END_TEST

/* What a file may not set is handed over all the same. */
START_TEST(flags_alone)
{
	struct buffer text = { 0 };
	struct objects in, out;
	char *said = NULL;

	read_yaml(&in, "");
	in.options.json = true;
	in.options.config = strdup("f.yaml");
	ck_assert_int_eq(sections_pack(in.sections, 2, &text), 0);
	ck_assert_msg(unpack(buffer_slice(&text), &out, &said) == 0, "%s", said);
	ck_assert(same(&in, &out));
	done(&in);
	done(&out);
	free(said);
	buffer_done(&text);
}
END_TEST

/* What stands in a file goes over whole, line by line, and is never shown. */
START_TEST(files_go_over)
{
	struct buffer text = { 0 }, shown = { 0 };
	struct objects in, out;
	char *said = NULL;

	read_yaml(&in, "");
	in.sample.letter = strdup("Dear \"you\",\n\ta: \\ b\r\n\n - \xc3\xa9\nyours\n");
	in.sample.diary = strdup("none\n");
	ck_assert_int_eq(sections_pack(in.sections, 2, &text), 0);
	ck_assert_msg(unpack(buffer_slice(&text), &out, &said) == 0, "%s", said);
	ck_assert_str_eq(out.sample.letter, in.sample.letter);
	ck_assert(same(&in, &out));
	out.sample.letter[0] = 'd';
	ck_assert(!same(&in, &out));
	ck_assert_int_eq(sections_show(in.sections, 2, in.document.root, "f.yaml", &shown), 0);
	ck_assert_int_eq(buffer_append(&shown, "", 1), 0);
	ck_assert_ptr_null(strstr(shown.data, "Dear"));
	done(&in);
	done(&out);
	free(said);
	buffer_done(&text);
	buffer_done(&shown);
}
END_TEST

START_TEST(differences_are_seen)
{
	static const char *const others[] = { "",
					      "sample: {count: 8}\n",
					      "sample: {share: 6%}\n",
					      "sample: {name: x}\n",
					      "sample: {hosts: a}\n",
					      "sample: {hosts: [a.example, c]}\n",
					      "sample: {services: {a: }}\n",
					      "sample: {services: {b: }}\n",
					      "sample: {services: {a: {enabled: yes}}}\n",
					      "sample: {drift: {hold: 5s}}\n",
					      "sample: {password_env: P}\n",
					      "node: x\n" };

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(others); j++) {
			struct objects one, other;

			read_yaml(&one, others[i]);
			read_yaml(&other, others[j]);
			ck_assert_msg(same(&one, &other) == (i == j), "%zu %zu", i, j);
			done(&one);
			done(&other);
		}
	}
}
END_TEST

/* Cut anywhere, or with any byte changed, it is an error, and what is left can be freed. */
START_TEST(damaged)
{
	struct buffer text = { 0 };
	struct objects in, out;

	read_yaml(&in, rich);
	ck_assert_int_eq(sections_pack(in.sections, 2, &text), 0);
	for (size_t i = 0; i < text.len; i++) {
		char *said = NULL;

		ck_assert_int_eq(unpack((struct slice){ text.data, i }, &out, &said), -EBADMSG);
		ck_assert_str_eq(said, "settings: are damaged, or of another version of promtap; start it again\n");
		done(&out);
		free(said);
		said = NULL;
		text.data[i] ^= 1;
		ck_assert_int_eq(unpack(buffer_slice(&text), &out, &said), -EBADMSG);
		text.data[i] ^= 1;
		done(&out);
		free(said);
	}
	done(&in);
	buffer_done(&text);
}
END_TEST

START_TEST(shown_to_people)
{
	struct buffer text = { 0 };
	struct objects in, again;
	static const char yaml[] = "sample:\n  count: 9\n  name: \"a \\\"b\"\n  password_env: P\n  "
				   "services:\n    x.y:\n      hold: 5s\n";

	read_yaml(&in, yaml);
	ck_assert_int_eq(sections_show(in.sections, 2, in.document.root, "f.yaml", &text), 0);
	ck_assert_int_eq(buffer_append(&text, "", 1), 0);
	ck_assert_ptr_nonnull(strstr(text.data, "listen: \"127.0.0.1:9797\"                        # default\n"));
	ck_assert_ptr_nonnull(strstr(text.data, "\n  count: 9                                      # f.yaml:2\n"));
	ck_assert_ptr_nonnull(strstr(text.data, "\n  password_env: \"P\"                             # f.yaml:4\n"));
	ck_assert_ptr_nonnull(strstr(
		text.data,
		"\n  services:\n    \"x.y\":\n      hold: 5s                                  # f.yaml:7\n"));
	ck_assert_ptr_null(strstr(text.data, "s3"));
	/* It is a file of settings that says the same. */
	read_yaml(&again, text.data);
	ck_assert_uint_eq(again.sample.drift.given, 15);
	again.sample.drift.given = 0;
	ck_assert(same(&in, &again));
	done(&in);
	done(&again);
	buffer_done(&text);
}
END_TEST

/* Bytes are those of the user, but for quotes: a map of the largest size fits. */
START_TEST(as_much_as_a_file_can_hold)
{
	static char yaml[DOCUMENT_BYTES_MAX];
	struct buffer text = { .limit = SECTIONS_TEXT_BYTES_MAX };
	struct objects in, out;
	char *said = NULL;
	size_t used = (size_t)sprintf(yaml, "sample:\n  channels:\n");

	for (unsigned i = 0; i < 1024; i++) {
		used += (size_t)sprintf(yaml + used, "    n%u: {type: webhook, url: '", i);
		memset(yaml + used, '\\', 900);
		used += 900;
		used += (size_t)sprintf(yaml + used, "'}\n");
	}
	read_yaml(&in, yaml);
	ck_assert_int_eq(sections_pack(in.sections, 2, &text), 0);
	ck_assert_msg(unpack(buffer_slice(&text), &out, &said) == 0, "%s", said);
	ck_assert(same(&in, &out));
	done(&in);
	done(&out);
	free(said);
	buffer_done(&text);
}
END_TEST

static Suite *make_write(void)
{
	Suite *suite = suite_create("write");
	TCase *tc = tcase_create("write");

	tcase_add_test(tc, round_trip);
	tcase_add_test(tc, flags_alone);
	tcase_add_test(tc, files_go_over);
	tcase_add_test(tc, differences_are_seen);
	tcase_add_test(tc, damaged);
	tcase_add_test(tc, shown_to_people);
	tcase_add_test(tc, as_much_as_a_file_can_hold);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_write)
