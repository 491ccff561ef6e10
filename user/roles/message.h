/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the roles say to each other, over SOCK_SEQPACKET socket pairs: one
 * message a packet, a header and a body of the type's own size. The receiver
 * checks everything: the sender may have been taken over by what it read.
 *
 *   tracer -> decoder    RULES (with an fd), NAMES, SHUTDOWN
 *   tracer -> inspector  INSPECT (with the file's fd), SHUTDOWN
 *   inspector -> tracer  INSPECTED, READY
 *   tracer -> server     STATS, COVERAGE, PRICES and SETTINGS (with an fd), SHUTDOWN
 *   decoder -> server    CALL, STATS
 *   decoder -> tracer    READY
 *   server -> tracer     READY
 */
#ifndef PROMTAP_ROLES_MESSAGE_H
#define PROMTAP_ROLES_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/stats.h"
#include "inspect/inspect.h"
#include "base/pairs.h"
#include "llm/call.h"
#include "roles/hops.h"

enum message_type {
	MESSAGE_UNKNOWN = 0,
	MESSAGE_READY,		/* no body: the role has set itself up */
	MESSAGE_SHUTDOWN,	/* no body: finish what is buffered, exit 0 */
	MESSAGE_CALL,		/* struct call */
	MESSAGE_STATS,		/* struct message_stats */
	MESSAGE_COVERAGE,	/* struct message_coverage */
	MESSAGE_PRICES,		/* struct message_prices, and the file's fd */
	MESSAGE_RULES,		/* struct message_rules, and the fd of the image's file */
	MESSAGE_SETTINGS,	/* struct message_settings, and their fd */
	MESSAGE_NAMES,		/* struct message_names */
	MESSAGE_INSPECT,	/* struct inspect_request, and the file's fd */
	MESSAGE_INSPECTED,	/* struct inspect_reply */
	MESSAGE_TYPE_MAX
};

enum role_id {
	ROLE_ID_TRACER = 0,
	ROLE_ID_INSPECTOR,
	ROLE_ID_DECODER,
	ROLE_ID_SERVER,
	ROLE_ID_MAX
};
extern const char *const role_names[ROLE_ID_MAX];

struct message_header {
	uint32_t type;		/* enum message_type */
	uint32_t size;		/* bytes of the body */
};

/* A role's whole counter array; `instance` changes when the role is started anew. */
struct message_stats {
	uint32_t role;		/* enum role_id */
	uint32_t instance;
	uint64_t values[STAT_MAX];
};

#define COVERAGE_STACKS_MAX 16

struct message_coverage {
	uint32_t count;
	uint32_t reserved;
	struct {
		char stack[16];		/* "openssl", "gnutls", ... */
		uint32_t covered;	/* processes that have it and are observed */
		uint32_t uncovered;	/* ... and are not */
	} stacks[COVERAGE_STACKS_MAX];
};

struct message_prices {
	char path[256];		/* for messages */
};

/* Where the image is in the file that comes with it: a sealed memory file, or the program's own. */
struct message_rules {
	uint64_t offset, bytes;
};

struct message_settings {
	uint64_t bytes;		/* as settings_hand_over() says */
};

/* Of the user's own: terminated. */
struct message_names {
	char providers[PROVIDERS_BYTES];
	char gateways[GATEWAYS_BYTES];
};

/* Largest body, for receive buffers. */
union message_body {
	struct call call;
	struct message_stats stats;
	struct message_coverage coverage;
	struct message_prices prices;
	struct message_rules rules;
	struct message_settings settings;
	struct message_names names;
	struct inspect_request inspect;
	struct inspect_reply inspected;
};

/* Sends one message; fd < 0: none. Never blocks: 0, -EAGAIN (the peer is
 * behind, nothing was sent), -EPIPE (the peer is gone) or another -errno. */
int message_send(int socket, enum message_type type, const void *body, size_t size, int fd);

/* Takes one message without blocking. 0; -EAGAIN: none there; -EPIPE: the peer
 * is gone; -EBADMSG: malformed, dropped. *ret_fd is -1 or now the caller's. */
int message_receive(int socket, enum message_type *ret_type, union message_body *ret_body, int *ret_fd);

/* A connected pair, close-on-exec, non-blocking. 0 or -errno. */
int message_pair(int ret_sockets[2]);

#endif
