/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The detector: at start, on texts of recorded calls, by pack, and on texts that
 * are made to be slow.
 *
 *   build/bench/bench_detect [FILE...]	texts as tests/bench/detect_texts.sh makes them
 *
 * Method: each case passes over all its texts, call by call as the decoder does,
 * again and again for 60 ms or more, five times, in one process; the median
 * counts, in CPU time of the thread. The baseline is memcpy() of the same texts
 * in the same round. Hostile texts are user texts of 1 MiB; "x ordinary" is
 * their time over that of prose of the same size in the same run, "x 256 KiB"
 * their time over that of their first quarter, which is 4 where time is linear.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "detect/detect.h"
#include "detect/hostile_texts.h"
#include "detect/image.h"

#define ROUNDS 5
#define ROUND_NS (60 * NSEC_PER_MSEC)
#define FILE_BYTES_MAX (256u * 1024 * 1024)
#define SEEN_BYTES (64u * 1024 * 1024)	/* enough for all of a file */
#define HOSTILE_BYTES (1024u * 1024)

struct piece {
	enum text_where where;
	struct slice bytes;
	bool begins_call;
};

struct corpus {
	const char *name;
	struct buffer file;	/* owner of the bytes */
	struct piece *pieces;	/* owned */
	size_t count, bytes;
};

static struct buffer copied;
static uint64_t findings;

static void die(const char *what, const char *why)
{
	(void)fprintf(stderr, "bench_detect: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

/* ---- texts ---- */

static enum text_where where_named(struct slice name)
{
	for (int where = WHERE_UNKNOWN + 1; where < WHERE_MAX; where++)
		if (slice_eq(name, slice_of(text_where_names[where])))
			return (enum text_where)where;
	return WHERE_UNKNOWN;
}

static void add_piece(struct corpus *corpus, const struct piece *piece)
{
	corpus->pieces = reallocarray(corpus->pieces, corpus->count + 1, sizeof(*corpus->pieces));
	if (!corpus->pieces)
		die(corpus->name, "out of memory");
	corpus->pieces[corpus->count++] = *piece;
	corpus->bytes += piece->bytes.len;
}

/* "call\n", "WHERE LENGTH\n" and that many bytes and "\n". */
static void parse_corpus(struct corpus *corpus)
{
	const char *at = corpus->file.data, *end = at + corpus->file.len;
	bool begins_call = true;

	while (at < end) {
		const char *line = memchr(at, '\n', (size_t)(end - at));
		const char *blank = line ? memchr(at, ' ', (size_t)(line - at)) : NULL;
		struct piece piece = { .begins_call = begins_call };

		if (!line)
			die(corpus->name, "a line has no end");
		if (!blank) {
			begins_call = true;
			at = line + 1;
			continue;
		}
		piece.where = where_named((struct slice){ at, (size_t)(blank - at) });
		piece.bytes = (struct slice){ line + 1, strtoul(blank + 1, NULL, 10) };
		if (piece.bytes.len >= (size_t)(end - piece.bytes.ptr))
			die(corpus->name, "a text is cut short");
		if (piece.bytes.len > 0)
			add_piece(corpus, &piece);
		begins_call = begins_call && piece.bytes.len == 0;
		at = piece.bytes.ptr + piece.bytes.len + 1;
	}
}

static bool read_corpus(struct corpus *corpus, const char *path)
{
	*corpus = (struct corpus){ .name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path };
	corpus->file.limit = FILE_BYTES_MAX;
	if (file_read(path, FILE_BYTES_MAX, &corpus->file) < 0)
		return false;
	parse_corpus(corpus);
	return corpus->count > 0;
}

static void one_text(struct corpus *corpus, const char *name, struct slice text)
{
	*corpus = (struct corpus){ .name = name };
	add_piece(corpus, &(struct piece){ WHERE_USER, text, true });
}

static void corpus_done(struct corpus *corpus)
{
	buffer_done(&corpus->file);
	free(corpus->pieces);
}

/* ---- rules ---- */

static struct rules *compile(const struct rule_source *more, struct slice kept)
{
	struct rule_source sources[IMAGE_SOURCES_MAX];
	char error[PACK_ERROR_BYTES] = "out of memory";
	struct rules *rules = NULL;
	size_t count = 0;

	for (size_t i = 0; i < pack_builtin_count && count < IMAGE_SOURCES_MAX - 1; i++)
		sources[count++] = (struct rule_source){ pack_builtin[i].file, pack_builtin[i].yaml, false };
	if (more)
		sources[count++] = *more;
	if (rules_from_sources(sources, count, kept, &rules, error) < 0)
		die("rules", error);
	return rules;
}

/* The same set with all rules of other packs off. Null: no pack is left on, only one rule that never matches. */
static struct rules *compile_pack(const struct pack_set *all, const char *pack)
{
	struct buffer yaml = { .limit = PACK_FILE_BYTES_MAX };
	struct rules *rules;

	(void)buffer_printf(&yaml, "pack: bench\nversion: 1\ndescription: One pack alone.\nrules:\n"
				   "  - {id: bench.nothing, version: 1, family: refusal, severity: none, about: nothing, literal: true,\n"
				   "     expression: qzvwxkjqzvwx, examples: {match: [qzvwxkjqzvwx], clean: [a]}}\n");
	for (size_t i = 0; i < all->rule_count; i++)
		if (!pack || strcmp(all->rules[i].pack, pack) != 0)
			(void)buffer_printf(&yaml, "  - {id: %s, disabled: true}\n", all->rules[i].id);
	rules = compile(&(struct rule_source){ "bench.yaml", buffer_slice(&yaml), true }, SLICE(""));
	buffer_done(&yaml);
	return rules;
}

/* ---- passes ---- */

static void finish_call(struct detect *detect, void **user)
{
	struct call call;

	call_init(&call);
	detect_finish(detect, *user, &call);
	findings += call.finding_count;
	*user = NULL;
}

static void pass(struct detect *detect, const struct corpus *corpus)
{
	const struct detect_from from = { .service = 1 };
	void *user = NULL;
	uint32_t number = 0;

	for (size_t i = 0; i < corpus->count; i++) {
		const struct piece *piece = &corpus->pieces[i];
		struct text_view view = { .event = TEXT_PIECE, .where = piece->where, .bytes = piece->bytes };

		if (piece->begins_call) {
			finish_call(detect, &user);
			number = 0;
		}
		view.text = number++;
		detect_on_text(detect, &user, &from, &view);
		view.event = TEXT_END;
		view.bytes = (struct slice){ 0 };
		detect_on_text(detect, &user, &from, &view);
	}
	finish_call(detect, &user);
}

static void copy_all(struct detect *unused, const struct corpus *corpus)
{
	(void)unused;
	copied.len = 0;
	for (size_t i = 0; i < corpus->count; i++)
		if (buffer_append(&copied, corpus->pieces[i].bytes.ptr, corpus->pieces[i].bytes.len) < 0)
			die("memcpy", "out of memory");
}

/* The thread's own: other load on the machine counts less. */
static uint64_t cpu_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* Nanoseconds of one pass over one round. */
static double round_ns(struct detect *detect, const struct corpus *corpus,
		       void (*run)(struct detect *, const struct corpus *))
{
	uint64_t begin = cpu_ns(), now = begin;
	unsigned passes = 0;

	for (; now - begin < ROUND_NS; now = cpu_ns()) {
		run(detect, corpus);
		passes++;
	}
	return (double)(now - begin) / passes;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values)
{
	qsort(values, ROUNDS, sizeof(values[0]), compare);
	return values[ROUNDS / 2];
}

static struct detect *detector(struct rules *rules, size_t seen_bytes)
{
	struct detect *detect = detect_new(&(struct detect_setup){ .rules = rules, .seen_bytes = seen_bytes });

	if (!detect)
		die("detector", "out of memory");
	return detect;
}

struct result {
	double ns, ratio;	/* of one pass; to memcpy() */
};

static struct result measure(struct detect *detect, const struct corpus *corpus)
{
	double taken[ROUNDS], ratio[ROUNDS];

	pass(detect, corpus);
	for (unsigned i = 0; i < ROUNDS; i++) {
		taken[i] = round_ns(detect, corpus, pass);
		ratio[i] = taken[i] / round_ns(NULL, corpus, copy_all);
	}
	return (struct result){ median(taken), median(ratio) };
}

static double us_per_kib(double ns, size_t bytes)
{
	return ns / 1000 / ((double)bytes / 1024);
}

static void print_result(const char *name, const struct corpus *corpus, struct result result)
{
	printf("detect %-34s %8.1f MB/s %7.2f us/KiB %8.1f x memcpy\n", name, (double)corpus->bytes * 1e3 / result.ns,
	       us_per_kib(result.ns, corpus->bytes), result.ratio);
}

/* ---- cases ---- */

#define BENCH_RULE(rule)                                                                                          \
	"pack: bench\nversion: 1\ndescription: One rule more.\nrules:\n"                                           \
	"  - {id: bench.r, version: 1, family: refusal, severity: low, about: a rule, " rule ",\n"                   \
	"     examples: {match: [a], clean: [b]}}\n"

/* Ways to start: with a rule of the user's or without, and with which image at hand. */
static const struct start {
	const char *name;
	const char *yaml;	/* null: no rule */
	enum { AT_HAND_NONE = 0, AT_HAND_BUILT_IN, AT_HAND_MAPPED } at_hand;
} starts[] = {
	{ "compiled", NULL, AT_HAND_NONE },
	{ "kept, which is copied", NULL, AT_HAND_BUILT_IN },
	{ "built in, where it stands", NULL, AT_HAND_MAPPED },
	{ "one rule of words more", BENCH_RULE("sequence: xyzzyword"), AT_HAND_BUILT_IN },
	{ "one expression more", BENCH_RULE("expression: '[xyz]{3}zy[0-9]{1,3}w'"), AT_HAND_BUILT_IN },
	{ "one with a literal more", BENCH_RULE("expression: 'xyzzy[0-9]{1,3}word'"), AT_HAND_BUILT_IN },
};

static void stays(struct slice bytes)
{
	(void)bytes;
}

static struct rules *start_once(const struct start *start, struct slice built_in)
{
	struct rule_source more = { "bench.yaml", slice_of(start->yaml ? start->yaml : ""), true };
	struct rules *rules;

	if (start->at_hand != AT_HAND_MAPPED)
		return compile(start->yaml ? &more : NULL, start->at_hand == AT_HAND_NONE ? SLICE("") : built_in);
	if (rules_from_image((struct image){ built_in, stays }, &rules) < 0)
		die("image", "was not used");
	return rules;
}

static void bench_one_start(const struct start *start, struct slice built_in)
{
	double cpu[ROUNDS], wall[ROUNDS];
	struct rules_size size;

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t begin = clock_ns(CLOCK_PROCESS_CPUTIME_ID), begin_wall = clock_ns(CLOCK_MONOTONIC);
		struct rules *rules = start_once(start, built_in);

		cpu[i] = (double)(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - begin);
		wall[i] = (double)(clock_ns(CLOCK_MONOTONIC) - begin_wall);
		rules_size(rules, &size);
		rules_unref(rules);
	}
	printf("detect start, %-26s %7.1f ms (%7.1f ms of the processors), %zu of %zu databases anew\n", start->name,
	       median(wall) / 1e6, median(cpu) / 1e6, size.databases_made, size.databases);
}

static void bench_start(void)
{
	struct rules *rules = compile(NULL, SLICE(""));
	struct rules_size size;

	rules_size(rules, &size);
	printf("detect rules: %zu, of %zu phrases and %zu expressions; image %zu KiB, databases %zu KiB of it\n", size.rules,
	       size.phrases, size.expressions, rules_image(rules).len / 1024, size.database_bytes / 1024);
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		bench_one_start(&starts[i], rules_image(rules));
	rules_unref(rules);
}

/* With a detector that has seen nothing: one pass, as often as there are rounds. */
static struct result measure_first_pass(struct rules *rules, const struct corpus *corpus)
{
	double taken[ROUNDS], ratio[ROUNDS];

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct detect *detect = detector(rules, SEEN_BYTES);
		uint64_t begin = cpu_ns();

		pass(detect, corpus);
		taken[i] = (double)(cpu_ns() - begin);
		ratio[i] = taken[i] / round_ns(NULL, corpus, copy_all);
		detect_free(detect);
	}
	return (struct result){ median(taken), median(ratio) };
}

static void bench_corpus(struct rules *rules, const struct corpus *corpus)
{
	struct detect *every = detector(rules, 0), *seen = detector(rules, SEEN_BYTES);

	printf("detect %s: %zu texts, %zu KiB\n", corpus->name, corpus->count, corpus->bytes / 1024);
	print_result("  every text judged", corpus, measure(every, corpus));
	print_result("  as it comes, nothing seen before", corpus, measure_first_pass(rules, corpus));
	print_result("  all seen before", corpus, measure(seen, corpus));
	detect_free(seen);
	detect_free(every);
}

static void bench_places(struct rules *rules, const struct corpus *corpus)
{
	struct detect *detect = detector(rules, 0);

	for (int where = WHERE_UNKNOWN + 1; where < WHERE_MAX; where++) {
		struct corpus part = { .name = text_where_names[where] };
		char name[64];

		for (size_t i = 0; i < corpus->count; i++)
			if ((int)corpus->pieces[i].where == where)
				add_piece(&part, &corpus->pieces[i]);
		(void)snprintf(name, sizeof(name), "  %s (%zu KiB)", part.name, part.bytes / 1024);
		if (part.count > 0)
			print_result(name, &part, measure(detect, &part));
		free(part.pieces);
	}
	detect_free(detect);
}

static void bench_one_pack(const struct pack_set *all, const char *pack, const struct corpus *corpus)
{
	struct rules *rules = compile_pack(all, pack);
	struct detect *detect = detector(rules, 0);
	char name[64];

	(void)snprintf(name, sizeof(name), "  %s", pack ? pack : "no pack: windows, folding, decoders");
	print_result(name, corpus, measure(detect, corpus));
	detect_free(detect);
	rules_unref(rules);
}

static void bench_packs(const struct rules *rules, const struct corpus *corpus)
{
	const struct pack_set *all = rules_set(rules);
	const char *last = "";

	printf("detect by pack, each alone, every text of %s judged:\n", corpus->name);
	bench_one_pack(all, NULL, corpus);
	for (size_t i = 0; i < all->rule_count; i++) {
		if (strcmp(all->rules[i].pack, last) == 0)
			continue;
		last = all->rules[i].pack;
		bench_one_pack(all, last, corpus);
	}
}

static double hostile_ns(struct detect *detect, const char *name, struct slice text)
{
	struct corpus corpus;
	double ns;

	one_text(&corpus, name, text);
	ns = measure(detect, &corpus).ns;
	corpus_done(&corpus);
	return ns;
}

static void bench_hostile(struct detect *detect, const char *name, const struct buffer *text, double *ordinary_ns)
{
	double whole = hostile_ns(detect, name, buffer_slice(text));
	double quarter = hostile_ns(detect, name, (struct slice){ text->data, text->len / 4 });

	if (*ordinary_ns <= 0)
		*ordinary_ns = whole;
	printf("detect   %-34s %7.2f us/KiB %6.1f x ordinary %5.1f x 256 KiB\n", name, us_per_kib(whole, text->len),
	       whole / *ordinary_ns, whole / quarter);
}

static void fill(struct buffer *text, const struct hostile_text *hostile)
{
	text->len = 0;
	if (buffer_reserve(text, HOSTILE_BYTES) < 0 || !hostile_fill(hostile, text->data, HOSTILE_BYTES))
		die("hostile", "out of memory");
	text->len = HOSTILE_BYTES;
}

static void bench_all_hostile(struct rules *rules)
{
	struct detect *detect = detector(rules, 0);
	struct buffer text = { .limit = 4 * HOSTILE_BYTES };
	double ordinary_ns = 0;

	printf("detect hostile texts of 1 MiB:\n");
	for (size_t i = 0; i < ARRAY_SIZE(hostile_texts); i++) {
		fill(&text, &hostile_texts[i]);
		bench_hostile(detect, hostile_texts[i].name, &text, &ordinary_ns);
	}
	buffer_done(&text);
	detect_free(detect);
}

/* A stand-in where no recorded texts are at hand. */
static void generate(struct corpus *corpus, struct buffer *text)
{
	fill(text, &hostile_texts[0]);
	one_text(corpus, "generated prose (no recorded texts at hand)", buffer_slice(text));
}

int main(int argc, char **argv)
{
	static const char *const usual[] = { "build/bench/traffic.texts", "build/bench/benign.texts" };
	const char *const *paths = argc > 1 ? (const char *const *)argv + 1 : usual;
	size_t count = argc > 1 ? (size_t)argc - 1 : ARRAY_SIZE(usual), done = 0;
	struct buffer text = { .limit = 4 * HOSTILE_BYTES };
	struct corpus corpus;
	struct rules *rules;

	copied.limit = FILE_BYTES_MAX;
	bench_start();
	rules = compile(NULL, SLICE(""));
	for (size_t i = 0; i < count; i++) {
		if (!read_corpus(&corpus, paths[i]))
			continue;
		bench_corpus(rules, &corpus);
		if (done++ == 0) {
			bench_places(rules, &corpus);
			bench_packs(rules, &corpus);
		}
		corpus_done(&corpus);
	}
	if (done == 0) {
		generate(&corpus, &text);
		bench_corpus(rules, &corpus);
		bench_packs(rules, &corpus);
		corpus_done(&corpus);
	}
	bench_all_hostile(rules);
	rules_unref(rules);
	buffer_done(&text);
	buffer_done(&copied);
	return findings > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
