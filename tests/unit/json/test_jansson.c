/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Against jansson: random documents, cut at random, and the conformance files
 * if they are there. What jansson sees at a path is what our reader delivers.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "event_log.h"
#include "jansson_log.h"
#include "unit.h"

#define DOCUMENTS 3000
#define DEPTH 6
#define CUTS 8

static const char *const paths[] = {
	"a", "b", "b.c", "b.c.d", "c[]", "c[].a", "c[][].b", "d.*", "d.*.a", "e[].b[].c",
	"[].a", "[].b[]", "[][]", "[].c.*", "key\xc3\xa9.a",
};

static const char *const keys[] = { "a", "b", "c", "d", "e", "key\xc3\xa9", "", "bb", "\xf0\x9f\x98\x80" };

/* xorshift64: the same documents everywhere. */
static uint64_t state;

static uint64_t below(uint64_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % n;
}

static void put(struct buffer *out, const char *text)
{
	ck_assert_int_eq(buffer_append(out, text, strlen(text)), 0);
}

static void put_space(struct buffer *out)
{
	static const char *const spaces[] = { " ", "\n", "\r\n", "\t  " };

	if (below(4) == 0)
		put(out, spaces[below(ARRAY_SIZE(spaces))]);
}

static void put_string(struct buffer *out)
{
	static const char *const parts[] = {
		"text", "\\n", "\\\"", "\\\\", "\\/", "\\u0041", "\\u00e9", "\xc3\xa9", "\\ud83d\\ude00", "\xf0\x9f\x98\x80",
		"\\u0000", "{[", "]}", ":", ",", "\\b\\f\\r\\t", "a longer run of plain text, more than sixteen bytes",
	};

	put(out, "\"");
	for (uint64_t left = below(6); left > 0; left--)
		put(out, parts[below(ARRAY_SIZE(parts))]);
	put(out, "\"");
}

static void put_number(struct buffer *out)
{
	static const char *const numbers[] = { "0", "-0", "1", "-12", "0.5", "1e3", "1E+2", "2.50e-3", "9007199254740993", "1e-300" };

	if (below(2))
		put(out, numbers[below(ARRAY_SIZE(numbers))]);
	else
		ck_assert_int_eq(buffer_printf(out, "%" PRId64, (int64_t)below(UINT64_MAX)), 0);
}

/* As it is, or with its first byte escaped. */
static void put_key(struct buffer *out, const char *key)
{
	if (*key > 0 && below(4) == 0)
		ck_assert_int_eq(buffer_printf(out, "\"\\u%04x%s\"", (unsigned)*key, key + 1), 0);
	else
		ck_assert_int_eq(buffer_printf(out, "\"%s\"", key), 0);
}

static void put_value(struct buffer *out, unsigned depth);

/* No key twice: readers differ there. */
static void put_object(struct buffer *out, unsigned depth)
{
	bool first = true;

	put(out, "{");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (below(2))
			continue;
		if (!first)
			put(out, ",");
		first = false;
		put_space(out);
		put_key(out, keys[i]);
		put_space(out);
		put(out, ":");
		put_value(out, depth - 1);
	}
	put_space(out);
	put(out, "}");
}

static void put_array(struct buffer *out, unsigned depth)
{
	uint64_t count = below(4);

	put(out, "[");
	for (uint64_t i = 0; i < count; i++) {
		if (i > 0)
			put(out, ",");
		put_value(out, depth - 1);
	}
	put_space(out);
	put(out, "]");
}

static void put_value(struct buffer *out, unsigned depth)
{
	static const char *const literals[] = { "true", "false", "null" };

	put_space(out);
	switch (below(depth > 0 ? 7 : 3)) {
	case 0:
		put_string(out);
		break;
	case 1:
		put_number(out);
		break;
	case 2:
		put(out, literals[below(ARRAY_SIZE(literals))]);
		break;
	case 3:
	case 4:
		put_array(out, depth);
		break;
	default:
		put_object(out, depth);
		break;
	}
	put_space(out);
}

/* Numbers as jansson_log() writes them. */
static void on_value(void *log, const struct json_value *value)
{
	struct json_value copy = *value;
	char text[64];
	double number;

	if (value->type == JSON_NUMBER) {
		ck_assert(json_value_double(value, &number));
		copy.len = (size_t)snprintf(text, sizeof(text), "%.17g", number);
		copy.text = text;
	}
	event_log_value(log, &copy);
}

static int read_in_pieces(const struct json_schema *schema, struct slice doc, unsigned pieces, struct event_log *log)
{
	struct json_reader *reader = json_reader_new(schema, 0, on_value, log);
	int err;

	while (doc.len > 0) {
		size_t len = pieces > 1 ? 1 + below(2 * doc.len / pieces + 1) : doc.len;
		auto_free char *piece = NULL;

		len = len < doc.len ? len : doc.len;
		piece = malloc(len);
		memcpy(piece, doc.ptr, len);
		(void)json_reader_feed(reader, piece, len);
		doc.ptr += len;
		doc.len -= len;
	}
	err = json_reader_finish(reader);
	json_reader_free(reader);
	return err;
}

/* False: jansson refuses the document. */
static bool compare(const struct json_schema *schema, struct slice doc, const char *what)
{
	struct buffer expected = { 0 };

	if (!jansson_log(&expected, doc, paths, ARRAY_SIZE(paths))) {
		buffer_done(&expected);
		return false;
	}
	for (unsigned pieces = 1; pieces <= CUTS; pieces++) {
		struct event_log log = { 0 };

		ck_assert_msg(read_in_pieces(schema, doc, pieces, &log) == 0, "%s: refused", what);
		(void)event_log_text(&log);
		ck_assert_msg(slice_eq(buffer_slice(&log.text), buffer_slice(&expected)), "%s:\n%.*s\nours:    %.*s\njansson: %.*s",
			      what, (int)doc.len, doc.ptr, (int)log.text.len, log.text.data, (int)expected.len,
			      expected.data ? expected.data : "");
		ck_assert_uint_eq(log.broken, 0);
		event_log_done(&log);
	}
	buffer_done(&expected);
	return true;
}

static struct json_schema *make_schema(void)
{
	struct json_field fields[ARRAY_SIZE(paths)];
	struct json_schema *schema;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		fields[i] = (struct json_field){ paths[i], (unsigned)i };
	schema = json_schema_new(fields, ARRAY_SIZE(fields));
	ck_assert_ptr_nonnull(schema);
	return schema;
}

START_TEST(random_documents)
{
	struct json_schema *schema = make_schema();

	for (uint64_t seed = 1; seed <= DOCUMENTS; seed++) {
		struct buffer doc = { 0 };
		char what[32];

		state = seed * 0x9e3779b97f4a7c15ull;
		if (seed % 2)
			put_object(&doc, DEPTH);
		else
			put_value(&doc, DEPTH);
		(void)snprintf(what, sizeof(what), "seed %" PRIu64, seed);
		ck_assert_msg(compare(schema, buffer_slice(&doc), what), "%s: %.*s", what, (int)doc.len, doc.data);
		buffer_done(&doc);
	}
	json_schema_free(schema);
}
END_TEST

static void read_file(const char *folder, const char *name, struct buffer *out)
{
	auto_fclose FILE *file = NULL;
	char path[4096], piece[4096];
	size_t len;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	while ((len = fread(piece, 1, sizeof(piece), file)) > 0)
		ck_assert_int_eq(buffer_append(out, piece, len), 0);
}

START_TEST(conformance_files)
{
	const char *root = getenv("PROMTAP_CONFORMANCE");
	struct json_schema *schema = make_schema();
	unsigned compared = 0;
	char folder[2048];
	struct dirent *entry;
	DIR *dir;

	(void)snprintf(folder, sizeof(folder), "%s/json/test_parsing", root ? root : "../shared/data/conformance");
	dir = opendir(folder);
	while (dir && (entry = readdir(dir))) {
		struct buffer doc = { 0 };

		/* Of what is to be refused (n_) jansson takes some. */
		if (*entry->d_name != 'y' && *entry->d_name != 'i')
			continue;
		read_file(folder, entry->d_name, &doc);
		compared += doc.len > 0 && compare(schema, buffer_slice(&doc), entry->d_name);
		buffer_done(&doc);
	}
	if (dir)
		(void)closedir(dir);
	else
		(void)fprintf(stderr, "SKIPPED: jansson on json conformance: no folder %s (set PROMTAP_CONFORMANCE)\n", folder);
	ck_assert(!dir || compared >= 90);
	json_schema_free(schema);
}
END_TEST

static Suite *jansson_suite(void)
{
	Suite *suite = suite_create("json/jansson");
	TCase *tcase = tcase_create("jansson");

	tcase_set_timeout(tcase, 0);
	tcase_add_test(tcase, random_documents);
	tcase_add_test(tcase, conformance_files);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(jansson_suite)
