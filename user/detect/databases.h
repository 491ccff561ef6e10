/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hyperscan's databases: compiled from expressions, or taken from bytes that
 * were saved, which Hyperscan believes once their checksum is right.
 */
#ifndef PROMTAP_DETECT_DATABASES_H
#define PROMTAP_DETECT_DATABASES_H

#include <hs/hs.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/digest.h"

#define DATABASES_MAX 512	/* of one set of rules */
#define DATABASE_PROBLEM_BYTES 320

/* What databases are compiled for: AVX2 where this processor has it, and of a kind no nearer, so that those that were
 * made elsewhere can be used here. Hyperscan takes them on every processor that can do as much, and scans as fast with
 * them as with its own (docs/detection.md). */
hs_platform_info_t databases_platform(void);

struct database_source {
	char **expressions;
	unsigned int *flags;
	unsigned int *ids;	/* an expression's is its number */
	size_t count, capacity;
};

/* 0 or -ENOMEM. */
int database_add(struct database_source *source, const char *expression, unsigned int flags);
/* An expression for these bytes; the caller frees it. Null: out of memory. */
char *database_literal(struct slice literal);
void database_source_done(struct database_source *source);

/* A name that nobody can make two sources share, and the same in every process. */
#define DATABASE_SOURCE_BYTES DIGEST_HEX_BYTES

/* What makes one database. */
struct database_job {
	struct database_source source;
	bool windows;			/* see below */

	hs_database_t *database;	/* made, or there before; null of no expressions */
	int err;			/* 0; -EINVAL: expression `at` is refused (SIZE_MAX: all of them); -ENOMEM */
	size_t at;
	char problem[DATABASE_PROBLEM_BYTES];
};

/* What decides how it is compiled: expressions, mode, platform, Hyperscan. 0 or -errno. */
int database_job_name(const struct database_job *job, char ret[DATABASE_SOURCE_BYTES]);

/*
 * Compiles those that are not there yet, with some threads more where that is allowed: the costliest
 * come first. Databases for `windows` are scanned with database_scan() of
 * windows. Hyperscan's other mode takes several times as long to compile one
 * expression by itself, for it tries to make a second engine for short texts of
 * it; texts as a whole are scanned a little faster with it.
 */
void databases_compile(struct database_job *jobs, size_t count);
hs_error_t database_scan(const hs_database_t *database, bool windows, struct slice text, hs_scratch_t *scratch,
			 match_event_handler fn, void *ctx);

/* Appends what database_restore() makes the same database of, with the same Hyperscan on the same kind of processor.
 * 0 or -errno. */
int database_save(const hs_database_t *database, struct buffer *out);
/* Null: it is damaged, of another, or there is no memory. */
hs_database_t *database_restore(struct slice saved);

#endif
