/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract of an exporter, and the set of those in use. All functions are
 * called by the analysis thread, and none waits for whoever reads the output.
 * An exporter is one file and one row in exporters.c.
 */
#ifndef PROMTAP_EXPORT_EXPORTER_H
#define PROMTAP_EXPORT_EXPORTER_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/metrics.h"
#include "llm/call.h"

struct otlp_config;

struct export_setup {
	const char *listen;	/* ADDR:PORT of the web endpoint; null: none */
	const char *node;	/* name of this machine, for call records */
	struct access *access;	/* who may ask the web endpoint; null: there is no API. Borrowed, as the next */
	struct asks *asks;	/* what is asked of the API */
	struct tls_pair *tls;	/* certificate of the web endpoint; null: it speaks plain HTTP. Borrowed */
	const struct otlp_config *otlp;	/* where spans go; null: nowhere. Borrowed until exporters_use() or the end */
	int calls_fd;		/* call records; -1: none. Stays the caller's, as all fds here */
	int terminal_fd;	/* a line per call for people; -1: none */
	bool color;		/* allowed, if terminal_fd is a terminal */
};

/* What the set gives each exporter beside the setup. */
struct export_context {
	const struct export_setup *setup;	/* during start only */
	struct metrics *metrics;		/* for figures of its own; outlives it */
	int wake_fd;			/* eventfd: a write asks for publish_metrics */
	const atomic_bool *ready;	/* promtap observes */
	struct metric_series *lost;	/* calls that this exporter could not write */
};

struct exporter {
	const char *name;
	/* 0, with *ret null when the setup does not ask for it; or -errno, with one line logged. */
	int (*start)(const struct export_context *context, void **ret);
	/* null: what it was started with holds. Another configuration takes the place of the one that is borrowed. */
	void (*use)(void *self, const struct export_setup *setup);
	void (*publish_call)(void *self, const struct call *call);		/* null: takes none */
	void (*publish_metrics)(void *self, const struct metrics *metrics);	/* null: takes none */
	/* null: buffers nothing. Called with every turn of the loop; returns whether something is still held back. */
	bool (*flush)(void *self);
	const char *(*address)(void *self);	/* null: none. Where it is found; lent */
	void (*stop)(void *self);	/* writes what is buffered, for a second at most; frees */
};

struct exporters;

/* Starts all that the setup asks for. 0; -errno: one line was logged. */
int exporters_start(const struct export_setup *setup, struct metrics *metrics, struct exporters **ret);
void exporters_stop(struct exporters *exporters);
/* Another configuration, for those that follow one. */
void exporters_use(struct exporters *exporters, const struct export_setup *setup);

void exporters_call(struct exporters *exporters, const struct call *call);

/* Readable when exporters_serve() has something to do. */
int exporters_fd(const struct exporters *exporters);
void exporters_serve(struct exporters *exporters, const struct metrics *metrics);

/* Tries to write what is held back; returns whether something still is, so
 * that it is worth trying again soon. */
bool exporters_flush(struct exporters *exporters);

void exporters_set_ready(struct exporters *exporters, bool ready);

/* Of the exporter of that name; null: not started or it has none. */
const char *exporters_address(const struct exporters *exporters, const char *name);

#endif
