/* SPDX-License-Identifier: Apache-2.0 */
/* `promtap rules ...` and where its rules come from, through what main.c calls. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "roles/plain_text.h"
#include "roles/roles.h"
#include "roles/rule_files.h"
#include "roles/rule_hand.h"

#define EXIT_USAGE 2
#define PACK "pack: zz\nversion: 1\ndescription: For tests.\nconcepts: { zz_drop: [zzdrop*] }\nrules:\n"
#define RULE(id, match, clean)                                                                     \
	"  - { id: " id ", version: 3, family: new_task, severity: medium, about: a \"test\","       \
	" sequence: \"{zz_drop} 2 zzrule\", examples: { match: [" match "], clean: [" clean "] } }\n"

static char folder[64], pack[128], printed_path[128], input_path[128], cache[128];
static struct buffer printed;

/* The built-in rules, compiled once for all tests: none of them need do that again. */
static char common[64];

static void compile_once(void)
{
	struct options options = { .rules_cache = common };
	struct rules *rules = NULL;

	(void)snprintf(common, sizeof(common), "/tmp/promtap-common-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(common));
	ck_assert_int_eq(rules_load(&options, &rules), 0);
	rules_unref(rules);
}

static void remove_folder(const char *path)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -r %s", path);
	ck_assert_int_eq(system(command), 0);
}

static void remove_common(void)
{
	remove_folder(common);
}

static void setup(void)
{
	char command[256], made[] = "/tmp/promtap-rules-XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(made));
	(void)snprintf(folder, sizeof(folder), "%s", made);
	(void)snprintf(pack, sizeof(pack), "%s/pack.yaml", folder);
	(void)snprintf(input_path, sizeof(input_path), "%s/input", folder);
	(void)snprintf(printed_path, sizeof(printed_path), "%s/printed", folder);
	(void)snprintf(cache, sizeof(cache), "%s/cache", folder);
	(void)snprintf(command, sizeof(command), "cp -Rp %s %s", common, cache);
	ck_assert_int_eq(system(command), 0);
}

static void teardown(void)
{
	buffer_done(&printed);
	remove_folder(folder);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	(void)fputs(text, file);
	(void)fclose(file);
}

static struct options options_with(char *rules)
{
	return (struct options){ .rules = rules, .rules_cache = cache, .where = (char *)"user" };
}

/* Check runs each test in a process of its own, unless a debugger looks: standard output and input are put back. */
static int swap_fd(const char *path, int flags, int fd)
{
	int saved = dup(fd), opened = open(path, flags, 0600);

	ck_assert_int_ge(opened, 0);
	ck_assert_int_eq(dup2(opened, fd), fd);
	(void)close(opened);
	return saved;
}

static int run(int (*command)(const char *argument, const struct options *options), const char *argument,
	       const struct options *options)
{
	int saved, status;

	(void)fflush(stdout);
	saved = swap_fd(printed_path, O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO);
	status = command(argument, options);
	(void)fflush(stdout);
	(void)dup2(saved, STDOUT_FILENO);
	(void)close(saved);
	printed.len = 0;
	ck_assert_int_eq(file_read(printed_path, 1u << 24, &printed), 0);
	ck_assert_int_eq(buffer_append(&printed, "", 1), 0);
	return status;
}

static int list(const char *argument, const struct options *options)
{
	(void)argument;
	return rules_list_run(options);
}

static void says(const char *text)
{
	ck_assert_msg(strstr(printed.data, text) != NULL, "'%s' is not in: %s", text, printed.data);
}

START_TEST(lists)
{
	struct options options = options_with(pack);

	write_file(pack, PACK RULE("zz.r", "zzdropped zzrule", "b"));
	ck_assert_int_eq(run(list, NULL, &options), EXIT_SUCCESS);
	says("zz.r");
	says("v3   new_task             medium    a \"test\" [system,user,tool_result,tool_description]\n");
	options.json = true;
	ck_assert_int_eq(run(list, NULL, &options), EXIT_SUCCESS);
	says("{\"id\":\"zz.r\",\"version\":3,\"family\":\"new_task\",\"severity\":\"medium\",\"where\":[\"system\",\"user\","
	     "\"tool_result\",\"tool_description\"],\"kind\":\"sequence\",\"weight\":4,\"pack\":\"zz\",\"about\":\"a \\u0022test\\u0022\"}\n");
}
END_TEST

START_TEST(explains_a_rule)
{
	struct options options = options_with(pack);

	write_file(pack, PACK RULE("zz.r", "zzdropped zzrule", "\"b\\e[2J\""));
	ck_assert_int_eq(run(rules_explain_run, "zz.r", &options), EXIT_SUCCESS);
	says("zz.r: a \"test\"\n");
	says("OWASP LLM 2025: LLM01; MITRE ATLAS: AML.T0051\n");
	says("low in system, medium in user, medium in tool_result, medium in tool_description\n");
	says("words in order, in one sentence:\n              a phrase of {zz_drop}\n"
	     "              after at most 2 words the word \"zzrule\"\n");
	says("    {zz_drop}: zzdrop*\n");
	says("    \"zzdropped zzrule\" in user\n");
	says("    \"b\\u{1b}[2J\" in user\n");
	ck_assert_int_eq(run(rules_explain_run, "zz.rr", &options), EXIT_USAGE);
}
END_TEST

#define HEAD "version: 3, severity: none, about: x, examples: { match: [a], clean: [b] }"

/* What a rule of each kind looks for, in words. */
static const struct {
	const char *body, *says[3];
} kinds[] = {
	{ "family: new_task, sequence: \"^ zza* {zz_drop|zz_drop}? zzb\", unless: zzc",
	  { "at the start of a sentence a word that begins with \"zza\"\n",
	    "next to it a phrase of {zz_drop|zz_drop}, which may be absent\n", "one of these within 4 words: zzc\n" } },
	{ "family: new_task, near: \"{zz_drop} zzb\", within: 7, across: true",
	  { "words in any order, at most 7 between the first and the last, also over the end of a sentence:\n",
	    "the word \"zzb\"\n", "none: a signal for combinations and scores" } },
	{ "family: secret, expression: \"zz\\e\", literal: true, flags: is, check: luhn",
	  { "the bytes in the original text, in any case, '.' is also a line feed:\n", "\"zz\\u{1b}\"\n",
	    "(its family is no attack: not added up)" } },
	{ "family: new_task, expression: \"zz[a-z]\", text: folded", { "the expression in the folded text:\n" } },
	{ "family: new_task, combine: \"family:secret & !family:flooding\", within: 900",
	  { "matches of rules within 900 bytes: family:secret & !family:flooding\n" } },
	{ "family: new_task, score: 12, family_max: 5",
	  { "rules whose weights add up to 12 anywhere in one text, at most 5 of one family\n" } },
	{ "family: obfuscation, signal: bidi", { "the signal bidi: bidirectional controls" } },
	{ "family: hallucination_risk, risk: high, sequence: zza",
	  { "high: the confidence of an answer is multiplied with 0.70\n", "OWASP LLM 2025: LLM09;" } },
};

START_TEST(explains_every_kind)
{
	struct options options = options_with(pack);
	char yaml[1024];

	(void)snprintf(yaml, sizeof(yaml), PACK "  - { id: zz.r, " HEAD ", %s }\n", kinds[_i].body);
	write_file(pack, yaml);
	ck_assert_int_eq(run(rules_explain_run, "zz.r", &options), EXIT_SUCCESS);
	for (size_t i = 0; i < ARRAY_SIZE(kinds[_i].says) && kinds[_i].says[i]; i++)
		says(kinds[_i].says[i]);
}
END_TEST

static int explain(const char *text, const struct options *options)
{
	int saved, status;

	write_file(input_path, text);
	clearerr(stdin);
	saved = swap_fd(input_path, O_RDONLY, STDIN_FILENO);
	rewind(stdin);
	status = run(rules_explain_run, NULL, options);
	(void)dup2(saved, STDIN_FILENO);
	(void)close(saved);
	return status;
}

START_TEST(explains_a_text)
{
	struct options options = options_with(pack);

	write_file(pack, PACK RULE("zz.r", "zzdropped zzrule", "b"));
	ck_assert_int_eq(explain("first zzdropped the zzrule now\n", &options), EXIT_SUCCESS);
	says("zz.r (new_task, medium): a \"test\"\n    bytes 6 to 26\n    \"zzdropped the zzrule\"\n"
	     "    by its sequence {zz_drop} 2 zzrule\n");
	says("1 findings in user, the worst is medium\n");
	ck_assert_int_eq(explain("zzrule zzdropped", &options), EXIT_SUCCESS);
	says("no findings in user\n");
	options.where = (char *)"completion";
	ck_assert_int_eq(explain("first zzdropped the zzrule now\n", &options), EXIT_SUCCESS);
	says("no findings in completion\n");
	options.where = (char *)"somewhere";
	ck_assert_int_eq(explain("", &options), EXIT_USAGE);
}
END_TEST

static size_t count_kept(void)
{
	char pattern[160];
	glob_t found;
	size_t count;

	(void)snprintf(pattern, sizeof(pattern), "%s/*", cache);
	ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
	count = found.gl_pathc;
	globfree(&found);
	return count;
}

START_TEST(runs_examples)
{
	struct options options = options_with(NULL);

	write_file(pack, PACK RULE("zz.good", "zzdropped zzrule", "zzrule")
			      RULE("zz.bad", "nothing", "zzdropping a zzrule, with zzrule"));
	ck_assert_int_eq(run(rules_test_run, pack, &options), EXIT_FAILURE);
	says("pass  zz.good\n");
	says("pack.yaml:7): does not match in user: \"nothing\"\n");
	says("pack.yaml:7): matches what it must not in user: \"zzdropping a zzrule\"\n");
	says("1 rules passed, 1 failed\n");
	write_file(pack, PACK RULE("zz.good", "zzdropped zzrule", "zzrule"));
	ck_assert_int_eq(run(rules_test_run, pack, &options), EXIT_SUCCESS);
	says("1 rules passed, 0 failed\n");
	write_file(pack, PACK RULE("zz.good", "[]", "zzrule"));
	ck_assert_int_eq(run(rules_test_run, pack, &options), EXIT_USAGE);
	ck_assert_uint_eq(count_kept(), 1);
}
END_TEST

/* The examples of all rules that are part of the program. */
START_TEST(builtin_rules_keep_their_word)
{
	struct options options = options_with(NULL);

	int status = run(rules_test_run, NULL, &options);
	const char *failure = strstr(printed.data, "FAIL");

	ck_assert_msg(status == EXIT_SUCCESS, "%.400s", failure ? failure : "they cannot be used");
}
END_TEST

START_TEST(compiled_rules_are_kept)
{
	char both[300];
	struct options options = options_with(both);
	struct rules *rules = NULL;

	(void)snprintf(both, sizeof(both), "%s,", pack);
	write_file(pack, PACK RULE("zz.r", "a", "b"));
	ck_assert_int_eq(rules_load(&options, &rules), 0);
	ck_assert(!rules_were_kept(rules));
	ck_assert_ptr_nonnull(pack_set_rule(rules_set(rules), SLICE("zz.r")));
	rules_unref(rules);
	ck_assert_int_eq(rules_load(&options, &rules), 0);
	ck_assert(rules_were_kept(rules));
	rules_unref(rules);
}
END_TEST

static size_t made_of(const struct options *options, struct slice in_force, struct rules **ret)
{
	enum rule_origin origin;
	struct rules_size size;

	ck_assert_int_eq(rules_load_from(options, in_force, ret, &origin), 0);
	ck_assert_int_eq(origin, RULES_COMPILED);
	rules_size(*ret, &size);
	return size.databases_made;
}

/* Out of what was kept last, or is in force, whatever else it is of. */
START_TEST(databases_are_used_again)
{
	struct options options = options_with(pack);
	struct rules *first = NULL, *second = NULL;

	write_file(pack, PACK RULE("zz.r", "a", "b"));
	ck_assert_uint_eq(made_of(&options, SLICE(""), &first), 0);
	options.rules_cache = (char *)"none";
	write_file(pack, PACK RULE("zz.s", "a", "b"));
	for (int i = 0; i < 2; i++) {
		/* Kept nowhere: the second time it is the same. */
		ck_assert_uint_eq(made_of(&options, rules_image(first), &second), 0);
		rules_unref(second);
	}
	rules_unref(first);
}
END_TEST

START_TEST(files_that_cannot_be_used)
{
	struct options options = options_with(pack);
	struct rules *rules = NULL;

	ck_assert_int_eq(rules_load(&options, &rules), -ENOENT);
	options.rules = folder;
	ck_assert_int_eq(rules_load(&options, &rules), -EISDIR);
	options.rules = pack;
	write_file(pack, PACK "  - { id: zz.r }\n");
	ck_assert_int_eq(rules_load(&options, &rules), -EINVAL);
	ck_assert_ptr_null(rules);
}
END_TEST

/* As the tracer hands them to the decoder. */
START_TEST(a_role_is_handed_them)
{
	/* Bytes of the file that are no image, or none of the file's. */
	static const struct {
		uint64_t offset;
		int64_t more;
	} elsewhere[] = { { 0, -64 }, { 64, -64 }, { 1, -1 }, { 64, 0 }, { 0, 1 }, { 4096, 0 }, { UINT64_MAX, 0 }, { UINT64_MAX - 63, 64 } };
	struct options options = options_with(pack);
	struct rules *rules = NULL;
	struct message_rules place;
	auto_close int fd = -1;

	write_file(pack, PACK RULE("zz.r", "a", "b"));
	fd = rule_hand_over(&options, -1, &place);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(rule_hand_take(fd, &place, &rules), 0);
	ck_assert(rules_were_kept(rules));
	ck_assert_ptr_nonnull(pack_set_rule(rules_set(rules), SLICE("zz.r")));
	rules_unref(rules);
	for (size_t i = 0; i < ARRAY_SIZE(elsewhere); i++)
		ck_assert_int_eq(rule_hand_take(fd, &(struct message_rules){ elsewhere[i].offset, place.bytes + elsewhere[i].more },
						&rules), -EBADMSG);
	ck_assert_int_eq(rule_hand_take(fd, &(struct message_rules){ 0, 0 }, &rules), -EBADMSG);
	write_file(pack, PACK "  - { id: zz.r }\n");
	ck_assert_int_eq(rule_hand_over(&options, fd, &place), -EINVAL);
}
END_TEST

/* As make adds it to the program, where the image begins in the middle of a page. */
START_TEST(a_role_is_handed_a_part_of_a_file)
{
	static const struct {
		uint64_t offset;
		int err;
	} places[] = { { 0, 0 }, { 64, 0 }, { 4096 + 64, 0 }, { 100, -EBADMSG }, { 4097, -EBADMSG } };
	struct options options = options_with(pack);
	struct rules *rules = NULL, *handed = NULL;

	write_file(pack, PACK RULE("zz.r", "a", "b"));
	ck_assert_int_eq(rules_load(&options, &rules), 0);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		auto_close int fd = memfd_create("program", MFD_CLOEXEC);
		struct message_rules place = { places[i].offset, rules_image(rules).len };

		ck_assert_int_eq(pwrite(fd, rules_image(rules).ptr, place.bytes, (off_t)place.offset), (ssize_t)place.bytes);
		ck_assert_int_eq(rule_hand_take(fd, &place, &handed), places[i].err);
		if (places[i].err == 0)
			rules_unref(handed);
	}
	rules_unref(rules);
}
END_TEST

/* ---- texts ---- */

static const struct {
	struct slice text;
	size_t max;
	const char *plain;
} texts[] = {
	{ { "plain", 5 }, 10, "\"plain\"" },
	{ { "plain", 5 }, 3, "\"pla\"..." },
	{ { "\"\\\n\t", 4 }, 10, "\"\\\"\\\\\\n\\u{9}\"" },
	{ { "\x1b[2J\x7f", 5 }, 10, "\"\\u{1b}[2J\\u{7f}\"" },
	{ { "\xc3\xa9\xe4\xb8\xad", 5 }, 10, "\"\xc3\xa9\xe4\xb8\xad\"" },
	{ { "\xc2\x9b\xe2\x80\xae\xe2\x80\x8b", 8 }, 10, "\"\\u{9b}\\u{202e}\\u{200b}\"" },
	{ { "\xf3\xa0\x81\xa1\xee\x80\x80", 7 }, 10, "\"\\u{e0061}\\u{e000}\"" },
	{ { "a\xff\xc3", 3 }, 10, "\"a\\xff\\xc3\"" },
	{ { "\xe2\x80\xa8", 3 }, 10, "\"\\u{2028}\"" },
};

static char *show(void (*print)(FILE *out, size_t i), size_t i)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	print(out, i);
	(void)fclose(out);
	return text;
}

static void print_text(FILE *out, size_t i)
{
	plain_text_print(out, texts[i].text, texts[i].max);
}

static void print_secret(FILE *out, size_t i)
{
	plain_text_print_masked(out, i == 0 ? SLICE("short secret") : SLICE("a secret of some length"));
}

START_TEST(nothing_steers_the_terminal)
{
	auto_free char *text = show(print_text, (size_t)_i);

	ck_assert_str_eq(text, texts[_i].plain);
}
END_TEST

START_TEST(secrets_are_masked)
{
	auto_free char *first = show(print_secret, 0), *second = show(print_secret, 1);

	ck_assert_str_eq(first, "\"...\" (12 bytes)");
	ck_assert_str_eq(second, "\"a se...\" (23 bytes)");
}
END_TEST

static Suite *make_rules_command(void)
{
	Suite *suite = suite_create("roles: rules command");
	TCase *tc = tcase_create("rules command");

	tcase_add_unchecked_fixture(tc, compile_once, remove_common);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, lists);
	tcase_add_test(tc, explains_a_rule);
	tcase_add_loop_test(tc, explains_every_kind, 0, ARRAY_SIZE(kinds));
	tcase_add_test(tc, explains_a_text);
	tcase_add_test(tc, runs_examples);
	tcase_add_test(tc, builtin_rules_keep_their_word);
	tcase_add_test(tc, compiled_rules_are_kept);
	tcase_add_test(tc, databases_are_used_again);
	tcase_add_test(tc, files_that_cannot_be_used);
	tcase_add_test(tc, a_role_is_handed_them);
	tcase_add_test(tc, a_role_is_handed_a_part_of_a_file);
	tcase_add_loop_test(tc, nothing_steers_the_terminal, 0, ARRAY_SIZE(texts));
	tcase_add_test(tc, secrets_are_masked);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_rules_command)
