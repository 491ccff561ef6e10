/* SPDX-License-Identifier: Apache-2.0 */
/* A line per call for people at a terminal. */
#ifndef PROMTAP_EXPORT_LINE_H
#define PROMTAP_EXPORT_LINE_H

#include "base/buffer.h"
#include "export/exporter.h"

extern const struct exporter line_exporter;

/* Columns as wide as what stood in them so far, within bounds. */
struct line_layout {
	int service_width, model_width;
	bool color;
	bool headed;
};

/* Appends the line of one call, before the first one the heading. What is not
 * known is "-". 0 or -errno of the buffer. */
int line_format(struct line_layout *layout, const struct call *call, struct buffer *out);

#endif
