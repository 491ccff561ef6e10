/* SPDX-License-Identifier: Apache-2.0 */
/* The places that a configuration names, and which of them may be talked to. */
#ifndef PROMTAP_TRANSPORT_PLACE_H
#define PROMTAP_TRANSPORT_PLACE_H

#include <stdbool.h>

#include "config/schema.h"

#define PLACE_HOST_BYTES 256

/* Host of a URL without port; "" where it has none. */
void url_host(const char *url, char ret[PLACE_HOST_BYTES]);
/* One of `schemes`, which are ended by null: "https://". */
bool url_has_scheme(const char *url, const char *const *schemes);

bool host_is_loopback(const char *host);
/* By name, or by "*.example.org". */
bool host_is_allowed(const struct texts *allowed, const char *host);

#endif
