/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Another reader's opinion: what jansson sees at the paths that ours is asked
 * for. In a file of its own because both libraries have a JSON_OBJECT.
 */
#ifndef PROMTAP_TESTS_JSON_JANSSON_LOG_H
#define PROMTAP_TESTS_JSON_JANSSON_LOG_H

#include "base/buffer.h"

/* Appends in the notation of event_log.h, numbers as "%.17g", the id of a path
 * being its place in `paths`. False: jansson refuses the document, or keys of
 * one object repeat. */
bool jansson_log(struct buffer *out, struct slice doc, const char *const *paths, size_t count);

#endif
