// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * TLS libraries whose reads and writes have the shape "object, buffer, length
 * -> count": OpenSSL's SSL_write, SSL_read and their _ex forms.
 *
 * At the entry the arguments are kept, at the return the bytes are known: only
 * then the plaintext is copied, straight from the application's buffer into
 * the ring, without faulting. Nothing here sleeps while a record is reserved.
 * Every byte that the application exchanged advances the stream position,
 * captured or not.
 */
#include "common.bpf.h"
#include "announce.bpf.h"
#include "first_bytes.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Set before load. Capture limits of one call, by direction, in bytes. */
const volatile __u64 call_limit[DIRECTION_MAX] = { 4 << 20, 4 << 20 };

/* What is kept of the end of a call that a limit cuts: usage stands there. */
#define TAIL_BYTES DATA_CLASS_3

/* The slot of a call that was entered at this very place and never returned
 * (longjmp, or a file probed twice); else a free one; else the oldest. */
static __always_inline struct call_in_flight *slot_for(struct thread *thread, __u64 stack)
{
	struct call_in_flight *slot = &thread->calls[0];

#pragma unroll
	for (int i = 1; i < CALL_DEPTH_MAX; i++) {
		struct call_in_flight *other = &thread->calls[i];

		if (slot->stack == stack)
			continue;
		if (other->stack == stack ||
		    (slot->stack != 0 && (other->stack == 0 || other->ts_enter_ns < slot->ts_enter_ns)))
			slot = other;
	}
	return slot;
}

static __always_inline int enter(struct pt_regs *ctx, __u8 direction, __u64 length_pointer)
{
	__u64 thread_key = bpf_get_current_pid_tgid();
	__u64 stack = return_slot(ctx, false);
	static const struct thread empty;
	struct call_in_flight *slot;
	struct thread *thread;

	thread = bpf_map_lookup_elem(&threads, &thread_key);
	if (!thread) {
		(void)bpf_map_update_elem(&threads, &thread_key, &empty, BPF_NOEXIST);
		thread = bpf_map_lookup_elem(&threads, &thread_key);
		if (!thread) {
			drop(SKIP_THREADS_FULL, 1);
			return 0;
		}
	}
	slot = slot_for(thread, stack);
	if (slot->stack != 0 && slot->stack != stack)
		drop(SKIP_CALLS_NESTED, 1);
	slot->stack = stack;
	slot->object = PT_REGS_PARM1(ctx);
	slot->buffer = PT_REGS_PARM2(ctx);
	slot->length = length_pointer;
	slot->has_length = length_pointer != 0;
	slot->ts_enter_ns = bpf_ktime_get_ns();
	slot->attachment = attachment_index(ctx);
	slot->direction = direction;
	return 0;
}

SEC("uprobe")
int tls_write(struct pt_regs *ctx)
{
	return enter(ctx, DIRECTION_WRITE, 0);
}

SEC("uprobe")
int tls_write_ex(struct pt_regs *ctx)
{
	return enter(ctx, DIRECTION_WRITE, PT_REGS_PARM4(ctx));
}

SEC("uprobe")
int tls_read(struct pt_regs *ctx)
{
	return enter(ctx, DIRECTION_READ, 0);
}

SEC("uprobe")
int tls_read_ex(struct pt_regs *ctx)
{
	return enter(ctx, DIRECTION_READ, PT_REGS_PARM4(ctx));
}

/* Takes the call out of its slot: the slot is free again whatever comes next. */
static __always_inline bool leave(struct pt_regs *ctx, struct call_in_flight *ret_call)
{
	__u64 thread_key = bpf_get_current_pid_tgid();
	__u64 stack = return_slot(ctx, true);
	struct thread *thread = bpf_map_lookup_elem(&threads, &thread_key);

	if (!thread)
		return false;
#pragma unroll
	for (int i = 0; i < CALL_DEPTH_MAX; i++) {
		if (thread->calls[i].stack == stack) {
			*ret_call = thread->calls[i];
			thread->calls[i].stack = 0;
			return true;
		}
	}
	return false;
}

/* No call moves more; a process that says so must not wrap the counters. */
#define CALL_BYTES_SANE (1ull << 40)

/* Bytes that the call moved. A count that cannot be read is at least one: the
 * gap in the stream must show. */
static __always_inline __u64 bytes_moved(struct pt_regs *ctx, const struct call_in_flight *call, bool *ret_unreadable)
{
	int result = (int)PT_REGS_RC(ctx);
	__u64 length = 0;

	*ret_unreadable = false;
	if (result <= 0)
		return 0;
	if (!call->has_length)
		return result;
	if (bpf_probe_read_user(&length, sizeof(length), (void *)call->length) != 0 || length > CALL_BYTES_SANE) {
		*ret_unreadable = true;
		return 1;
	}
	return length;
}

static __always_inline struct connection *connection_get(struct connection_key *key, const struct process *process,
							 const struct call_in_flight *call, __u64 now)
{
	struct connection fresh = { .generation = now, .last_ns = now, .request_direction = DIRECTION_MAX };
	struct connection *connection = bpf_map_lookup_elem(&connections, key);
	__u64 *attached;

	if (connection)
		return connection;
	attached = bpf_map_lookup_elem(&attached_ns, &call->attachment);
	fresh.late = !attached || *attached == 0 || process->exec_after_ns == ~0ull ||
		     process->exec_after_ns < *attached;
	fresh.verdict_slot = verdict_slot(key->object, now, key->tgid);
	(void)bpf_map_update_elem(&connections, key, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&connections, key);
}

static __always_inline void fill_header(struct event_data *data, const struct emission *emission, __u32 length)
{
	data->header.size = sizeof(*data) + length;
	data->header.kind = EVENT_DATA;
	data->header.reserved = 0;
	data->header.ts_ns = emission->ts_ns;
	data->conn = emission->conn;
	data->ts_enter_ns = emission->ts_enter_ns;
	data->position = emission->position + emission->offset;
	data->skipped = emission->skipped;
	data->cgroup_id = emission->cgroup_id;
	data->tid = emission->tid;
	data->length = length;
	data->attachment = emission->attachment;
	data->direction = emission->direction;
	data->skip_reason = emission->skipped > 0 ? SKIP_LIMIT : SKIP_NONE;
	data->flags = emission->flags;
	data->posts = emission->posts;
}

/* Emits `length` (1 .. class) bytes of user memory. The two masks keep the
 * bound visible to the verifiers of kernels before 6.12. */
static __always_inline void emit_class(const struct emission *emission, __u32 length, const __u32 class)
{
	struct event_data *data = bpf_ringbuf_reserve(&ring, sizeof(*data) + class, 0);
	__u32 masked = length;
	const __u8 *from = emission->from + emission->offset;
	long failed;

	if (!data) {
		drop(SKIP_RING_FULL, length);
		return;
	}
	fill_header(data, emission, length);
	if (masked >= class) {
		failed = bpf_probe_read_user(data->bytes, class, from);
	} else {
		masked &= class - 1;
		asm volatile("" : "+r"(masked));
		masked &= class - 1;
		failed = bpf_probe_read_user(data->bytes, masked, from);
	}
	if (failed) {
		drop(SKIP_FAULT, length);
		bpf_ringbuf_discard(data, BPF_RB_NO_WAKEUP);
		return;
	}
	bpf_ringbuf_submit(data, emission->wake ? BPF_RB_FORCE_WAKEUP : wake_flags(sizeof(*data) + class));
}

static __always_inline void emit_piece(struct emission *emission, __u32 length)
{
	if (length <= DATA_CLASS_0)
		emit_class(emission, length, DATA_CLASS_0);
	else if (length <= DATA_CLASS_1)
		emit_class(emission, length, DATA_CLASS_1);
	else if (length <= DATA_CLASS_2)
		emit_class(emission, length, DATA_CLASS_2);
	else
		emit_class(emission, length, DATA_CLASS_3);
}

/*
 * Emits the next record of the call and says whether there are more. A global
 * function is verified once by itself: inlined or static, four size classes in
 * a loop pass the verifier's limits. Before 5.12 it may take only numbers, so
 * its state lies with the thread.
 */
__noinline int emit_next(__u64 thread_key)
{
	struct thread *thread = bpf_map_lookup_elem(&threads, &thread_key);
	struct emission *emission;
	__u64 left, offset;
	__u32 length;
	bool cuts;

	if (!thread)
		return 0;
	emission = &thread->emission;
	offset = emission->offset;
	if (offset >= emission->total)
		return 0;
	left = (offset < emission->head ? emission->head : emission->total) - offset;
	length = left < DATA_CLASS_3 ? left : DATA_CLASS_3;
	cuts = emission->hole > 0 && offset + length == emission->head;
	emission->skipped = cuts ? emission->hole : 0;
	emit_piece(emission, length);
	emission->wake = 0;
	emission->offset = offset + length + emission->skipped;
	return 1;
}

/* Cuts the call into records. Of one over the limit, head and tail are kept. */
static __always_inline void emit_call(__u64 thread_key, struct emission *emission, __u64 limit)
{
	__u64 total = emission->total;
	__u64 tail = limit > 2 * TAIL_BYTES ? TAIL_BYTES : 0;

	emission->offset = 0;
	emission->head = total <= limit ? total : limit - tail;
	emission->hole = total <= limit ? 0 : total - limit;
	if (emission->hole > 0)
		drop(SKIP_LIMIT, emission->hole);
	for (int i = 0; i <= CALL_PIECES_MAX; i++) {
		if (!emit_next(thread_key))
			return;
	}
}

static __always_inline __u8 verdict_of(const struct connection *connection)
{
	__u64 *slot = bpf_map_lookup_elem(&verdicts, &connection->verdict_slot);
	__u64 word = slot ? *slot : 0;

	if (word >> 16 != (connection->generation & (~0ull >> 16)))
		return VERDICT_UNKNOWN;
	if ((__u8)word == VERDICT_IGNORE && (__u8)(word >> 8) != connection->posts)
		return VERDICT_UNKNOWN;
	return (__u8)word;
}

/* What may be captured of `n` bytes of this direction now; the rest is counted under *ret_reason. */
static __always_inline __u64 allowance(struct connection *connection, __u8 direction, const void *bytes, __u64 n,
				       __u32 *ret_reason)
{
	__u8 verdict = verdict_of(connection);
	__u64 left;

	if ((verdict == VERDICT_IGNORE || direction == connection->request_direction) && begins_post(bytes, n)) {
		connection->posts++;
		connection->unknown_response_bytes = 0;
		if (verdict == VERDICT_IGNORE)
			verdict = VERDICT_UNKNOWN;
	}
	if (verdict == VERDICT_CAPTURE) {
		connection->unknown_response_bytes = 0;
		return n;
	}
	if (verdict == VERDICT_IGNORE) {
		*ret_reason = SKIP_IGNORED;
		return 0;
	}
	*ret_reason = SKIP_UNKNOWN_LIMIT;
	if (direction == connection->request_direction)
		return n;
	/* Two threads that read at once may both have added. */
	if (connection->unknown_response_bytes >= UNKNOWN_RESPONSE_BYTES)
		return 0;
	left = UNKNOWN_RESPONSE_BYTES - connection->unknown_response_bytes;
	if (n > left)
		n = left;
	connection->unknown_response_bytes += n;
	return n;
}

static __always_inline void exchanged(struct connection_key *key, struct connection *connection,
				      const struct call_in_flight *call, __u64 total, __u64 now, bool unreadable)
{
	__u64 thread_key = bpf_get_current_pid_tgid();
	struct thread *thread = bpf_map_lookup_elem(&threads, &thread_key);
	__u8 direction = call->direction;
	struct emission *emission;
	__u32 reason = SKIP_NONE;
	__u64 allowed;

	if (direction >= DIRECTION_MAX || !thread)
		return;
	emission = &thread->emission;
	emission->position = connection->position[direction];
	emission->wake = connection->position[0] == 0 && connection->position[1] == 0;
	connection->position[direction] += total;
	if (unreadable) {
		drop(SKIP_FAULT, total);
		return;
	}
	if (!connection_wanted(connection, direction, (void *)call->buffer, total, now)) {
		drop(SKIP_REFUSED, total);
		return;
	}
	allowed = allowance(connection, direction, (void *)call->buffer, total, &reason);
	/* A verdict is wanted soon: requests are rare, responses may be long. */
	if (reason == SKIP_UNKNOWN_LIMIT)
		emission->wake |= direction == connection->request_direction;
	if (allowed < total)
		drop(reason, total - allowed);
	if (allowed == 0)
		return;
	emission->conn.object = key->object;
	emission->conn.generation = connection->generation;
	emission->conn.tgid = key->tgid;
	emission->conn.reserved = 0;
	emission->ts_enter_ns = call->ts_enter_ns;
	emission->ts_ns = now;
	emission->cgroup_id = bpf_get_current_cgroup_id();
	emission->tid = (__u32)bpf_get_current_pid_tgid();
	emission->attachment = call->attachment;
	emission->direction = direction;
	emission->flags = connection->late ? DATA_FLAG_LATE : 0;
	emission->posts = connection->posts;
	emission->from = (void *)call->buffer;
	emission->total = allowed;
	emit_call(thread_key, emission, call_limit[direction]);
}

SEC("uretprobe")
int tls_return(struct pt_regs *ctx)
{
	struct call_in_flight call;
	struct connection *connection;
	struct connection_key key = {};
	struct process *process;
	bool unreadable;
	__u64 now, n;

	if (!leave(ctx, &call))
		return 0;
	n = bytes_moved(ctx, &call, &unreadable);
	if (n == 0)
		return 0;
	now = bpf_ktime_get_ns();
	key.object = call.object;
	key.tgid = bpf_get_current_pid_tgid() >> 32;
	process = process_get(key.tgid, now);
	if (!process) {
		drop(SKIP_PROCESSES_FULL, n);
		return 0;
	}
	if (process->own)
		return 0;
	key.incarnation = process->incarnation;
	connection = connection_get(&key, process, &call, now);
	if (!connection) {
		drop(SKIP_CONNECTIONS_FULL, n);
		return 0;
	}
	exchanged(&key, connection, &call, n, now, unreadable);
	return 0;
}

SEC("uprobe")
int tls_free(struct pt_regs *ctx)
{
	struct connection_key key = { .object = PT_REGS_PARM1(ctx) };
	struct connection *connection;
	struct process *process;
	struct event_close *event;

	key.tgid = bpf_get_current_pid_tgid() >> 32;
	process = bpf_map_lookup_elem(&processes, &key.tgid);
	if (!process)
		return 0;
	key.incarnation = process->incarnation;
	connection = bpf_map_lookup_elem(&connections, &key);
	if (!connection)
		return 0;
	event = bpf_ringbuf_reserve(&ring, sizeof(*event), 0);
	if (!event) {
		drop(SKIP_EVENT_LOST, 1);
	} else {
		event->header.size = sizeof(*event);
		event->header.kind = EVENT_CLOSE;
		event->header.reserved = 0;
		event->header.ts_ns = bpf_ktime_get_ns();
		event->conn.object = key.object;
		event->conn.generation = connection->generation;
		event->conn.tgid = key.tgid;
		event->conn.reserved = 0;
		bpf_ringbuf_submit(event, wake_flags(sizeof(*event)));
	}
	(void)bpf_map_delete_elem(&connections, &key);
	return 0;
}
