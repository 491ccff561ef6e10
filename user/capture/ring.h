/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own consumer of a BPF ring buffer: maps it from an inherited fd without
 * any bpf() call, so that it works in a role without capabilities (libbpf's
 * calls bpf()). Layout: kernel/bpf/ringbuf.c; include/uapi/linux/bpf.h.
 */
#ifndef PROMTAP_CAPTURE_RING_H
#define PROMTAP_CAPTURE_RING_H

#include <stddef.h>
#include <stdint.h>

struct ring;

/* Maps the ring behind `fd` (kept by the caller) of `bytes` (a power of two).
 * Null: errno says why. */
struct ring *ring_new(int fd, size_t bytes);
void ring_free(struct ring *ring);

/* Called with each record, lent. Not 0: stop behind this record. */
typedef int (*ring_record_fn)(void *ctx, const void *record, size_t size);

/* Hands on what is there now; at most `records_max`, so that one busy ring
 * cannot keep its thread from other work. Returns how many, or -EBADMSG: the
 * positions make no sense (the ring cannot be used any more). */
long ring_consume(struct ring *ring, long records_max, ring_record_fn fn, void *ctx);

/* For the tracer, before it starts a new consumer: moves the consumer position
 * to the producer's. Without that a record that killed its reader would kill
 * the next one, and a position beyond the producer's would stop the kernel
 * side for good. Returns the bytes that nobody will read. */
uint64_t ring_skip(struct ring *ring);

#endif
