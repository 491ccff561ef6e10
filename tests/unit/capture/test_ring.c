/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The consumer against a ring laid out in a memfd as the kernel lays out its
 * own: consumer page, producer page, data. (The kernel maps the data twice; a
 * file cannot, so records here do not wrap around.)
 */
#include "unit.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/ring.h"

#define RING_BYTES 4096u

static struct {
	int fd;
	size_t page;
	unsigned char *map;
	struct ring *ring;
	unsigned got;
	char last[64];
} t;

static void setup(void)
{
	t.page = (size_t)sysconf(_SC_PAGESIZE);
	t.fd = memfd_create("ring", MFD_CLOEXEC);
	ck_assert_int_eq(ftruncate(t.fd, (off_t)(2 * t.page + 2 * RING_BYTES)), 0);
	t.map = mmap(NULL, 2 * t.page + RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, t.fd, 0);
	ck_assert_ptr_ne(t.map, MAP_FAILED);
	t.ring = ring_new(t.fd, RING_BYTES);
	ck_assert_ptr_nonnull(t.ring);
	t.got = 0;
}

static void teardown(void)
{
	ring_free(t.ring);
	(void)munmap(t.map, 2 * t.page + RING_BYTES);
	(void)close(t.fd);
}

static unsigned long *consumer(void)
{
	return (void *)t.map;
}

static unsigned long *producer(void)
{
	return (void *)(t.map + t.page);
}

static void produce(const char *text, uint32_t flags)
{
	unsigned char *at = t.map + 2 * t.page + *producer();
	uint32_t header = (uint32_t)strlen(text) | flags;

	memcpy(at, &header, sizeof(header));
	memcpy(at + BPF_RINGBUF_HDR_SZ, text, strlen(text));
	*producer() += (strlen(text) + BPF_RINGBUF_HDR_SZ + 7) & ~7ul;
}

static int keep(void *ctx, const void *record, size_t size)
{
	ck_assert_uint_lt(size, sizeof(t.last));
	memcpy(t.last, record, size);
	t.last[size] = '\0';
	t.got++;
	return ctx != NULL;
}

START_TEST(records_come_in_order)
{
	produce("one", 0);
	produce("eight888", 0);
	ck_assert_int_eq(ring_consume(t.ring, 10, keep, NULL), 2);
	ck_assert_str_eq(t.last, "eight888");
	ck_assert_uint_eq(*consumer(), *producer());
	ck_assert_int_eq(ring_consume(t.ring, 10, keep, NULL), 0);
}
END_TEST

START_TEST(a_busy_record_ends_the_turn)
{
	produce("one", 0);
	produce("two", BPF_RINGBUF_BUSY_BIT);
	produce("three", 0);
	ck_assert_int_eq(ring_consume(t.ring, 10, keep, NULL), 1);
	ck_assert_str_eq(t.last, "one");
}
END_TEST

START_TEST(a_discarded_record_is_passed_over)
{
	produce("one", BPF_RINGBUF_DISCARD_BIT);
	produce("two", 0);
	ck_assert_int_eq(ring_consume(t.ring, 10, keep, NULL), 1);
	ck_assert_str_eq(t.last, "two");
	ck_assert_uint_eq(*consumer(), *producer());
}
END_TEST

START_TEST(limit_and_stop_end_behind_a_record)
{
	produce("one", 0);
	produce("two", 0);
	produce("three", 0);
	ck_assert_int_eq(ring_consume(t.ring, 1, keep, NULL), 1);
	ck_assert_int_eq(ring_consume(t.ring, 10, keep, &t), 1);
	ck_assert_str_eq(t.last, "two");
	ck_assert_int_eq(ring_consume(t.ring, 10, keep, NULL), 1);
	ck_assert_str_eq(t.last, "three");
}
END_TEST

START_TEST(positions_out_of_range_are_refused)
{
	produce("one", 0);
	*consumer() = *producer() + 8;
	ck_assert_int_eq(ring_consume(t.ring, 10, keep, NULL), -EBADMSG);
	*consumer() = 0;
	*producer() = 16;
	memcpy(t.map + 2 * t.page, "\xff\xff\x00\x00", 4);
	ck_assert_int_eq(ring_consume(t.ring, 10, keep, NULL), -EBADMSG);
	ck_assert_uint_eq(t.got, 0);
}
END_TEST

START_TEST(skip_repairs_the_position)
{
	produce("one", 0);
	ck_assert_uint_eq(ring_skip(t.ring), 16);
	ck_assert_uint_eq(*consumer(), *producer());
	*consumer() = *producer() + 4096 * 7;
	ck_assert_uint_eq(ring_skip(t.ring), RING_BYTES);
	ck_assert_uint_eq(*consumer(), *producer());
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("capture/ring");
	TCase *tcase = tcase_create("ring");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, records_come_in_order);
	tcase_add_test(tcase, a_busy_record_ends_the_turn);
	tcase_add_test(tcase, a_discarded_record_is_passed_over);
	tcase_add_test(tcase, limit_and_stop_end_behind_a_record);
	tcase_add_test(tcase, positions_out_of_range_are_refused);
	tcase_add_test(tcase, skip_repairs_the_position);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
