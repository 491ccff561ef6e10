/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/databases.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/processors.h"
#include "detect/words.h"

#define COMPILERS_MAX 4	/* threads; each takes some 20 MB while it lasts */

/* ---- sources ---- */

static int grow(struct database_source *source)
{
	size_t capacity = 2 * source->capacity + 256;
	char **expressions = reallocarray(source->expressions, capacity, sizeof(*expressions));
	unsigned int *flags, *ids;

	if (!expressions)
		return -ENOMEM;
	source->expressions = expressions;
	flags = reallocarray(source->flags, capacity, sizeof(*flags));
	if (!flags)
		return -ENOMEM;
	source->flags = flags;
	ids = reallocarray(source->ids, capacity, sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	source->ids = ids;
	source->capacity = capacity;
	return 0;
}

static int add_owned(struct database_source *source, char *expression, unsigned int flags)
{
	if (!expression)
		return -ENOMEM;
	if (source->count == source->capacity && grow(source) < 0) {
		free(expression);
		return -ENOMEM;
	}
	source->expressions[source->count] = expression;
	source->flags[source->count] = flags;
	source->ids[source->count] = (unsigned int)source->count;
	source->count++;
	return 0;
}

int database_add(struct database_source *source, const char *expression, unsigned int flags)
{
	return add_owned(source, strdup(expression), flags);
}

char *database_literal(struct slice literal)
{
	char *expression = malloc(4 * literal.len + 1), *at = expression;

	if (!expression)
		return NULL;
	for (size_t i = 0; i < literal.len; i++) {
		unsigned char byte = (unsigned char)literal.ptr[i];

		if (word_is_ascii(byte))
			*at++ = (char)byte;
		else
			at += sprintf(at, "\\x%02x", byte);
	}
	*at = '\0';
	return expression;
}

void database_source_done(struct database_source *source)
{
	for (size_t i = 0; i < source->count; i++)
		free(source->expressions[i]);
	free(source->expressions);
	free(source->flags);
	free(source->ids);
	*source = (struct database_source){ 0 };
}

/* ---- compiling ---- */

hs_platform_info_t databases_platform(void)
{
	hs_platform_info_t platform = { .tune = HS_TUNE_FAMILY_GENERIC }, here = { 0 };

	(void)hs_populate_platform(&here);
	platform.cpu_features = here.cpu_features & HS_CPU_FEATURES_AVX2;
	return platform;
}

static int put_source(const struct database_job *job, struct buffer *out)
{
	const struct database_source *source = &job->source;
	const hs_platform_info_t platform = databases_platform();
	int err = buffer_printf(out, "%s\n%u %llx %d %zu\n", hs_version(), platform.tune, platform.cpu_features, job->windows,
				source->count);

	/* An expression's end is its zero byte. */
	for (size_t i = 0; i < source->count && err == 0; i++) {
		err = buffer_printf(out, "%u %u ", source->ids[i], source->flags[i]);
		if (err == 0)
			err = buffer_append(out, source->expressions[i], strlen(source->expressions[i]) + 1);
	}
	return err;
}

int database_job_name(const struct database_job *job, char ret[DATABASE_SOURCE_BYTES])
{
	struct buffer source = { 0 };
	int err = put_source(job, &source);

	if (err == 0)
		err = digest_hex(buffer_slice(&source), ret);
	buffer_done(&source);
	return err;
}

static void compile_one(struct database_job *job)
{
	const struct database_source *source = &job->source;
	const hs_platform_info_t platform = databases_platform();
	hs_compile_error_t *error = NULL;
	hs_error_t status;

	status = hs_compile_multi((const char *const *)source->expressions, source->flags, source->ids,
				  (unsigned int)source->count, job->windows ? HS_MODE_VECTORED : HS_MODE_BLOCK,
				  &platform, &job->database, &error);
	if (status == HS_SUCCESS)
		return;
	job->err = status == HS_COMPILER_ERROR ? -EINVAL : -ENOMEM;
	if (error) {
		job->at = error->expression >= 0 ? (size_t)error->expression : SIZE_MAX;
		(void)snprintf(job->problem, sizeof(job->problem), "%s", error->message);
	}
	(void)hs_free_compile_error(error);
}

/* Work that threads share. */
struct pile {
	struct database_job *order[DATABASES_MAX];
	size_t count;
	atomic_size_t taken;
};

static void *compile_some(void *arg)
{
	struct pile *pile = arg;
	size_t at;

	while ((at = atomic_fetch_add_explicit(&pile->taken, 1, memory_order_relaxed)) < pile->count)
		compile_one(pile->order[at]);
	return NULL;
}

/* What it may cost, by and large. */
static size_t cost_of(const struct database_job *job)
{
	size_t bytes = 0;

	for (size_t i = 0; i < job->source.count; i++)
		bytes += strlen(job->source.expressions[i]);
	return bytes;
}

struct costly {
	struct database_job *job;
	size_t cost;
};

static int costliest_first(const void *a, const void *b)
{
	const struct costly *x = a, *y = b;

	if (x->cost != y->cost)
		return x->cost > y->cost ? -1 : 1;
	return x->job < y->job ? -1 : x->job > y->job;
}

static void order_jobs(struct pile *pile, struct database_job *jobs, size_t count)
{
	struct costly order[DATABASES_MAX];

	for (size_t i = 0; i < count; i++)
		if (!jobs[i].database && jobs[i].source.count > 0)
			order[pile->count++] = (struct costly){ &jobs[i], cost_of(&jobs[i]) };
	qsort(order, pile->count, sizeof(*order), costliest_first);
	for (size_t i = 0; i < pile->count; i++)
		pile->order[i] = order[i].job;
}

void databases_compile(struct database_job *jobs, size_t count)
{
	struct pile pile = { .taken = 0 };
	pthread_t threads[COMPILERS_MAX];
	size_t started = 0, workers = processors_allowed();

	order_jobs(&pile, jobs, count);
	workers = workers < COMPILERS_MAX ? workers : COMPILERS_MAX;
	workers = workers < pile.count ? workers : pile.count;
	/* Without them this thread does it all. */
	while (started + 1 < workers && pthread_create(&threads[started], NULL, compile_some, &pile) == 0)
		started++;
	(void)compile_some(&pile);
	while (started > 0)
		(void)pthread_join(threads[--started], NULL);
}

hs_error_t database_scan(const hs_database_t *database, bool windows, struct slice text, hs_scratch_t *scratch,
			 match_event_handler fn, void *ctx)
{
	unsigned int len = (unsigned int)text.len;

	return windows ? hs_scan_vector(database, &text.ptr, &len, 1, 0, scratch, fn, ctx) :
			 hs_scan(database, text.ptr, len, 0, scratch, fn, ctx);
}

/* ---- keeping ---- */

int database_save(const hs_database_t *database, struct buffer *out)
{
	auto_free char *bytes = NULL;
	size_t len = 0;

	return hs_serialize_database(database, &bytes, &len) == HS_SUCCESS ? buffer_append(out, bytes, len) : -ENOMEM;
}

hs_database_t *database_restore(struct slice saved)
{
	hs_database_t *database = NULL;

	return hs_deserialize_database(saved.ptr, saved.len, &database) == HS_SUCCESS ? database : NULL;
}
