/* SPDX-License-Identifier: Apache-2.0 */
/* Spans: user/otlp/ as an exporter. It is there also without an endpoint, which a reload may bring. */
#include "export/otlp.h"

#include "base/clock.h"
#include "otlp/otlp.h"

#define STOP_MS 1000

static int start(const struct export_context *context, void **ret)
{
	const struct export_setup *setup = context->setup;
	struct otlp *otlp;
	int err;

	if (!setup->otlp)
		return 0;
	err = otlp_new(setup->otlp, setup->node, context->metrics, context->lost, &otlp);
	if (err == 0)
		*ret = otlp;
	return err;
}

static void use(void *self, const struct export_setup *setup)
{
	otlp_use(self, setup->otlp);
}

static void publish_call(void *self, const struct call *call)
{
	otlp_call(self, call, (int64_t)clock_monotonic_ns());
}

/* What is held back goes by the clock of its own thread. */
static bool flush(void *self)
{
	otlp_publish(self);
	return false;
}

static void stop(void *self)
{
	otlp_free(self, STOP_MS);
}

const struct exporter otlp_exporter = {
	.name = "otlp",
	.start = start,
	.use = use,
	.publish_call = publish_call,
	.flush = flush,
	.stop = stop,
};
