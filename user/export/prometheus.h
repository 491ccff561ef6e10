/* SPDX-License-Identifier: Apache-2.0 */
/* The registry in the text format of Prometheus, version 0.0.4. */
#ifndef PROMTAP_EXPORT_PROMETHEUS_H
#define PROMTAP_EXPORT_PROMETHEUS_H

#include "base/buffer.h"
#include "base/metrics.h"

#define PROMETHEUS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Appends every family that has series. 0 or -errno of the buffer. */
int prometheus_render(const struct metrics *metrics, struct buffer *out);

#endif
