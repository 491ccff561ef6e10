/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/ring.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* One page for each position, then the data twice in a row, so that a record
 * that wraps around is contiguous for the reader. */
struct ring {
	unsigned long *consumer;	/* mapped read-write */
	const unsigned long *producer;	/* mapped read-only, the data behind it */
	const unsigned char *data;
	size_t bytes;
	size_t page;
};

struct ring *ring_new(int fd, size_t bytes)
{
	struct ring *ring = calloc(1, sizeof(*ring));
	void *map;

	if (!ring)
		return NULL;
	ring->page = (size_t)sysconf(_SC_PAGESIZE);
	ring->bytes = bytes;
	map = mmap(NULL, ring->page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		goto fail;
	ring->consumer = map;
	map = mmap(NULL, ring->page + 2 * bytes, PROT_READ, MAP_SHARED, fd, (off_t)ring->page);
	if (map == MAP_FAILED)
		goto fail;
	ring->producer = map;
	ring->data = (const unsigned char *)map + ring->page;
	return ring;
fail:
	ring_free(ring);
	return NULL;
}

void ring_free(struct ring *ring)
{
	if (!ring)
		return;
	if (ring->consumer)
		(void)munmap(ring->consumer, ring->page);
	if (ring->producer)
		(void)munmap((void *)ring->producer, ring->page + 2 * ring->bytes);
	free(ring);
}

static size_t record_span(uint32_t length)
{
	return (length + BPF_RINGBUF_HDR_SZ + 7u) & ~7ul;
}

long ring_consume(struct ring *ring, long records_max, ring_record_fn fn, void *ctx)
{
	unsigned long consumer = __atomic_load_n(ring->consumer, __ATOMIC_RELAXED);
	unsigned long producer = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
	long count = 0;
	bool stop = false;

	if (producer - consumer > ring->bytes)
		return -EBADMSG;
	while (consumer < producer && count < records_max && !stop) {
		const uint32_t *header = (const void *)(ring->data + (consumer & (ring->bytes - 1)));
		uint32_t word = __atomic_load_n(header, __ATOMIC_ACQUIRE);
		uint32_t length = word & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

		if (word & BPF_RINGBUF_BUSY_BIT)
			break;
		if (record_span(length) > producer - consumer)
			return -EBADMSG;
		if (!(word & BPF_RINGBUF_DISCARD_BIT)) {
			stop = fn(ctx, header + BPF_RINGBUF_HDR_SZ / sizeof(*header), length) != 0;
			count++;
		}
		consumer += record_span(length);
		/* The room is free from here on: the record must not be touched again. */
		__atomic_store_n(ring->consumer, consumer, __ATOMIC_RELEASE);
	}
	return count;
}

uint64_t ring_skip(struct ring *ring)
{
	unsigned long consumer = __atomic_load_n(ring->consumer, __ATOMIC_RELAXED);
	unsigned long producer = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);

	__atomic_store_n(ring->consumer, producer, __ATOMIC_RELEASE);
	return producer > consumer && producer - consumer <= ring->bytes ? producer - consumer : ring->bytes;
}
