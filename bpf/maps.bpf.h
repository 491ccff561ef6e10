/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Every map. The objects share them: user/attach/load.c gives those of the
 * first object to the others, by name.
 */
#ifndef PROMTAP_MAPS_BPF_H
#define PROMTAP_MAPS_BPF_H

/* Records for the decoder. Size is set before load (--ring-size). Full: the
 * record is dropped and its bytes are counted. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} ring SEC(".maps");

/* Bytes, calls or records by enum skip_reason. Written here, read by the tracer. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SKIP_REASON_MAX);
	__type(key, __u32);
	__type(value, __u64);
} drops SEC(".maps");

/* enum verdict with its generation, see event.h. Written by the decoder. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, VERDICTS_MAX);
	__type(key, __u32);
	__type(value, __u64);
} verdicts SEC(".maps");

/* When the probes of attachment [index] were in place, CLOCK_MONOTONIC ns, 0:
 * not yet. Written by the tracer. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ATTACHMENTS_MAX);
	__type(key, __u32);
	__type(value, __u64);
} attached_ns SEC(".maps");

/* One TLS call between its entry and its return. */
struct call_in_flight {
	__u64 stack;		/* address of the return slot: tells nested calls apart; 0: free */
	__u64 object;
	__u64 buffer;
	__u64 length;		/* pointer to the byte count, of the _ex functions */
	__u64 ts_enter_ns;
	__u32 attachment;
	__u8 direction;
	__u8 has_length;
	__u8 pad[2];
};

/* A call that is being cut into records. */
struct emission {
	struct conn_key conn;
	__u64 ts_enter_ns, ts_ns, cgroup_id;
	const __u8 *from;
	__u64 position;		/* of the call's first byte in its stream */
	__u64 total;		/* bytes of the call that may be captured */
	__u64 head, hole;	/* captured, then left out; the rest is the tail */
	__u64 offset;		/* of the next record */
	__u64 skipped;		/* bytes left out after it */
	__u32 tid, attachment;
	__u8 direction, flags, wake, posts;
	__u8 pad[4];
};

struct thread {
	struct call_in_flight calls[CALL_DEPTH_MAX];
	struct emission emission;
};

/* Key: pid_tgid. A slot is freed on every return; the thread's entry by its
 * exit. Full: the call is counted and not followed. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, THREADS_MAX);
	__type(key, __u64);
	__type(value, struct thread);
} threads SEC(".maps");

/* A process that made a TLS call. Key: tgid. Deleted at its exit and exec. */
struct process {
	__u32 incarnation;	/* differs for each use of a tgid, and after exec */
	__u32 announced;	/* decoder_epoch in which EVENT_PROCESS was sent */
	__u64 exec_after_ns;	/* it was started by exec after this time; ~0: not known */
	__u8 own;		/* promtap or a child of it: never observed */
	__u8 pad[7];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, PROCESSES_MAX);
	__type(key, __u32);
	__type(value, struct process);
} processes SEC(".maps");

struct connection_key {
	__u64 object;
	__u32 tgid;
	__u32 incarnation;
};

enum connection_state {
	CONNECTION_UNDECIDED = 0,	/* late: no first bytes of HTTP seen yet */
	CONNECTION_HTTP,
	CONNECTION_REFUSED,
};

struct connection {
	__u64 generation;
	__u64 position[DIRECTION_MAX];
	__u64 unknown_response_bytes;	/* captured while the verdict was unknown */
	__u64 last_ns;
	__u32 verdict_slot;
	__u8 state;			/* enum connection_state */
	__u8 request_direction;		/* in which requests travel; DIRECTION_MAX: not known */
	__u8 late;
	__u8 negatives;			/* first-bytes tests that failed */
	__u8 posts;			/* as in struct event_data */
	__u8 pad[7];
};

/* Deleted by SSL_free; those of dead processes by the tracer's sweep. Never an
 * LRU map: an evicted entry would silently restart a generation. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CONNECTIONS_MAX);
	__type(key, struct connection_key);
	__type(value, struct connection);
} connections SEC(".maps");

#endif
