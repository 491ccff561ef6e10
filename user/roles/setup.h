/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a role is started with: the tracer opens everything, the role gets fds
 * at fixed numbers and this struct as the first packet on its tracer socket.
 */
#ifndef PROMTAP_ROLES_SETUP_H
#define PROMTAP_ROLES_SETUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "base/pairs.h"
#include "roles/hops.h"
#include "roles/message.h"

enum role_fd {
	ROLE_FD_TRACER = 3,	/* socket to the tracer */
	ROLE_FD_PEER,		/* decoder: socket to the server; server: to the decoder */
	ROLE_FD_RING,		/* decoder: the ring map */
	ROLE_FD_VERDICTS,	/* decoder: the verdict table */
	ROLE_FD_RECORD,		/* decoder: recording, if setup.has_record */
	ROLE_FD_RULES,		/* decoder: the file with the image of the rules, if setup.rules.bytes */
	ROLE_FD_CALLS,		/* server: call records, if setup.has_calls */
	ROLE_FD_SETTINGS,	/* server: the configuration, setup.settings_bytes */
	ROLE_FD_STATE,		/* server: folder of what outlives a restart, if setup.has_state */
	ROLE_FD_MAX
};

#define ROLE_SETUP_VERSION 1

struct role_setup {
	uint32_t version;	/* ROLE_SETUP_VERSION */
	uint32_t instance;	/* counts starts of this role, from 1 */
	uint32_t log_level;	/* enum log_level */
	uint32_t reserved;
	uint64_t ring_bytes;
	struct message_rules rules;	/* no bytes: texts are not looked into */
	uint64_t settings_bytes;
	uint8_t has_record, has_calls;
	uint8_t has_terminal;	/* a line per call on standard output */
	uint8_t color;		/* allowed there */
	uint8_t money;		/* server: enum money_place */
	uint8_t estimate_tokens;
	uint8_t has_contexts;	/* decoder: words around findings on standard output */
	uint8_t has_state;
	char listen[128];
	char node[64];
	char providers[PROVIDERS_BYTES];	/* decoder: hosts of the user's own */
	char gateways[GATEWAYS_BYTES];	/* decoder: services and programs that are some */
};

/* The same roles run as processes (fds are the constants above) and as threads
 * of one process (--no-separation): their main functions take the fds. */
struct role_context {
	struct role_setup setup;
	int fds[ROLE_FD_MAX];	/* by enum role_fd, -1: none */
};

/* Each returns an exit status. */
int decoder_main(const struct role_context *context);
int server_main(const struct role_context *context);
int inspector_main(const struct role_context *context);

#endif
