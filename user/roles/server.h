/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's core: analysis and exporters, connected. Fed by the server
 * role's loop, or directly by `promtap replay`. One thread.
 */
#ifndef PROMTAP_ROLES_SERVER_H
#define PROMTAP_ROLES_SERVER_H

#include "analysis/money.h"
#include "config/options.h"
#include "export/exporter.h"
#include "roles/message.h"
#include "roles/settings.h"

struct server;

struct server_setup {
	struct export_setup exports;
	enum money_place money;
	struct settings *settings;	/* null: calls are counted and not judged. Contents are taken over */
	int state_fd;			/* folder of the state; -1: none. Stays the caller's */
};

/* As the user set it. */
enum money_place money_place_of(const struct options *options);

/* 0, or -errno with one line logged (port in use, out of memory). */
int server_new(const struct server_setup *setup, struct server **ret);
/* Writes what is buffered. */
void server_free(struct server *server);

/* A call_fn. Prices the call, counts it, hands it to the exporters. */
void server_on_call(void *server, const struct call *call);

/* CALL, STATS, COVERAGE, PRICES and SETTINGS, each only from the role that has it to
 * tell; others are ignored. A call that does not pass call_check() is dropped
 * and counted. `fd` stays the caller's. */
void server_on_message(struct server *server, enum role_id from, enum message_type type,
		       const union message_body *body, int fd);

/* Reads a price file over the built-in table. On error the old rows stay and one line is logged. */
void server_prices(struct server *server, const char *path, int fd);

/* Once a second: what was heard since is judged. */
/* `steady_ns`: of a clock that nobody sets, and that goes on while the machine sleeps. */
void server_tick(struct server *server, int64_t now_unix_ns, int64_t steady_ns);

/* Readable when somebody scrapes; then server_serve(). */
int server_fd(const struct server *server);
void server_serve(struct server *server);

/* Readable when somebody asks the API, -1 without one; then server_answer(). */
int server_asks_fd(const struct server *server);
void server_answer(struct server *server);

/* Tries to write what an output did not take; true: there is more. */
bool server_flush(struct server *server);

#endif
