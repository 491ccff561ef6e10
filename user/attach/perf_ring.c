/* SPDX-License-Identifier: Apache-2.0 */
/*
 * perf_event_open(2) with a software dummy event, its ring, and its records.
 * Layouts are those of linux/perf_event.h; every record ends with the time
 * (sample_id_all with PERF_SAMPLE_TIME).
 */
#include "attach/perf_ring.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"

#define RING_PAGES 16		/* 64 KiB: some hundred process starts between two looks */
#define RECORD_BYTES_MAX 65536u	/* perf_event_header.size is 16 bits */

struct record_comm {
	struct perf_event_header header;
	uint32_t pid, tid;
};

struct record_task {
	struct perf_event_header header;
	uint32_t pid, parent;
	uint32_t tid, parent_tid;
};

struct record_mmap2 {
	struct perf_event_header header;
	uint32_t pid, tid;
	uint64_t address, length, page_offset;
	uint32_t major, minor;
	uint64_t inode, inode_generation;
	uint32_t protection, flags;
	char path[];
};

static bool comm_event(const uint8_t *record, size_t size, struct process_event *event)
{
	struct record_comm comm;

	if (size < sizeof(comm))
		return false;
	memcpy(&comm, record, sizeof(comm));
	event->kind = PROCESS_EVENT_EXEC;
	event->pid = comm.pid;
	return comm.header.misc & PERF_RECORD_MISC_COMM_EXEC;
}

/* A thread's fork has the pid of its process as parent; its exit another tid. */
static bool task_event(const uint8_t *record, size_t size, struct process_event *event)
{
	struct record_task task;

	if (size < sizeof(task))
		return false;
	memcpy(&task, record, sizeof(task));
	event->kind = task.header.type == PERF_RECORD_FORK ? PROCESS_EVENT_FORK : PROCESS_EVENT_EXIT;
	event->pid = task.pid;
	event->parent = task.parent;
	return task.pid == task.tid && (event->kind == PROCESS_EVENT_EXIT || task.pid != task.parent);
}

static bool mmap2_event(const uint8_t *record, size_t size, struct process_event *event)
{
	const char *path = (const char *)record + sizeof(struct record_mmap2);
	struct record_mmap2 map;

	if (size <= sizeof(map))
		return false;
	memcpy(&map, record, sizeof(map));
	event->kind = PROCESS_EVENT_MAPPED;
	event->pid = map.pid;
	event->mapping = (struct mapping){
		.start = map.address,
		.end = map.address + map.length,
		.inode = map.inode,
		.device = makedev(map.major, map.minor),
		.executable = true,
		.path = { path, strnlen(path, size - sizeof(map)) },
	};
	return map.length > 0 && event->mapping.end > event->mapping.start;
}

/* False: not an event of ours. `record` has `size` bytes, the time stands at their end. */
static bool record_event(const uint8_t *record, size_t size, struct process_event *event)
{
	struct perf_event_header header;

	*event = (struct process_event){ .kind = PROCESS_EVENT_LOST };
	memcpy(&header, record, sizeof(header));
	if (header.type == PERF_RECORD_LOST)
		return true;
	if (size < sizeof(header) + sizeof(event->ts_ns))
		return false;
	size -= sizeof(event->ts_ns);
	memcpy(&event->ts_ns, record + size, sizeof(event->ts_ns));
	switch (header.type) {
	case PERF_RECORD_COMM:
		return comm_event(record, size, event);
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
		return task_event(record, size, event);
	case PERF_RECORD_MMAP2:
		return mmap2_event(record, size, event);
	default:
		return false;
	}
}

static void copy_out(uint8_t *to, const uint8_t *data, size_t data_bytes, uint64_t position, size_t len)
{
	size_t at = position & (data_bytes - 1);
	size_t first = data_bytes - at < len ? data_bytes - at : len;

	memcpy(to, data + at, first);
	memcpy(to + first, data, len - first);
}

void perf_records_read(const uint8_t *data, size_t data_bytes, uint64_t tail, uint64_t head, process_event_fn fn,
		       void *ctx)
{
	static uint8_t record[RECORD_BYTES_MAX];

	while (tail < head) {
		struct perf_event_header header = { .size = 0 };
		struct process_event event;

		if (head - tail >= sizeof(header) && head - tail <= data_bytes)
			copy_out((uint8_t *)&header, data, data_bytes, tail, sizeof(header));
		if (header.size < sizeof(header) || header.size > head - tail) {
			event = (struct process_event){ .kind = PROCESS_EVENT_LOST };
			fn(ctx, &event);
			return;
		}
		copy_out(record, data, data_bytes, tail, header.size);
		if (record_event(record, header.size, &event))
			fn(ctx, &event);
		tail += header.size;
	}
}

static int event_open(int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
		.sample_type = PERF_SAMPLE_TIME,
		.sample_id_all = 1,
		.mmap = 1,
		.mmap2 = 1,
		.comm = 1,
		.comm_exec = 1,
		.task = 1,
		.watermark = 1,
		.wakeup_watermark = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC,
	};
	long fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

int perf_ring_open(struct perf_ring *ring, int cpu)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd auto_close = event_open(cpu);
	void *memory;

	*ring = (struct perf_ring){ .fd = -1 };
	if (fd < 0)
		return fd;
	memory = mmap(NULL, (RING_PAGES + 1) * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	ring->memory = memory;
	ring->data_bytes = RING_PAGES * page;
	ring->fd = take_fd(&fd);
	return 0;
}

void perf_ring_done(struct perf_ring *ring)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (ring->memory) {
		(void)munmap(ring->memory, ring->data_bytes + page);
		(void)close(ring->fd);
	}
	*ring = (struct perf_ring){ .fd = -1 };
}

void perf_ring_read(struct perf_ring *ring, process_event_fn fn, void *ctx)
{
	struct perf_event_mmap_page *control = ring->memory;
	const uint8_t *data = (const uint8_t *)ring->memory + sysconf(_SC_PAGESIZE);
	uint64_t head = __atomic_load_n(&control->data_head, __ATOMIC_ACQUIRE);

	perf_records_read(data, ring->data_bytes, control->data_tail, head, fn, ctx);
	__atomic_store_n(&control->data_tail, head, __ATOMIC_RELEASE);
}
