/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other roles, as the tracer keeps them: started with only the fds they
 * need, told to end, started again with back-off when they die.
 */
#ifndef PROMTAP_ROLES_CHILDREN_H
#define PROMTAP_ROLES_CHILDREN_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "roles/setup.h"

struct child {
	enum role_id role;
	struct role_context context;	/* fds as numbered here; [ROLE_FD_TRACER] is the child's end */
	int socket;			/* our end; -1: not running */
	pid_t pid;			/* 0: not running, or a thread */
	pthread_t thread;
	bool is_thread;
	atomic_bool thread_ended;
	int thread_status;		/* once ended */
	bool ready, was_ready;		/* it said READY; ever */
	uint64_t started_ns, restart_due_ns;
	uint64_t backoff_ns;
};

/* Starts the role: as a process in its sandbox, or as a thread of this one.
 * 0, or -errno with one line logged: nothing runs, and the next start is due later. */
int child_start(struct child *child, bool separate);

/* It closed its end, or sent what is no message: a process that has not ended
 * is made to. child_reap() sees the end. */
void child_give_up(struct child *child);

/* Whether it has ended; if so closes our end, says how in one line, and sets
 * the time of the next start. Never blocks. */
bool child_reap(struct child *child, uint64_t now_ns);

/* Sends SHUTDOWN and waits; one that does not end in time is killed. */
void child_stop(struct child *child, unsigned timeout_ms);

#endif
