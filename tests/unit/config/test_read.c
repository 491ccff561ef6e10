/* SPDX-License-Identifier: Apache-2.0 */
/* A section of every type of field, from a file, the environment, flags and --set. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/options.h"
#include "config/secret.h"
#include "sample.h"

#define ARGUMENTS_MAX 16

static struct sample sample;
static const struct section section = { "sample", &sample_schema, &sample };
static struct command_line line;
static char *said;
static size_t said_size;
static char folder[] = "/tmp/promtap-test-XXXXXX";
static char path[128], secret_path[128];

static void write_file(const char *name, const char *text, mode_t mode)
{
	FILE *file = fopen(name, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	ck_assert_int_eq(chmod(name, mode), 0);
}

static void setup(void)
{
	strcpy(folder + sizeof(folder) - 7, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/c.yaml", folder);
	snprintf(secret_path, sizeof(secret_path), "%s/secret", folder);
	write_file(secret_path, "s3cr3t\n", 0600);
}

static void forget(void)
{
	command_line_done(&line);
	schema_done(&sample_schema, &sample);
	free(said);
	said = NULL;
}

static void teardown(void)
{
	forget();
	(void)unlink(path);
	(void)unlink(secret_path);
	(void)rmdir(folder);
}

/* `words`: null ends them. */
static int parse(const char *yaml, char **variables, char **words)
{
	char *argv[ARGUMENTS_MAX + 4] = { "promtap", "run", "--config", path };
	struct config_sources sources = { .argc = 4, .argv = argv, .environ_list = variables, .sections = &section,
					  .section_count = 1 };
	int err;

	forget();
	write_file(path, yaml, 0600);
	for (; words && *words; words++)
		argv[sources.argc++] = *words;
	sources.errors = open_memstream(&said, &said_size);
	err = command_line_read(&sources, &line);
	fclose(sources.errors);
	return err;
}

static void refused(const char *yaml, const char *expected)
{
	char whole[1024];

	ck_assert_int_eq(parse(yaml, NULL, NULL), -EINVAL);
	snprintf(whole, sizeof(whole), "%s:%s\n", path, expected);
	ck_assert_str_eq(said, whole);
}

#define ACCEPTED(...) ck_assert_msg(parse(__VA_ARGS__) == 0, "%s", said)

START_TEST(defaults)
{
	ACCEPTED("", NULL, NULL);
	ck_assert(sample.on && sample.count == 7 && sample.bytes == 65536 && sample.wait == 900000000000);
	ck_assert(sample.share == 0.05 && !sample.name && sample.level == 2 && !sample.password);
	ck_assert_uint_eq(sample.hosts.count, 2);
	ck_assert_str_eq(sample.hosts.items[1], "b.example");
	ck_assert(sample.drift.enabled && sample.drift.threshold == 10 && sample.drift.severity == 1 &&
		  sample.drift.given == 0);
	ck_assert(sample.services.count == 0 && sample.channels.count == 0);
}
END_TEST

START_TEST(every_type)
{
	ACCEPTED("node: n\nsample:\n  on: no\n  count: 9\n  bytes: 1G\n  wait: 1h30m\n  share: 50%\n  name: "
		 "\"x: y\"\n"
		 "  level: info\n  hosts: [c.example]\n  drift: {threshold: 12.5, hold: 5s}\n  services:\n   "
		 " \"a.b c\":\n"
		 "      severity: critical\n    other: {}\n  channels:\n    ops: {type: webhook, url: "
		 "'https://x/'}\n",
		 NULL, NULL);
	ck_assert(!sample.on && sample.count == 9 && sample.bytes == 1 << 30 && sample.wait == 5400000000000);
	ck_assert(sample.share == 0.5 && sample.level == 0);
	ck_assert_str_eq(sample.name, "x: y");
	ck_assert_uint_eq(sample.hosts.count, 1);
	ck_assert_str_eq(sample.hosts.items[0], "c.example");
	ck_assert(sample.drift.threshold == 12.5 && sample.drift.hold == 5000000000 && sample.drift.enabled);
	ck_assert_uint_eq(sample.drift.given, 1 << 1 | 1 << 3);
	ck_assert_uint_eq(sample.services.count, 2);
	ck_assert_str_eq(sample.services.keys[0], "a.b c");
	ck_assert_str_eq(sample.services.keys[1], "other");
	ck_assert(((struct rule *)sample.services.items)[0].severity == 2);
	ck_assert_uint_eq(((struct rule *)sample.services.items)[0].given, 1 << 2);
	ck_assert_uint_eq(((struct rule *)sample.services.items)[1].given, 0);
	ck_assert_str_eq(((struct channel *)sample.channels.items)[0].url, "https://x/");
	ck_assert_str_eq(line.options.node, "n");
	ACCEPTED("sample:\n", NULL, NULL);
	ACCEPTED("sample: {drift: , hosts: [], services: ~}\n", NULL, NULL);
	ck_assert_uint_eq(sample.hosts.count, 0);
}
END_TEST

START_TEST(precedence)
{
	char *variables[] = { "PROMTAP_SAMPLE_COUNT=2", "PROMTAP_SAMPLE_DRIFT_HOLD=2s",
			      "PROMTAP_SAMPLE_HOSTS=x,y", NULL };
	char *words[] = { "--sample-count",
			  "3",
			  "--sample-drift-enabled=no",
			  "--set",
			  "sample.services.\"a.b\".hold=9s",
			  "--set",
			  "sample.channels.new.type=webhook",
			  "--sample-on",
			  "--set=sample.name=x=y",
			  NULL };

	ACCEPTED("sample:\n  count: 1\n  on: false\n  drift: {hold: 1s, threshold: 33}\n  services: {a.b: "
		 "{hold: 1s}}\n",
		 variables, words);
	ck_assert_uint_eq(sample.count, 3);
	ck_assert(sample.on && !sample.drift.enabled && sample.drift.hold == 2000000000 &&
		  sample.drift.threshold == 33);
	ck_assert_uint_eq(sample.hosts.count, 2);
	ck_assert_uint_eq(sample.services.count, 1);
	ck_assert(((struct rule *)sample.services.items)[0].hold == 9000000000);
	ck_assert_str_eq(sample.channels.keys[0], "new");
	ck_assert_str_eq(sample.name, "x=y");
	ck_assert_uint_eq(line.options.set.count, 3);
	ck_assert_str_eq(line.options.set.items[0], "sample.services.\"a.b\".hold=9s");
	ck_assert_int_eq(node_find(node_find(line.document.root, "sample"), "count")->source, SOURCE_FLAG);
}
END_TEST

START_TEST(wrong_files)
{
	refused("sample:\n  drift:\n    treshold: 3\n",
		"3: sample.drift.treshold: unknown key; did you mean 'threshold'?");
	refused("sampl:\n  on: yes\n", "1: sampl: unknown key; did you mean 'sample'?");
	refused("sample:\n  xyz: 3\n", "2: sample.xyz: unknown key; see promtap help sample");
	refused("sample:\n  count: 10\n", "2: sample.count: '10' is out of range; write a number from 1 to 9");
	refused("sample:\n  wait: 90\n",
		"2: sample.wait: '90' is not a duration; write for example 90s, 15m, 1h30m or 30d");
	refused("sample:\n  level: loud\n", "2: sample.level: 'loud' is no choice; write info, warning or critical");
	refused("sample:\n  name: [a]\n", "2: sample.name: is not one value; write 'name: VALUE' on one line");
	refused("sample: 7\n", "1: sample: is no mapping; write its settings below it");
	refused("sample:\n  drift: [a]\n", "2: sample.drift: is no mapping; write its settings below it");
	refused("sample:\n  services: a\n",
		"2: sample.services: is no mapping; write names of your own with settings below each");
	refused("sample:\n  hosts: {a: b}\n", "2: sample.hosts: is no list; write [ONE, OTHER]");
	refused("sample:\n  hosts:\n    - a\n    - b c\n",
		"4: sample.hosts: 'b c' is not a name; use letters, digits, '-', '.' and '_'");
	refused("sample:\n  services: {a: , b: , c: , d: }\n", "2: sample.services: holds 4 names; write at most 3");
	refused("sample:\n  channels:\n    ops:\n      url: x\n",
		"3: sample.channels.ops: lacks 'type'; write 'type: VALUE' below it");
	refused("sample:\n  channels:\n    ops:\n      type: slack\n",
		"3: sample.channels.ops: slack needs a token; write token_file: PATH");
	refused("sample:\n  name: \"a\\tb\"\n",
		"2: sample.name: holds what does not print; write UTF-8 without control characters");
	refused("sample:\n  name: 12345678901234567890123456789012345678901234567890123456789012345\n",
		"2: sample.name: is too long; write at most 64 bytes");
	refused("sample:\n  on:\n", "2: sample.on: has no value; write one, or leave it out");
	refused("sample:\n  \"a.b\": 1\n", "2: sample.\"a.b\": unknown key; see promtap help sample");
}
END_TEST

START_TEST(every_problem_is_said)
{
	char expected[1024];

	ck_assert_int_eq(parse("sample:\n  count: x\n  on: y\n  channels:\n    a: {type: z}\nlisten: here\n",
			       NULL, NULL),
			 -EINVAL);
	snprintf(expected, sizeof(expected),
		 "%s:2: sample.count: 'x' is not a whole number; write digits alone\n"
		 "%s:3: sample.on: 'y' is neither true nor false; write true or false\n"
		 "%s:5: sample.channels.a.type: 'z' is no choice; write webhook or slack\n"
		 "%s:6: listen: 'here' is not a port; write ADDR:PORT, e.g. 127.0.0.1:9797\n", path, path, path, path);
	ck_assert_str_eq(said, expected);
}
END_TEST

/* What a flag overrides must be right all the same, and each says its own place. */
START_TEST(wrong_values_of_all_sources)
{
	char *variables[] = { "PROMTAP_SAMPLE_COUNT=b", NULL };
	char *words[] = { "--sample-count", "c", NULL };
	char *paths[] = { "--set", "sample..x=1", NULL };
	char *flat[] = { "--set", "sample=1", NULL };
	char *unknown[] = { "--set", "sample.channels.x.typ=slack", NULL };
	char expected[512];

	ck_assert_int_eq(parse("sample: {count: a}\n", variables, words), -EINVAL);
	snprintf(expected, sizeof(expected),
		 "%s:1: sample.count: 'a' is not a whole number; write digits alone\n"
		 "promtap: PROMTAP_SAMPLE_COUNT: 'b' is not a whole number; write digits alone\n"
		 "promtap: --sample-count: 'c' is not a whole number; write digits alone\n", path);
	ck_assert_str_eq(said, expected);
	ck_assert_int_eq(parse("", NULL, paths), -EINVAL);
	ck_assert_str_eq(
		said,
		"promtap: --set sample..x: is no path; write SECTION.KEY=VALUE, and keys with dots in double "
		"quotes\n");
	ck_assert_int_eq(parse("sample: {on: yes}\n", NULL, flat), -EINVAL);
	ck_assert_str_eq(said, "promtap: --set sample: is no mapping; write its settings below it\n");
	ck_assert_int_eq(parse("sample: {channels: {x: {type: webhook}}}\n", NULL, unknown), -EINVAL);
	ck_assert_str_eq(said, "promtap: --set sample.channels.x.typ: unknown key; did you mean 'type'?\n");
}
END_TEST

START_TEST(secrets)
{
	char yaml[512], expected[512];
	char *variables[] = { "TOKEN=t0k3n", "TWO=a\nb", NULL };
	char *words[] = { "--sample-password-env", "TOKEN", NULL };

	snprintf(yaml, sizeof(yaml),
		 "sample:\n  password_file: %s\n  channels: {a: {type: slack, token_env: TOKEN}}\n",
		 secret_path);
	ACCEPTED(yaml, variables, NULL);
	ck_assert_str_eq(sample.password, "s3cr3t");
	ck_assert_str_eq(((struct channel *)sample.channels.items)[0].token, "t0k3n");
	ck_assert_str_eq(said, "");
	/* Of two sources the stronger; of one source both is no choice. */
	ACCEPTED(yaml, variables, words);
	ck_assert_str_eq(sample.password, "t0k3n");
	ck_assert_int_eq(parse("sample:\n  password_file: a\n  password_env: b\n", NULL, NULL), -EINVAL);
	ck_assert_ptr_nonnull(
		strstr(said, ":2: sample.password_file: stands beside 'password_env'; remove one of them\n"));
	ck_assert_ptr_nonnull(
		strstr(said, ":3: sample.password_env: stands beside 'password_file'; remove one of them\n"));
	refused("sample:\n  password: hunter2\n", "2: sample.password: a secret does not stand in here; "
						  "write password_file: PATH or password_env: VARIABLE");
	refused("sample:\n  password_env: ABSENT\n",
		"2: sample.password_env: ABSENT is no variable of the environment; set it");
	ck_assert_int_eq(parse("sample:\n  password_env: TWO\n", variables, NULL), -EINVAL);
	ck_assert_ptr_nonnull(strstr(said, "TWO holds more than one line of text; put the secret alone there"));
	chmod(secret_path, 0604);
	ACCEPTED(yaml, variables, NULL);
	snprintf(expected, sizeof(expected),
		 "%s:2: sample.password_file: warning: %s can be read by everybody; chmod 0600\n", path,
		 secret_path);
	ck_assert_str_eq(said, expected);
	chmod(secret_path, 0602);
	ck_assert_int_eq(parse(yaml, variables, NULL), -EINVAL);
	ck_assert_ptr_nonnull(strstr(said, "can be written by everybody; chmod 0600"));
	ck_assert_int_eq(parse("sample: {password_file: /nonexistent}\n", NULL, NULL), -EINVAL);
	ck_assert_ptr_nonnull(strstr(
		said, "/nonexistent: No such file or directory; name a readable file with the secret"));
	write_file(secret_path, "", 0600);
	ck_assert_int_eq(parse(yaml, variables, NULL), -EINVAL);
	ck_assert_ptr_nonnull(strstr(said, "is empty; put the secret there"));
	ck_assert_int_eq(parse("sample: {password_file: /dev/zero}\n", NULL, NULL), -EINVAL);
}
END_TEST

static void write_letter(const char *text, mode_t mode)
{
	write_file(secret_path, text, mode);
}

static void assert_letter_refused(const char *yaml, const char *problem)
{
	ck_assert_int_eq(parse(yaml, NULL, NULL), -EINVAL);
	ck_assert_msg(strstr(said, problem), "'%s' lacks '%s'", said, problem);
}

/* Of many lines; what stands in it is checked as a value is. */
START_TEST(files)
{
	static const char lines[] = "Dear\n\tall,\r\n\xc3\xa9\n";
	char yaml[256], diary[256];

	snprintf(yaml, sizeof(yaml), "sample:\n  letter_file: %s\n", secret_path);
	snprintf(diary, sizeof(diary), "sample:\n  diary_file: %s\n", secret_path);
	write_letter(lines, 0644);
	ACCEPTED(yaml, NULL, NULL);
	ck_assert_str_eq(sample.letter, lines);
	ck_assert_str_eq(said, "");
	ACCEPTED(diary, NULL, NULL);
	ck_assert_ptr_nonnull(strstr(said, ":2: sample.diary_file: warning: "));
	ck_assert_ptr_nonnull(strstr(said, " can be read by everybody; chmod 0600\n"));
	write_letter(lines, 0602);
	assert_letter_refused(yaml, "can be written by everybody");
	write_letter("", 0600);
	assert_letter_refused(yaml, " is empty; name the right file");
	write_letter("Dear\x01", 0600);
	assert_letter_refused(yaml, " holds what is no text; name the right file");
	write_letter("Hello\n", 0600);
	assert_letter_refused(yaml, " greets nobody; write Dear");
	write_letter("Dear 60 bytes too long: 0123456789 0123456789 0123456789 0123456789\n", 0600);
	assert_letter_refused(yaml, " is over 64 bytes; name the right file");
	assert_letter_refused("sample: {letter_file: /nonexistent}\n", "/nonexistent: No such file or directory; name a readable file\n");
	assert_letter_refused("sample: {letter_file: }\n", "has no value; write the path of a file");
	refused("sample:\n  letter: Dear all\n", "2: sample.letter: does not stand in here; write letter_file: PATH");
	assert_letter_refused("sample:\n  letter_env: P\n", "unknown key; did you mean 'letter_file'?");
}
END_TEST

/* What is only tried: what cannot be read is a warning, what can and is wrong is an error, what is old is told with the
 * time at hand. */
START_TEST(check_of_files)
{
	struct config_sources sources = { .sections = &section, .section_count = 1, .now_unix_s = 2000 };
	static const struct {
		const char *letter, *problem;
		int result;
	} cases[] = {
		{ NULL, ":2: sample.letter_file: warning: ", 0 },
		{ "Hello", " greets nobody; write Dear\n", -EINVAL },
		{ "", " is empty; name the right file\n", -EINVAL },
		{ "Dear\x02", " holds what is no text; name the right file\n", -EINVAL },
		{ "Dear, soon", " is old; write anew\n", 0 },
		{ "Dear", "", 0 },
	};
	char yaml[256];

	snprintf(yaml, sizeof(yaml), "sample:\n  letter_file: %s\n", secret_path);
	write_file(path, yaml, 0600);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		forget();
		(void)unlink(secret_path);
		if (cases[i].letter)
			write_letter(cases[i].letter, 0600);
		sources.errors = open_memstream(&said, &said_size);
		ck_assert_int_eq(config_check_file(path, &sources), cases[i].result);
		fclose(sources.errors);
		ck_assert_msg(*cases[i].problem ? strstr(said, cases[i].problem) != NULL : *said == '\0', "%zu: %s", i, said);
	}
}
END_TEST

/* The file alone, without the secrets of the place where it will be used. */
START_TEST(check_of_a_file)
{
	struct config_sources sources = { .sections = &section, .section_count = 1 };
	int err;

	forget();
	write_file(path, "sample:\n  password_file: /nonexistent\n  count: 8\n", 0600);
	sources.errors = open_memstream(&said, &said_size);
	err = config_check_file(path, &sources);
	fclose(sources.errors);
	ck_assert_int_eq(err, 0);
	ck_assert_ptr_nonnull(strstr(said, "warning: /nonexistent: No such file"));
}
END_TEST

/* ---- hostile YAML -------------------------------------------------------------------------------- */

static int read_text(const char *text, size_t len, struct document *document)
{
	struct problems problems = { .program = "promtap", .file = "f" };
	int err;

	free(said);
	problems.out = open_memstream(&said, &said_size);
	err = document_read(document, "f", text, len, &problems);
	fclose(problems.out);
	return err;
}

static void hostile(const char *text, const char *expected)
{
	struct document document = { 0 };

	ck_assert_int_eq(read_text(text, strlen(text), &document), -EINVAL);
	ck_assert_str_eq(said, expected);
	document_done(&document);
}

START_TEST(what_yaml_has_and_we_do_not_take)
{
	hostile("a: &x b\n", "f:1: a: has an anchor (&); leave it out, or put the value in quotes\n");
	hostile("a: &x [b]\n", "f:1: a: has an anchor (&); leave it out, or put the value in quotes\n");
	hostile("b:\n  a: *x\n", "f:2: b.a: is an alias (*); write the value itself, or put it in quotes\n");
	hostile("a: !!str b\n", "f:1: a: has a tag (!); leave it out, or put the value in quotes\n");
	hostile("a: !x {}\n", "f:1: a: has a tag (!); leave it out, or put the value in quotes\n");
	hostile("# c\n%YAML 1.1\n---\na: b\n", "f:2: begins with '%'; directives are not taken, leave it out\n");
	hostile("a: b\n---\nc: d\n", "f:2: a second document begins; write all settings in one\n");
	hostile("a: b\nc:\n  d: 1\n  e: 1\n  d: 2\n", "f:5: c.d: stands on line 3 already; remove one of them\n");
	hostile("a: \"x\\0y\"\n", "f:1: a: holds a zero byte; write it without\n");
	hostile("a: [1, {b: &x 2}]\n", "f:1: a[1].b: has an anchor (&); leave it out, or put the value in quotes\n");
	hostile("? {a: b}\n: c\n", "f:1: has a key that is no name; write 'key: value'\n");
}
END_TEST

/* A mebibyte of each: refused or read in milliseconds; what costs the square of it runs into Check's limit of time. */
START_TEST(hostile_bulk)
{
	static const char *const parts[] = { "[",      "{a: ", "- ",  "? ", "a: &a [*a]\n", "%TAG !a! b\n",
					     "a: b\n", "\"",   "&a ", "!",  "a: |\n",	    "- a\n",
					     "[a,",    "'",    "#",   "\t", "a:\n ",	    "\\",
					     "\xff",   "\xc3", "*a" };
	static char text[DOCUMENT_BYTES_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		struct document document = { 0 };
		size_t len = strlen(parts[i]), used = 0;

		for (; used + len <= sizeof(text); used += len)
			memcpy(text + used, parts[i], len);
		(void)read_text(text, used, &document);
		document_done(&document);
	}
}
END_TEST

START_TEST(many_keys_of_one_mapping)
{
	static char text[DOCUMENT_BYTES_MAX];
	struct document document = { 0 };
	size_t used = 0;

	for (unsigned i = 0; i < 60000; i++)
		used += (size_t)sprintf(text + used, "k%u: 1\n", i);
	ck_assert_msg(read_text(text, used, &document) == 0, "%s", said);
	document_done(&document);
	used += (size_t)sprintf(text + used, "k7: 1\n");
	ck_assert_int_eq(read_text(text, used, &document), -EINVAL);
	ck_assert_str_eq(said, "f:60001: k7: stands on line 8 already; remove one of them\n");
	document_done(&document);
}
END_TEST

/* Each is said to be unknown, a hundred are printed, and what was meant is searched for those alone. */
START_TEST(many_unknown_keys)
{
	static char text[DOCUMENT_BYTES_MAX];
	struct problems problems = { .program = "promtap", .file = "f" };
	const struct schema_reader reader = { .problems = &problems };
	struct document document = { 0 };
	size_t used = 0, lines = 0;

	for (unsigned i = 0; i < 60000; i++)
		used += (size_t)sprintf(text + used, "counting%u: 1\n", i);
	ck_assert_msg(read_text(text, used, &document) == 0, "%s", said);
	free(said);
	problems.out = open_memstream(&said, &said_size);
	ck_assert_int_eq(sections_read(&reader, &section, 1, document.root), -EINVAL);
	problems_end(&problems);
	fclose(problems.out);
	for (const char *c = said; *c; c++)
		lines += *c == '\n';
	ck_assert_uint_eq(lines, PROBLEMS_MAX + 1);
	ck_assert_ptr_nonnull(strstr(said, "\nf: 59900 more problems; cure these first\n"));
	document_done(&document);
}
END_TEST

START_TEST(paths)
{
	static const char *const bad[] = { "", ".", "a.", ".a", "a..b", "\"a", "a.\"b", "\"\"", "\"a\"b", "a.\"b\".", "a\tb",
					   "a.b.c.d.e.f.g.h.i.j.k.l.m" };
	struct problems problems = { .program = "promtap" };
	struct document document = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_msg(document_set(&document, bad[i], "1", SOURCE_FLAG, "--set", &problems) == -EINVAL, "%s", bad[i]);
	ck_assert_uint_eq(problems.count, ARRAY_SIZE(bad));
	ck_assert_int_eq(document_set(&document, "x.\"y.z\".w", "1", SOURCE_FLAG, "--set", &problems), 0);
	ck_assert_str_eq(node_find(node_find(node_find(document.root, "x"), "y.z"), "w")->text, "1");
	/* A value in the place of a mapping, and the other way round: both are kept, to be checked. */
	ck_assert_int_eq(document_set(&document, "x", "2", SOURCE_FLAG, "--set", &problems), 0);
	ck_assert_int_eq(node_find(document.root, "x")->weaker->kind, NODE_MAPPING);
	ck_assert_int_eq(document_set(&document, "x.v", "3", SOURCE_FLAG, "--set", &problems), 0);
	ck_assert_int_eq(node_find(document.root, "x")->weaker->kind, NODE_SCALAR);
	document_done(&document);
}
END_TEST

/* A file cut at any byte is read, or refused with file, line, and a cure behind ';' or '?'. */
START_TEST(cut_at_every_byte)
{
	static const char text[] =
		"# c\nlisten: \"127.0.0.1:1\"\nsample:\n  on: 'no'\n  wait: 1h\n  hosts:\n    - a\n    - b\n"
		"  services:\n    \"x y\": {hold: 5s, threshold: 1e1}\n  channels: {o: {type: webhook}}\n";
	struct command_line unused = { 0 };
	struct section sections[] = { { NULL, &options_schema, &unused.options }, section };

	for (size_t len = 0; len < sizeof(text); len++) {
		struct problems problems = { .program = "promtap", .file = "f" };
		const struct schema_reader reader = { .problems = &problems };
		struct document document = { 0 };
		int err;

		free(said);
		problems.out = open_memstream(&said, &said_size);
		err = document_read(&document, "f", text, len, &problems);
		if (err == 0) {
			err = sections_read(&reader, sections, 2, document.root);
			sections_done(sections, 2);
		}
		fclose(problems.out);
		ck_assert_msg(err == 0 || err == -EINVAL, "cut at %zu: %d", len, err);
		ck_assert_msg((err == 0) == (said_size == 0), "cut at %zu: %d, '%s'", len, err, said);
		ck_assert(err == 0 || (strncmp(said, "f:", 2) == 0 && strpbrk(said, ";?")));
		document_done(&document);
	}
}
END_TEST

static Suite *make_read(void)
{
	Suite *suite = suite_create("read");
	TCase *tc = tcase_create("read");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, defaults);
	tcase_add_test(tc, every_type);
	tcase_add_test(tc, precedence);
	tcase_add_test(tc, wrong_files);
	tcase_add_test(tc, every_problem_is_said);
	tcase_add_test(tc, wrong_values_of_all_sources);
	tcase_add_test(tc, secrets);
	tcase_add_test(tc, files);
	tcase_add_test(tc, check_of_files);
	tcase_add_test(tc, check_of_a_file);
	tcase_add_test(tc, what_yaml_has_and_we_do_not_take);
	tcase_add_test(tc, hostile_bulk);
	tcase_add_test(tc, many_keys_of_one_mapping);
	tcase_add_test(tc, many_unknown_keys);
	tcase_add_test(tc, paths);
	tcase_add_test(tc, cut_at_every_byte);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_read)
