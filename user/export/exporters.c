/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "export/exporter.h"
#include "export/line.h"
#include "export/jsonl.h"
#include "export/otlp.h"
#include "export/web.h"

static const struct exporter *const table[] = {
	&web_exporter,
	&jsonl_exporter,
	&line_exporter,
	&otlp_exporter,
};

static const struct metric_desc lost_desc = {
	.name = "promtap_export_lost_total",
	.help = "Calls that an exporter could not write: its reader is too slow, gone, or the disk is full",
	.unit = "calls",
	.type = METRIC_COUNTER,
	.labels = { { "exporter", 0 } },
};

struct exporters {
	void *running[ARRAY_SIZE(table)];	/* null: not in use */
	int wake_fd;
	atomic_bool ready;
};

static int start_one(struct exporters *exporters, size_t i, const struct export_setup *setup, struct metrics *metrics,
		     struct metric_family *lost)
{
	struct export_context context = {
		.setup = setup,
		.metrics = metrics,
		.wake_fd = exporters->wake_fd,
		.ready = &exporters->ready,
	};

	if (table[i]->publish_call)
		context.lost = metric_get(lost, &table[i]->name);
	return table[i]->start(&context, &exporters->running[i]);
}

static int start_all(struct exporters *exporters, const struct export_setup *setup, struct metrics *metrics)
{
	struct metric_family *lost = metrics_family(metrics, &lost_desc);
	int err = lost ? 0 : -ENOMEM;

	for (size_t i = 0; i < ARRAY_SIZE(table) && err == 0; i++)
		err = start_one(exporters, i, setup, metrics, lost);
	return err;
}

int exporters_start(const struct export_setup *setup, struct metrics *metrics, struct exporters **ret)
{
	struct exporters *exporters = calloc(1, sizeof(*exporters));
	int err;

	if (!exporters)
		return -ENOMEM;
	exporters->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = exporters->wake_fd < 0 ? -errno : start_all(exporters, setup, metrics);
	if (err < 0) {
		exporters_stop(exporters);
		return err;
	}
	*ret = exporters;
	return 0;
}

void exporters_stop(struct exporters *exporters)
{
	if (!exporters)
		return;
	/* The web server comes last: it may have to wait for a slow client, and calls be lost meanwhile. */
	for (size_t i = ARRAY_SIZE(table); i-- > 0;) {
		if (exporters->running[i])
			table[i]->stop(exporters->running[i]);
	}
	close_fd(&exporters->wake_fd);
	free(exporters);
}

void exporters_use(struct exporters *exporters, const struct export_setup *setup)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (exporters->running[i] && table[i]->use)
			table[i]->use(exporters->running[i], setup);
	}
}

void exporters_call(struct exporters *exporters, const struct call *call)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (exporters->running[i] && table[i]->publish_call)
			table[i]->publish_call(exporters->running[i], call);
	}
}

int exporters_fd(const struct exporters *exporters)
{
	return exporters->wake_fd;
}

void exporters_serve(struct exporters *exporters, const struct metrics *metrics)
{
	uint64_t wishes;

	/* One publication answers all that wished for it before. */
	if (read(exporters->wake_fd, &wishes, sizeof(wishes)) != (ssize_t)sizeof(wishes))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (exporters->running[i] && table[i]->publish_metrics)
			table[i]->publish_metrics(exporters->running[i], metrics);
	}
}

bool exporters_flush(struct exporters *exporters)
{
	bool held_back = false;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (exporters->running[i] && table[i]->flush && table[i]->flush(exporters->running[i]))
			held_back = true;
	}
	return held_back;
}

void exporters_set_ready(struct exporters *exporters, bool ready)
{
	atomic_store(&exporters->ready, ready);
}

const char *exporters_address(const struct exporters *exporters, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (exporters->running[i] && table[i]->address && strcmp(table[i]->name, name) == 0)
			return table[i]->address(exporters->running[i]);
	}
	return NULL;
}
