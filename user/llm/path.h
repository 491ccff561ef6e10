/* SPDX-License-Identifier: Apache-2.0 */
/* Request targets made fit for a record and a label. */
#ifndef PROMTAP_LLM_PATH_H
#define PROMTAP_LLM_PATH_H

#include <stddef.h>

#include "base/slice.h"

/* The path of a request target: without scheme, authority, query and fragment;
 * no slash at its end. A view into `target`. */
struct slice path_of_target(struct slice target);

/* The segment that follows "/`collection`/", percent-decoded; empty: none. */
void path_segment_after(struct slice path, const char *collection, char *buffer, size_t size);

/* Percent-decoded. */
void path_decode(struct slice s, char *buffer, size_t size);

/* Copies with identifiers replaced by "{id}": names that customers chose, and
 * whatever looks drawn at random, keys included. */
void path_template(struct slice path, char *buffer, size_t size);

#endif
