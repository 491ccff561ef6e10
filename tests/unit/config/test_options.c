/* SPDX-License-Identifier: Apache-2.0 */
/* Flags, variables, file and their precedence, through command_line_read(). */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "config/help.h"
#include "config/options.h"

#define ARGUMENTS_MAX 16

static struct command_line line;
static char *said;	/* what was printed to `errors` */
static size_t said_size;
static char path[64];	/* of the configuration file */

static void setup(void)
{
	strcpy(path, "/tmp/promtap-test-XXXXXX");
	close(mkstemp(path));
}

static void forget(void)
{
	command_line_done(&line);
	free(said);
	said = NULL;
}

static void teardown(void)
{
	forget();
	(void)unlink(path);
}

/* `words` is split at spaces. */
static int parse(const char *words, char **variables)
{
	char *argv[ARGUMENTS_MAX + 2] = { "promtap" };
	static char copy[512];
	struct config_sources sources = { .argc = 1, .argv = argv, .environ_list = variables };
	int err;

	forget();
	strcpy(copy, words);
	for (char *word = strtok(copy, " "); word && sources.argc <= ARGUMENTS_MAX; word = strtok(NULL, " "))
		argv[sources.argc++] = word;
	sources.errors = open_memstream(&said, &said_size);
	err = command_line_read(&sources, &line);
	fclose(sources.errors);
	return err;
}

static void refused(const char *words, const char *expected)
{
	ck_assert_int_eq(parse(words, NULL), -EINVAL);
	ck_assert_str_eq(said, expected);
}

static void write_file(const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

static int parse_with_file(const char *text, const char *words, char **variables)
{
	char all[512];

	write_file(text);
	snprintf(all, sizeof(all), "run --config %s %s", path, words);
	return parse(all, variables);
}

START_TEST(defaults)
{
	char host[256];

	ck_assert_int_eq(parse("run", NULL), 0);
	ck_assert_int_eq(line.command, COMMAND_RUN);
	ck_assert_str_eq(line.options.listen, "127.0.0.1:9797");
	ck_assert_str_eq(line.options.log_level, "info");
	ck_assert_ptr_null(line.options.calls);
	ck_assert_ptr_null(line.options.record);
	ck_assert_ptr_null(line.options.prices);
	ck_assert_ptr_null(line.options.config);
	ck_assert_uint_eq(line.options.ring_bytes, 32 << 20);
	ck_assert_uint_eq(line.options.capture_write_bytes, 4 << 20);
	ck_assert_uint_eq(line.options.capture_read_bytes, 4 << 20);
	ck_assert(!line.options.no_separation && !line.options.help && !line.options.version);
	ck_assert_int_eq(gethostname(host, sizeof(host)), 0);
	ck_assert_str_eq(line.options.node, host);
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(every_flag)
{
	ck_assert_int_eq(parse("--listen [::1]:80 run --calls=- --record r --prices=p --log-level debug --node n "
			       "--ring-size 64K --capture-write=1M", NULL), 0);
	ck_assert_int_eq(line.command, COMMAND_RUN);
	ck_assert_str_eq(line.options.listen, "[::1]:80");
	ck_assert_str_eq(line.options.calls, "-");
	ck_assert_str_eq(line.options.record, "r");
	ck_assert_str_eq(line.options.prices, "p");
	ck_assert_str_eq(line.options.log_level, "debug");
	ck_assert_str_eq(line.options.node, "n");
	ck_assert_uint_eq(line.options.ring_bytes, 65536);
	ck_assert_uint_eq(line.options.capture_write_bytes, 1 << 20);
	ck_assert_int_eq(parse("run --capture-read 2M --no-separation", NULL), 0);
	ck_assert_uint_eq(line.options.capture_read_bytes, 2 << 20);
	ck_assert(line.options.no_separation);
	ck_assert_int_eq(parse("run --no-separation --no-separation=no", NULL), 0);
	ck_assert(!line.options.no_separation);
}
END_TEST

START_TEST(commands)
{
	ck_assert_int_eq(parse("replay file --calls -", NULL), 0);
	ck_assert_int_eq(line.command, COMMAND_REPLAY);
	ck_assert_str_eq(line.argument, "file");
	ck_assert_int_eq(parse("check", NULL), 0);
	ck_assert_int_eq(line.command, COMMAND_CHECK);
	ck_assert_int_eq(parse("role decoder", NULL), 0);
	ck_assert_int_eq(line.command, COMMAND_ROLE);
	ck_assert_str_eq(line.argument, "decoder");
	ck_assert_int_eq(parse("--help", NULL), 0);
	ck_assert(line.options.help);
	ck_assert_int_eq(parse("run --version", NULL), 0);
	ck_assert(line.options.version);
}
END_TEST

START_TEST(wrong_command_lines)
{
	refused("", "promtap: no command; write promtap run, or see promtap --help\n");
	refused("rum", "promtap: unknown command 'rum'; did you mean 'run'?\n");
	refused("observe", "promtap: unknown command 'observe'; see promtap --help\n");
	refused("run x", "promtap: unexpected argument 'x'; see promtap --help\n");
	refused("replay a b", "promtap: unexpected argument 'b'; see promtap --help\n");
	refused("run --no-detect false", "promtap: unexpected argument 'false'; write --no-detect=false\n");
	refused("run --money=gateway on", "promtap: unexpected argument 'on'; see promtap --help\n");
	refused("rules", "promtap: rules lacks its second word; see promtap --help\n");
	refused("rules lst", "promtap: unknown command 'rules lst'; did you mean 'rules list'?\n");
	refused("rules list x", "promtap: unexpected argument 'x'; see promtap --help\n");
	refused("rules test x y", "promtap: unexpected argument 'y'; see promtap --help\n");
	refused("rule", "promtap: unknown command 'rule'; did you mean 'run'?\n");
	refused("replay", "promtap: replay lacks its argument; write promtap replay FILE\n");
	refused("run --listn 1:1", "promtap: unknown option '--listn'; did you mean '--listen'?\n");
	refused("run --ringsize=64K", "promtap: unknown option '--ringsize'; did you mean '--ring-size'?\n");
	refused("run -h", "promtap: unknown option '-h'; see promtap --help\n");
	refused("run --", "promtap: unknown option '--'; see promtap --help\n");
	refused("run --list 1:1", "promtap: unknown option '--list'; did you mean '--listen'?\n");
	refused("run --calls", "promtap: --calls: has no value; write --calls FILE\n");
	refused("run --calls=", "promtap: --calls: has no value; write one, or leave it out\n");
	refused("run --listen 9797x",
		"promtap: --listen: '9797x' is not a port; write ADDR:PORT, e.g. 127.0.0.1:9797\n");
	refused("run --capture-write 5M",
		"promtap: --capture-write: '5M' is out of range; write a size from 1K to 4M\n");
	refused("run --ring-size 96K",
		"promtap: --ring-size: '96K' is not a power of two; write for example 16M, 32M or 64M\n");
}
END_TEST

START_TEST(variables)
{
	char *good[] = { "HOME=/", "PROMTAP_LISTEN=0.0.0.0:1", "PROMTAP_RING_SIZE=1M", "PROMTAP_NO_SEPARATION=1",
			 "PROMTAP_CALLS=", "PROMTAP_PORT=tcp://10.0.0.1:80", NULL };
	char *bad[] = { "PROMTAP_LISTEN=here", NULL };

	ck_assert_int_eq(parse("run --ring-size 2M", good), 0);
	ck_assert_str_eq(line.options.listen, "0.0.0.0:1");
	ck_assert_uint_eq(line.options.ring_bytes, 2 << 20);
	ck_assert(line.options.no_separation);
	ck_assert_ptr_null(line.options.calls);

	ck_assert_int_eq(parse("run --listen 127.0.0.1:1", bad), -EINVAL);
	ck_assert_str_eq(said, "promtap: PROMTAP_LISTEN: 'here' is not a port; write ADDR:PORT, e.g. 127.0.0.1:9797\n");
	/* Neither --help nor a role depends on them. */
	ck_assert_int_eq(parse("run --help", bad), 0);
	ck_assert_int_eq(parse("role server", bad), 0);
}
END_TEST

START_TEST(help_and_version_are_flags_only)
{
	char *set[] = { "PROMTAP_HELP=1", "PROMTAP_VERSION=1", NULL };

	ck_assert_int_eq(parse("run", set), 0);
	ck_assert(!line.options.help && !line.options.version);
}
END_TEST

START_TEST(file_under_variables_under_flags)
{
	char *set[] = { "PROMTAP_NODE=from-variable", "PROMTAP_LISTEN=127.0.0.1:2", NULL };

	ck_assert_int_eq(parse_with_file("# comment\nlisten: 127.0.0.1:1\nnode: from-file\nring-size: 1M\n"
					 "no-separation: true\n", "--listen 127.0.0.1:3", set), 0);
	ck_assert_str_eq(line.options.listen, "127.0.0.1:3");
	ck_assert_str_eq(line.options.node, "from-variable");
	ck_assert_uint_eq(line.options.ring_bytes, 1 << 20);
	ck_assert(line.options.no_separation);
}
END_TEST

START_TEST(file_named_by_a_variable)
{
	char variable[128];
	char *set[] = { variable, NULL };

	write_file("node: in-file\n");
	snprintf(variable, sizeof(variable), "PROMTAP_CONFIG=%s", path);
	ck_assert_int_eq(parse("run", set), 0);
	ck_assert_str_eq(line.options.node, "in-file");
}
END_TEST

static void file_refused(const char *text, const char *expected)
{
	char whole[512];

	ck_assert_int_eq(parse_with_file(text, "", NULL), -EINVAL);
	snprintf(whole, sizeof(whole), "%s:%s\n", path, expected);
	ck_assert_str_eq(said, whole);
}

START_TEST(wrong_files)
{
	file_refused("\n\n\n\n\n# x\nlisten: 9797x\n",
		     "7: listen: '9797x' is not a port; write ADDR:PORT, e.g. 127.0.0.1:9797");
	file_refused("node: a\nlistn: 127.0.0.1:1\n", "2: listn: unknown key; did you mean 'listen'?");
	file_refused("something: 1\n", "1: something: unknown key; see promtap --help");
	file_refused("node: a\nlisten: 127.0.0.1:1\nnode: b\n",
		     "3: node: stands on line 1 already; remove one of them");
	file_refused("listen: [a, b]\n", "1: listen: is not one value; write 'listen: VALUE' on one line");
	file_refused("calls:\n  file: x\n", "1: calls: is not one value; write 'calls: VALUE' on one line");
	file_refused("node: *a\n", "1: node: is an alias (*); write the value itself, or put it in quotes");
	file_refused("calls:\n", "1: calls: has no value; write one, or leave it out");
	file_refused("calls: ~\n", "1: calls: has no value; write one, or leave it out");
	file_refused("calls: ''\n", "1: calls: has no value; write one, or leave it out");
	file_refused("- listen\n", "1: holds no settings; write one 'key: value' a line");
	file_refused("listen\n", "1: holds no settings; write one 'key: value' a line");
	file_refused("? [a]\n: b\n", "1: has a key that is no name; write 'key: value'");
	file_refused("\"\\nnode\": b\n",
		     "1: has a key that is no name; write 1 to 256 bytes without control characters");
	file_refused("node: a\n---\nnode: b\n", "2: a second document begins; write all settings in one");
	file_refused("config: other.yaml\n", "1: config: cannot be set here; use the flag --config");
	file_refused("help: true\n", "1: help: cannot be set here; use the flag --help");
	file_refused("ring-size: 70000\n",
		     "1: ring-size: '70000' is not a power of two; write for example 16M, 32M or 64M");
}
END_TEST

START_TEST(providers)
{
	ck_assert_int_eq(parse_with_file("providers:\n  llm.corp: openai\n  '*.gw:4000': openai/litellm\nnode: a\n", "",
					 NULL), 0);
	ck_assert_str_eq(line.options.providers, "llm.corp=openai,*.gw:4000=openai/litellm,");
	ck_assert_str_eq(line.options.node, "a");
	ck_assert_int_eq(parse("run --providers a=b", NULL), 0);
	ck_assert_str_eq(line.options.providers, "a=b");
	file_refused("node: a\nproviders:\n  llm.corp: [a]\n",
		     "3: providers: holds what is no pair; write 'KEY: VALUE' without ',' and '='");
	file_refused("providers:\n  a,b: c\n",
		     "2: providers: holds what is no pair; write 'KEY: VALUE' without ',' and '='");
	file_refused("providers:\n  a b: c\n",
		     "1: providers: 'a b' is not a host; write HOST=NAME or HOST=NAME/GATEWAY, parted by commas");
	file_refused("providers: {}\n", "1: providers: has no value; write one, or leave it out");
	file_refused("providers: a\n",
		     "1: providers: 'a' names no provider; write HOST=NAME or HOST=NAME/GATEWAY, parted by commas");
	file_refused("providers: a=b/c/d\n", "1: providers: 'b/c/d' is not a provider's name; write "
					     "HOST=NAME or HOST=NAME/GATEWAY, parted by commas");
	file_refused("providers: a=b/\n", "1: providers: 'b/' lacks a gateway's name; write HOST=NAME or "
					  "HOST=NAME/GATEWAY, parted by commas");
	file_refused("providers: ','\n",
		     "1: providers: ',' holds no host; write HOST=NAME or HOST=NAME/GATEWAY, parted by commas");
}
END_TEST

START_TEST(gateways_and_money)
{
	ck_assert_int_eq(parse_with_file("gateways: litellm,envoy\nmoney: gateway\n", "", NULL), 0);
	ck_assert_str_eq(line.options.gateways, "litellm,envoy");
	ck_assert_str_eq(line.options.money, "gateway");
	ck_assert_int_eq(parse("run", NULL), 0);
	ck_assert_str_eq(line.options.money, "application");
	ck_assert_ptr_null(line.options.gateways);
	ck_assert_int_eq(parse_with_file("gateways: [litellm, envoy]\nrules: a.yaml , b c.yaml\n", "", NULL), 0);
	ck_assert_str_eq(line.options.gateways, "litellm,envoy");
	ck_assert_str_eq(line.options.rules, "a.yaml,b c.yaml");
	ck_assert_int_eq(parse_with_file("rules:\n- a.yaml\n- b.yaml\n", "", NULL), 0);
	ck_assert_str_eq(line.options.rules, "a.yaml,b.yaml");
	file_refused("rules: [a, [b]]\n", "1: rules: holds what is not one value; write [ONE, OTHER]");
	file_refused("rules: ['a,b']\n", "1: rules: holds what is not one value; write [ONE, OTHER]");
	file_refused("rules: {a: b}\n", "1: rules: is not one value; write 'rules: VALUE' on one line");
	file_refused("rules: a,,b\n", "1: rules: ',b' names no file; write FILE,FILE");
	file_refused("rules: ','\n", "1: rules: has no value; write one, or leave it out");
	file_refused("gateways: []\n", "1: gateways: has no value; write one, or leave it out");
	file_refused("money: both\n",
		     "1: money: 'both' is no choice; write application or gateway");
	file_refused("gateways: a b\n",
		     "1: gateways: 'a b' is no list of names; write NAME,NAME with the names that call records give");
}
END_TEST

/* libyaml words the problem; the place and the cure are ours. */
START_TEST(files_that_are_no_yaml)
{
	ck_assert_int_eq(parse_with_file("node: a\nlisten: \"x\n", "", NULL), -EINVAL);
	ck_assert_ptr_nonnull(strstr(said, ":3: is not YAML: "));
	ck_assert_ptr_nonnull(strstr(said, "; write one 'key: value' a line\n"));
	ck_assert_int_eq(parse_with_file("judge:\n\twindow: 300\n", "", NULL), -EINVAL);
	ck_assert_ptr_nonnull(strstr(said, ":2: is not YAML: "));
	ck_assert_ptr_nonnull(strstr(said, "; indent with spaces, not with tabs\n"));
	ck_assert_int_eq(parse_with_file("node: \xff\xfe\n", "", NULL), -EINVAL);
	ck_assert_ptr_nonnull(strstr(said, ":1: is not YAML: "));
	ck_assert_int_eq(parse_with_file("# one\r\nnode: a\r\nlog-level: caf\xe9\r\n", "", NULL), -EINVAL);
	ck_assert_ptr_nonnull(strstr(said, ":3: is not YAML: "));
	ck_assert_ptr_nonnull(strstr(said, "; save the file as UTF-8, without control characters\n"));
}
END_TEST

START_TEST(files_without_options)
{
	static const char *const empty[] = { "", "\n", "# nothing\n", "---\n...\n", "~\n" };

	for (size_t i = 0; i < ARRAY_SIZE(empty); i++) {
		ck_assert_msg(parse_with_file(empty[i], "", NULL) == 0, "%s", said);
		ck_assert_str_eq(line.options.listen, "127.0.0.1:9797");
	}
}
END_TEST

START_TEST(files_that_cannot_be_read)
{
	ck_assert_int_eq(parse("run --config /nonexistent/x", NULL), -ENOENT);
	ck_assert_str_eq(said, "/nonexistent/x: No such file or directory; give a readable file to --config\n");
	ck_assert_int_eq(parse("run --config /tmp", NULL), -EISDIR);
	ck_assert_int_eq(parse("run --config /dev/zero", NULL), -EINVAL);
}
END_TEST

START_TEST(file_over_the_limit)
{
	static char text[(1 << 20) + 8];

	memset(text, '#', sizeof(text) - 1);
	ck_assert_int_eq(parse_with_file(text, "", NULL), -E2BIG);
	ck_assert_ptr_nonnull(strstr(said, ": is over 1 MiB; give the file of settings to --config\n"));
	text[1 << 20] = '\0';
	ck_assert_int_eq(parse_with_file(text, "", NULL), 0);
}
END_TEST

START_TEST(help_names_every_option)
{
	static const char *const words[] = { "listen", "calls", "record", "prices", "config", "log-level", "node",
					     "ring-size", "capture-write", "capture-read", "no-separation", "version",
					     "help", "rules", "rules-cache", "where", "json" };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	help_print(NULL, 0, false, out);
	fclose(out);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		char flag[64];

		snprintf(flag, sizeof(flag), "\n  --%s ", words[i]);
		ck_assert_msg(strstr(text, flag) != NULL, "%s is missing", words[i]);
	}
	ck_assert_ptr_nonnull(strstr(text, "(default 127.0.0.1:9797)"));
	ck_assert_ptr_nonnull(strstr(text, "\n  replay FILE "));
	ck_assert_ptr_nonnull(strstr(text, "\n  rules explain [ID] "));
	ck_assert_ptr_null(strstr(text, "\n  role "));
	for (char *start = text; *start; start = strchr(start, '\n') + 1)
		ck_assert_uint_le((size_t)(strchr(start, '\n') - start), 100);
	free(text);
}
END_TEST

START_TEST(commands_of_two_words)
{
	ck_assert_int_eq(parse("rules list --json", NULL), 0);
	ck_assert_int_eq(line.command, COMMAND_RULES_LIST);
	ck_assert(line.options.json);
	ck_assert_str_eq(line.options.rules_cache, "/var/cache/promtap");
	forget();
	ck_assert_int_eq(parse("rules --rules a.yaml,b.yaml explain --where tool_args", NULL), 0);
	ck_assert_int_eq(line.command, COMMAND_RULES_EXPLAIN);
	ck_assert_ptr_null(line.argument);
	ck_assert_str_eq(line.options.rules, "a.yaml,b.yaml");
	ck_assert_str_eq(line.options.where, "tool_args");
	forget();
	ck_assert_int_eq(parse("rules test file.yaml", NULL), 0);
	ck_assert_int_eq(line.command, COMMAND_RULES_TEST);
	ck_assert_str_eq(line.argument, "file.yaml");
}
END_TEST

static Suite *make_options(void)
{
	Suite *suite = suite_create("options");
	TCase *tc = tcase_create("options");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, defaults);
	tcase_add_test(tc, every_flag);
	tcase_add_test(tc, commands);
	tcase_add_test(tc, wrong_command_lines);
	tcase_add_test(tc, variables);
	tcase_add_test(tc, help_and_version_are_flags_only);
	tcase_add_test(tc, file_under_variables_under_flags);
	tcase_add_test(tc, file_named_by_a_variable);
	tcase_add_test(tc, wrong_files);
	tcase_add_test(tc, providers);
	tcase_add_test(tc, gateways_and_money);
	tcase_add_test(tc, files_that_are_no_yaml);
	tcase_add_test(tc, files_without_options);
	tcase_add_test(tc, files_that_cannot_be_read);
	tcase_add_test(tc, file_over_the_limit);
	tcase_add_test(tc, help_names_every_option);
	tcase_add_test(tc, commands_of_two_words);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_options)
