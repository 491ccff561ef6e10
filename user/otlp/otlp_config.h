/* SPDX-License-Identifier: Apache-2.0 */
/* The section "otlp" as a struct. Strings are owned by whoever read the configuration. */
#ifndef PROMTAP_OTLP_OTLP_CONFIG_H
#define PROMTAP_OTLP_OTLP_CONFIG_H

#include "config/schema.h"

enum otlp_compression {
	COMPRESSION_GZIP = 0,
	COMPRESSION_NONE,
};

struct otlp_config {
	char *endpoint;			/* null: spans are not sent */
	char *headers, *secret_headers;	/* otlp/headers.h; null: none */
	char *ca;			/* certificates in PEM; null: the system's */
	bool allow_plain;		/* HTTP without TLS also to other machines, if there are no secret headers */
	unsigned compression;		/* enum otlp_compression */
	uint64_t timeout;		/* ns, of one attempt */
	uint64_t delay;			/* ns that a span waits for others at most */
	uint64_t batch;			/* spans of one request at most */
	uint64_t queue_bytes;		/* of spans that wait */
	uint64_t retry_for;		/* ns that a batch is tried; then it is given up */
	bool unsampled;			/* spans also of calls whose caller keeps no trace */
};
extern const struct schema otlp_schema;

#define OTLP_URL_BYTES 2112

/* Where traces go: `endpoint`, and "/v1/traces" behind it unless it ends so. */
void otlp_url(const char *endpoint, char ret[OTLP_URL_BYTES]);

#endif
