/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scanner of this machine, and (included again under other names) the one
 * for machines without vectors, against a byte at a time.
 */
#include <stdlib.h>

#include "base/cleanup.h"
#include "json/scan.h"
#include "unit.h"

struct scanner {
	const char *name;
	void (*text)(const char *p, struct json_block *block);
	void (*brackets)(const char *p, struct json_block *block);
	const char *(*plain)(const char *p, const char *end, bool strict);
};

static const struct scanner native = { "native", json_block_text, json_block_brackets, json_scan_plain };

#undef PROMTAP_JSON_SCAN_H
#undef JSON_SCAN_SSE2
#undef JSON_SCAN_NEON
#undef JSON_LANES
#define JSON_SCAN_PORTABLE
#define json_block portable_block
#define json_block_text portable_block_text
#define json_block_brackets portable_block_brackets
#define json_stop_at portable_stop_at
#define json_stops portable_stops
#define json_scan_plain portable_scan_plain
#define json_load8 portable_load8
#include "json/scan.h"
#undef json_block

static void portable_text(const char *p, struct json_block *block)
{
	struct portable_block own;

	portable_block_text(p, &own);
	block->quotes = own.quotes;
	block->backslashes = own.backslashes;
}

static void portable_brackets(const char *p, struct json_block *block)
{
	struct portable_block own;

	portable_block_brackets(p, &own);
	block->open = own.open;
	block->close = own.close;
}

static const struct scanner portable = { "portable", portable_text, portable_brackets, portable_scan_plain };
static const struct scanner *const scanners[] = { &native, &portable };

static bool plain(unsigned char c, bool strict)
{
	return c != '"' && c != '\\' && !(strict && (c < 0x20 || c > 0x7f));
}

/* Check's own assertions cost a system call each: these loops make millions
 * of comparisons, so they return what is wrong and assert once. */
static unsigned wrong_blocks(const struct scanner *scanner, const char *bytes)
{
	struct json_block block;
	unsigned wrong = 0;

	scanner->text(bytes, &block);
	scanner->brackets(bytes, &block);
	for (unsigned i = 0; i < JSON_BLOCK_BYTES; i++) {
		char c = bytes[i];

		wrong += (block.quotes >> i & 1) != (c == '"');
		wrong += (block.backslashes >> i & 1) != (c == '\\');
		wrong += (block.open >> i & 1) != (c == '[' || c == '{');
		wrong += (block.close >> i & 1) != (c == ']' || c == '}');
	}
	return wrong;
}

static unsigned wrong_plain(const struct scanner *scanner, const char *bytes, size_t len, bool strict)
{
	size_t expected = 0;

	while (expected < len && plain((unsigned char)bytes[expected], strict))
		expected++;
	return scanner->plain(bytes, bytes + len, strict) != bytes + expected;
}

/* Each byte value at each place of a block, between neighbours that make
 * carries, and runs of each length. */
START_TEST(every_byte_everywhere)
{
	const struct scanner *scanner = scanners[_i];
	static const char neighbours[] = { 'a', '\x7f', '\xff', '\x80', '\0', '"', '\\', '!', '#', '[', ']', 'z', '|', '~' };
	char bytes[JSON_BLOCK_BYTES];
	unsigned wrong = 0;

	for (size_t n = 0; n < sizeof(neighbours); n++)
		for (unsigned c = 0; c < 256; c++)
			for (size_t at = 0; at < sizeof(bytes); at++) {
				memset(bytes, neighbours[n], sizeof(bytes));
				bytes[at] = (char)c;
				wrong += wrong_blocks(scanner, bytes);
				wrong += wrong_plain(scanner, bytes, sizeof(bytes) - at / 2, false);
				wrong += wrong_plain(scanner, bytes, sizeof(bytes) - at / 2, true);
			}
	ck_assert_msg(wrong == 0, "%s: %u", scanner->name, wrong);
}
END_TEST

/* From every place and of every length, in memory that ends there. */
START_TEST(every_length)
{
	const struct scanner *scanner = scanners[_i];
	unsigned wrong = 0;

	for (size_t len = 1; len < 70; len++) {
		auto_free char *bytes = malloc(len);

		ck_assert_ptr_nonnull(bytes);
		memset(bytes, 'x', len);
		for (size_t from = 0; from <= len; from++)
			wrong += wrong_plain(scanner, bytes + from, len - from, true);
		bytes[len - 1] = '"';
		for (size_t from = 0; from < len; from++)
			wrong += wrong_plain(scanner, bytes + from, len - from, false);
	}
	ck_assert_msg(wrong == 0, "%s: %u", scanner->name, wrong);
}
END_TEST

static Suite *scan_suite(void)
{
	Suite *suite = suite_create("json/scan");
	TCase *tcase = tcase_create("scan");

	tcase_set_timeout(tcase, 0);
	tcase_add_loop_test(tcase, every_byte_everywhere, 0, (int)ARRAY_SIZE(scanners));
	tcase_add_loop_test(tcase, every_length, 0, (int)ARRAY_SIZE(scanners));
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(scan_suite)
