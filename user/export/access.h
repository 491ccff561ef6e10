/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may ask the web server for what: section "web" of the configuration.
 *
 * Without tokens whoever is on this machine may do everything, and nobody else
 * anything but read open metrics. A browser is on this machine too, and a web
 * page that it shows may be of anybody: so the address alone counts only where
 * the Host header names this machine (DNS rebinding), and where no proxy says
 * that it asks for another. With tokens each request needs one, from this
 * machine too. Tokens are kept by their SHA-256 and compared in constant time.
 */
#ifndef PROMTAP_EXPORT_ACCESS_H
#define PROMTAP_EXPORT_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/schema.h"
#include "export/tls_pair.h"

/* Each holds those before it. */
enum scope {
	SCOPE_METRICS = 0,
	SCOPE_READ,
	SCOPE_ADMIN,
	SCOPE_MAX
};
#define SCOPE_BIT(scope) (1u << (scope))
#define SCOPES_UP_TO(scope) ((2u << (scope)) - 1)
extern const char *const scope_names[SCOPE_MAX + 1];	/* ended by null */

#define WEB_TOKENS_MAX 64
#define WEB_ALLOW_MAX 256
#define WEB_TOKEN_NAME_BYTES 65

struct web_token {
	char *hash;		/* SHA-256 of the token, 64 lower-case hex digits */
	unsigned scope;		/* enum scope */
	char *expires;		/* RFC 3339; null: never */
};

struct web_config {
	struct field_map tokens;	/* struct web_token */
	struct texts allow;		/* networks that may ask; empty: all. This machine always may */
	struct tls_config tls;
	bool metrics_open;		/* /metrics needs no token */
};
extern const struct schema web_schema;	/* section "web" */

/* Used by all threads of the server. */
struct access;
/* Null: out of memory. The config is copied. */
struct access *access_new(const struct web_config *config);
void access_free(struct access *access);
/* From now on. What was used last stays known of a token whose name and hash do. 0 or -ENOMEM: as before. */
int access_use(struct access *access, const struct web_config *config);

/* What of a request says who asks. Null: it has no such header. */
struct visitor {
	const char *address;		/* in digits */
	const char *host, *authorization;
	bool forwarded;			/* a proxy asks for somebody */
};

enum access_verdict {
	ACCESS_GRANTED = 0,
	ACCESS_NO_ADDRESS,	/* not from this network */
	ACCESS_NO_HOST,		/* from this machine, but for another name or another one's sake */
	ACCESS_NO_TOKEN,	/* there is none, or it is none of ours */
	ACCESS_EXPIRED,
	ACCESS_VERDICT_MAX
};

struct grant {
	unsigned scopes;			/* SCOPE_BIT()s */
	char who[WEB_TOKEN_NAME_BYTES];		/* name of the token; "": by the address */
};

/* For the API; of a token also notes that it was used. `ret` is filled only if granted. */
enum access_verdict access_check(struct access *access, const struct visitor *visitor, int64_t now_unix_ns, struct grant *ret);
/* For /metrics: open ones need the right network alone. */
enum access_verdict access_check_metrics(struct access *access, const struct visitor *visitor, int64_t now_unix_ns);

struct token_state {
	char name[WEB_TOKEN_NAME_BYTES];
	enum scope scope;
	int64_t expires_unix_ns;	/* INT64_MIN: never */
	int64_t used_unix_ns;		/* INT64_MIN: not since the start */
};
/* By position, in the order of the configuration; false: past the end. */
bool access_token_at(struct access *access, size_t index, struct token_state *ret);

#endif
