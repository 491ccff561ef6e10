/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only several texts show together: an answer that repeats the
 * instructions, a tool's arguments with an address from a tool's result. They
 * are texts of one call; of all calls of a session (WebSocket), which say a
 * thing once; and where a call has no instructions, those that came last on its
 * connection count, for some interfaces keep them with the server.
 */
#ifndef PROMTAP_DETECT_FOLLOW_H
#define PROMTAP_DETECT_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>

#include "detect/leak.h"
#include "detect/origin.h"
#include "detect/signals.h"
#include "llm/finding.h"

/* A signal at bytes of the text at hand. */
typedef void (*follow_fn)(void *ctx, enum signal_id signal, uint64_t start, uint64_t end);

/* Of a connection: hashes of words and addresses, no text. */
struct follow_thread {
	uint64_t connection;	/* 0: free */
	uint64_t used;		/* by the count of calls */
	uint32_t calls;		/* in flight, of a session; it is not free for another one before they end */
	struct leak *leak;	/* null: nothing */
	struct origin *origin;	/* of sessions */
};

/* What calls that ended leave to those that begin: memory, and what was said. All zero: nothing. At most
 * (FOLLOW_THREADS + FOLLOW_SPARE) * (LEAK_BYTES_MAX + ORIGIN_BYTES_MAX) bytes. */
#define FOLLOW_SPARE 4
#define FOLLOW_THREADS 32	/* connections; the one that rested longest makes room */
struct follow_memory {
	struct leak *leaks[FOLLOW_SPARE];
	struct origin *origins[FOLLOW_SPARE];
	size_t leak_count, origin_count;
	struct follow_thread threads[FOLLOW_THREADS];
	uint64_t calls;
};
void follow_memory_done(struct follow_memory *memory);

/* One call; see follow_begin(). */
struct follow {
	follow_fn fn;
	void *ctx;
	struct follow_memory *memory;
	uint64_t connection;
	struct follow_thread *thread;	/* of its session; null: it has none */
	struct leak *leak;	/* on demand; null: no system text came, there was no memory, or the session has it */
	struct origin *origin;
};

/* `connection`: 0: not known. `session`: its calls go on from one another. */
void follow_begin(struct follow *follow, struct follow_memory *memory, uint64_t connection, bool session, follow_fn fn,
		  void *ctx);

/* Where a text is. */
struct follow_text {
	enum text_where where;	/* of its first piece: parts of a text that change their place stay there */
	bool begun;
	struct leak_text leak;
	struct origin_text origin;
};

void follow_text_init(struct follow_text *text);
void follow_feed(struct follow *follow, struct follow_text *text, enum text_where where, struct slice bytes);
/* `instructs`: something like an order was found in it. */
void follow_end(struct follow *follow, struct follow_text *text, bool instructs);
/* The call is over. Returns how many words and addresses found no room. */
uint64_t follow_done(struct follow *follow);

#endif
