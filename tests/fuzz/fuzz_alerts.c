/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kept state of alerts. Input: the text without its last line; with the right
 * sum behind it, for no mutation would ever find that. What is taken in is
 * written again as it came, and alerts go on from there.
 */
#include "alerts/alerts.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_alert(void *ctx, const struct alert *alert, bool notify)
{
	(void)ctx;
	assert(alert->kind > READING_UNKNOWN && alert->kind < READING_MAX && alert->state < ALERT_STATE_MAX);
	assert(!notify || alert->state != ALERT_PENDING);
}

static void check_same(const struct alerts *alerts, struct slice more, struct slice state)
{
	struct buffer again = { .limit = 2 * ALERTS_STATE_BYTES_MAX };

	assert(alerts_save(alerts, more, &again) == 0);
	assert(slice_eq(buffer_slice(&again), state));
	buffer_done(&again);
}

/* Readings of what is there, a quiet day, and the clock back. */
static void go_on(struct alerts *alerts)
{
	const struct alert *alert;
	int64_t now = 1750000000 * (int64_t)NSEC_PER_SEC;

	for (size_t i = 0; (alert = alerts_at(alerts, i)); i++) {
		struct reading reading = { .kind = alert->kind, .service = alert->service, .model = alert->model,
					   .detail = alert->detail, .note = "", .value = 1e6, .samples = 1000,
					   .severity = SEVERITY_CRITICAL, .significant = true };

		alerts_reading(alerts, &reading, now);
	}
	for (int i = 0; i < 20; i++)
		alerts_tick(alerts, now += (int64_t)(30 * NSEC_PER_SEC));
	if (alerts_at(alerts, 0))
		(void)alerts_acknowledge(alerts, alerts_at(alerts, 0)->id, "ann", now);
	if (alerts_silence_at(alerts, 0))
		assert(alerts_unsilence(alerts, alerts_silence_at(alerts, 0)->id) == 0);
	alerts_tick(alerts, 0);
	alerts_tick(alerts, INT64_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct alert_config config;
	static bool has_config;
	struct buffer state = { .limit = ALERTS_STATE_BYTES_MAX }, more = { .limit = ALERTS_STATE_BYTES_MAX };
	char sum[DIGEST_HEX_BYTES];
	struct alerts *alerts;
	int err;

	if (!has_config)
		has_config = schema_defaults(&alert_schema, &config) == 0;
	alerts = alerts_new(&config, NULL, on_alert, NULL);
	if (!alerts || digest_hex((struct slice){ (const char *)data, size }, sum) < 0 ||
	    buffer_append(&state, data, size) < 0 || buffer_printf(&state, "sha256\t%s\n", sum) < 0)
		goto out;
	err = alerts_load(alerts, buffer_slice(&state), &more);
	assert(err == 0 || err == -EBADMSG || err == -ENOMEM);
	if (err == 0) {
		check_same(alerts, buffer_slice(&more), buffer_slice(&state));
		go_on(alerts);
	}
	/* As it came, most likely without a sum. */
	(void)alerts_load(alerts, (struct slice){ (const char *)data, size }, &more);
out:
	buffer_done(&state);
	buffer_done(&more);
	alerts_free(alerts);
	return 0;
}
