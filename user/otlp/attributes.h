/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes of a span, an event or a resource: opentelemetry.proto.common.v1.KeyValue. What is unknown is left out. */
#ifndef PROMTAP_OTLP_ATTRIBUTES_H
#define PROMTAP_OTLP_ATTRIBUTES_H

#include "otlp/wire.h"

struct attributes {
	struct wire *wire;
	unsigned field;		/* of the message that they stand in */
};

void attribute_text(const struct attributes *attributes, const char *key, const char *text);	/* null, "": unknown */
void attribute_int(const struct attributes *attributes, const char *key, int64_t number);	/* INT64_MIN: unknown */
/* `number` / `scale`, as a double. INT64_MIN: unknown. */
void attribute_ratio(const struct attributes *attributes, const char *key, int64_t number, double scale);
void attribute_bool(const struct attributes *attributes, const char *key, bool value);
/* A list of `count` texts that stand `stride` bytes apart. None: unknown. */
void attribute_texts(const struct attributes *attributes, const char *key, const char *texts, size_t stride, size_t count);
/* The same of words parted by commas. "": unknown. */
void attribute_words(const struct attributes *attributes, const char *key, const char *words);

#endif
