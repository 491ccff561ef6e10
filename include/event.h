/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The contract between the kernel half and the agent: what travels in the
 * ring, and the tables that both map.
 *
 * All times are CLOCK_MONOTONIC nanoseconds. All integers have the byte order
 * of the machine. Records are 8-byte aligned and have no hidden padding. A
 * ring record may be longer than `size` says (size classes): the rest is
 * undefined and must not be read.
 *
 * Includers provide __u8 .. __u64 (<linux/types.h> or vmlinux.h).
 */
#ifndef PROMTAP_EVENT_H
#define PROMTAP_EVENT_H

#include "maxima.h"

#define EVENT_VERSION 1

enum event_kind {
	EVENT_UNKNOWN = 0,
	EVENT_DATA = 1,		/* bytes that one TLS call moved, or a piece of them */
	EVENT_CLOSE = 2,	/* the TLS object was freed */
	EVENT_PROCESS = 3,	/* facts of a process, before its first byte */
	EVENT_EXIT = 4,		/* the last thread of a process ended, or it called exec */
	EVENT_KIND_MAX
};

/* As seen by the observed process. */
enum event_direction {
	DIRECTION_WRITE = 0,
	DIRECTION_READ = 1,
	DIRECTION_MAX
};

/* Why bytes of a call do not follow; also the index of the drop counters. */
enum skip_reason {
	SKIP_NONE = 0,
	SKIP_LIMIT = 1,		/* over the capture limit of one call */
	SKIP_RING_FULL = 2,	/* no room in the ring */
	SKIP_FAULT = 3,		/* user memory could not be read without faulting */
	SKIP_IGNORED = 4,	/* verdict: not an LLM connection */
	SKIP_REFUSED = 5,	/* first bytes are neither HTTP/1 nor HTTP/2 */
	SKIP_UNKNOWN_LIMIT = 6,	/* no verdict yet and the response limit is reached */
	SKIP_CALLS_NESTED = 7,	/* more calls in flight on a thread than we track (calls, not bytes) */
	SKIP_THREADS_FULL = 8,	/* thread table full (calls) */
	SKIP_CONNECTIONS_FULL = 9,	/* connection table full */
	SKIP_PROCESSES_FULL = 10,	/* process table full */
	SKIP_EVENT_LOST = 11,	/* a close, process or exit record found no room (records) */
	SKIP_REASON_MAX
};

struct event_header {
	__u32 size;		/* bytes of the whole record that mean something, this header included */
	__u16 kind;		/* enum event_kind */
	__u16 reserved;
	__u64 ts_ns;		/* when the call returned, or the thing happened */
};

/* A TLS connection. The address of a TLS object is reused; the generation, the
 * time at which this use of it was first seen, is not. */
struct conn_key {
	__u64 object;		/* address of the TLS object in the process */
	__u64 generation;
	__u32 tgid;		/* process id in the host's pid namespace */
	__u32 reserved;
};

#define DATA_FLAG_LATE 1u	/* the connection may be older than the attachment: its start was perhaps missed */

struct event_data {
	struct event_header header;
	struct conn_key conn;
	__u64 ts_enter_ns;	/* when the TLS call was entered */
	__u64 position;		/* stream position of the first byte here: bytes the application exchanged before, captured or not */
	__u64 skipped;		/* bytes of this call after those here that are in no record */
	__u64 cgroup_id;	/* of the cgroup2 tree */
	__u32 tid;
	__u32 length;		/* bytes here */
	__u32 attachment;	/* which file's probe: index given at attach; 0: not known */
	__u8 direction;		/* enum event_direction */
	__u8 skip_reason;	/* enum skip_reason, of `skipped` */
	__u8 flags;		/* DATA_FLAG_ */
	__u8 posts;		/* writes that began a POST or PUT on this connection up to here, modulo 256 */
	__u8 bytes[];
};

struct event_close {
	struct event_header header;
	struct conn_key conn;
};

struct event_process {
	struct event_header header;
	__u32 tgid;
	__u32 uid;		/* effective, in the initial user namespace */
	__u64 start_ns;		/* since boot (CLOCK_BOOTTIME), as in /proc/PID/stat */
	__u64 cgroup_id;
	char comm[COMM_BYTES];	/* of the thread group leader */
	char exe[NAME_BYTES];	/* base name of the executable file */
	/* Names from the leaf up; an empty name ends the path, "" at [0] is the root. */
	char cgroup2[CGROUP_LEVELS][CGROUP_NAME_BYTES];	/* in the cgroup2 tree */
	char cgroup1[CGROUP_LEVELS][CGROUP_NAME_BYTES];	/* in the v1 memory (else pids) hierarchy; all empty: there is none */
};

struct event_exit {
	struct event_header header;
	__u32 tgid;
	__u32 reserved;
};

/*
 * Verdicts: an array of 64-bit words in memory that both sides map, indexed by
 * verdict_slot(). User space writes whole words, the kernel half reads. A word
 * is void (as VERDICT_UNKNOWN) for a connection of another generation.
 * VERDICT_IGNORE is also void once a POST or PUT began that its writer had not
 * seen (`posts`): it was written too late to be meant for that request.
 */
enum verdict {
	VERDICT_UNKNOWN = 0,	/* requests whole, UNKNOWN_RESPONSE_BYTES of the response */
	VERDICT_CAPTURE = 1,	/* everything up to the limits */
	VERDICT_IGNORE = 2,	/* nothing, until a write begins an HTTP/1 POST or PUT */
	VERDICT_MAX
};

static inline __u64 verdict_word(__u64 generation, __u8 posts, __u8 verdict)
{
	return generation << 16 | (__u64)posts << 8 | verdict;
}

static inline __u32 verdict_slot(__u64 object, __u64 generation, __u32 tgid)
{
	__u64 h = (object >> 4 ^ generation ^ (__u64)tgid << 32) * 0x9e3779b97f4a7c15ull;

	return (__u32)(h >> 40) & (VERDICTS_MAX - 1);
}

_Static_assert(sizeof(struct event_header) == 16, "event_header");
_Static_assert(sizeof(struct conn_key) == 24, "conn_key");
_Static_assert(sizeof(struct event_data) == 88, "event_data");
_Static_assert(sizeof(struct event_close) == 40, "event_close");
_Static_assert(sizeof(struct event_process) == 40 + 16 + 64 + 2 * 1536, "event_process");
_Static_assert(sizeof(struct event_exit) == 24, "event_exit");
_Static_assert((VERDICTS_MAX & (VERDICTS_MAX - 1)) == 0, "VERDICTS_MAX");

#endif
