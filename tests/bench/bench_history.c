/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the history costs: handing a call over, writing it, its bytes in the
 * file, and how long the deletes of a step take.
 *
 * Method: calls as a chat application makes them (six services, four models,
 * half of them streamed, every figure another one), in a folder of TMPDIR or
 * /tmp, which should be on a disk. The baseline of writing is to append the
 * same records to a plain file, with an fdatasync() a batch as the store has; a
 * ratio is time of the store over time of that. The baseline of handing over is
 * memcpy() of a struct call.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "history/database.h"
#include "history/packed.h"
#include "history/store.h"

#define CALLS 400000
#define BATCH 1000
#define BEGIN_NS (1790000000ll * 1000000000ll)
#define STEP_NS 40000000ll	/* 25 calls a second */

static uint64_t state = 88172645463325252ull;

static uint64_t draw(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
}

static void fill_texts(struct call *call, uint64_t n)
{
	(void)snprintf(call->id, sizeof(call->id), "%016llx-%llx", 0x1234567890abcdefull, (unsigned long long)n);
	(void)snprintf(call->workload.service, sizeof(call->workload.service), "service-%d", (int)draw(6));
	(void)snprintf(call->request_model, sizeof(call->request_model), "gpt-4o-%d", (int)draw(4));
	(void)snprintf(call->response_model, sizeof(call->response_model), "%s-2026-08-06", call->request_model);
	(void)snprintf(call->priced_as, sizeof(call->priced_as), "%s", call->response_model);
	(void)strcpy(call->workload.program, "python3");
	(void)strcpy(call->tls, "openssl");
	(void)strcpy(call->method, "POST");
	(void)strcpy(call->path, "/v1/chat/completions");
	(void)strcpy(call->server_address, "api.openai.com");
	(void)strcpy(call->provider, "openai");
	(void)strcpy(call->dialect, "openai.chat");
	(void)strcpy(call->finish_reasons[0], "stop");
	call->finish_reason_count = 1;
}

static void fill_figures(struct call *call)
{
	call->duration_ns = (int64_t)(300000000 + draw(8000000000));
	call->request_ns = (int64_t)draw(2000000);
	call->ttfb_ns = call->duration_ns / 3;
	call->ttft_ns = call->streaming ? call->ttfb_ns + (int64_t)draw(1000000) : CALL_UNKNOWN;
	call->output_span_ns = call->streaming ? call->duration_ns / 2 : CALL_UNKNOWN;
	call->max_gap_ns = call->streaming ? (int64_t)draw(400000000) : CALL_UNKNOWN;
	call->request_bytes = (int64_t)draw(40000);
	call->response_bytes = (int64_t)draw(20000);
	call->tokens.input = (int64_t)draw(9000);
	call->tokens.cache_read = (int64_t)draw(4000);
	call->tokens.output = (int64_t)draw(900);
	call->tokens.reasoning = 0;
	call->cost_pico_usd = (int64_t)draw(50000000000);
	call->confidence_ppm = (int64_t)(600000 + draw(400000));
}

static void make_call(uint64_t n, struct call *call)
{
	call_init(call);
	call->streaming = n % 2;
	fill_texts(call, n);
	fill_figures(call);
	call->workload.tgid = 4000 + (uint32_t)draw(20);
	call->protocol = HTTP_1_1;
	call->operation = OPERATION_CHAT;
	call->status = 200;
	call->usage_source = USAGE_PROVIDER;
	call->cost_source = COST_TABLE;
	call->confidence_source = CONFIDENCE_HEURISTIC;
	call->looked_into = true;
	call->time_unix_ns = BEGIN_NS + (int64_t)n * STEP_NS - call->duration_ns;
}

static void fail(const char *what)
{
	fprintf(stderr, "bench_history: %s failed\n", what);
	exit(EXIT_FAILURE);
}

/* The times of packing, of writing, and of appending the same bytes. */
struct times {
	uint64_t pack_ns, copy_ns, write_ns, write_cpu_ns, worst_write_ns, append_ns, record_bytes;
};

static void pack_batch(uint64_t from, struct buffer *records, struct times *times)
{
	static struct call calls[BATCH], copies[BATCH];
	uint64_t begin;

	for (uint64_t i = 0; i < BATCH; i++)
		make_call(from + i, &calls[i]);
	begin = clock_monotonic_ns();
	memcpy(copies, calls, sizeof(calls));
	times->copy_ns += clock_monotonic_ns() - begin;
	begin = clock_monotonic_ns();
	for (uint64_t i = 0; i < BATCH; i++)
		if (pack_call(&copies[i], records) < 0)
			fail("pack_call");
	times->pack_ns += clock_monotonic_ns() - begin;
	times->record_bytes += records->len;
}

static void write_batch(struct store *store, struct slice records, int plain, struct times *times)
{
	struct store_written written = { 0 };
	uint64_t begin = clock_monotonic_ns(), cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID), took;

	if (store_write(store, records, 0, &written) < 0)
		fail("store_write");
	took = clock_monotonic_ns() - begin;
	times->write_ns += took;
	times->write_cpu_ns += clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	times->worst_write_ns = took > times->worst_write_ns ? took : times->worst_write_ns;
	begin = clock_monotonic_ns();
	if (write(plain, records.ptr, records.len) != (ssize_t)records.len || fdatasync(plain) < 0)
		fail("write");
	times->append_ns += clock_monotonic_ns() - begin;
}

static void print_writing(const struct times *times, int folder)
{
	printf("handing over: %.0f ns a call, %.1f times memcpy() of it; %.0f bytes in the queue\n",
	       (double)times->pack_ns / CALLS, (double)times->pack_ns / (double)times->copy_ns, (double)times->record_bytes / CALLS);
	printf("writing: %.0f calls/s (%.1f us of CPU each) in batches of %d, %.2f times appending them to a file; the longest batch %.1f ms\n",
	       CALLS * 1e9 / (double)times->write_ns, (double)times->write_cpu_ns / 1e3 / CALLS, BATCH, (double)times->write_ns / (double)times->append_ns,
	       (double)times->worst_write_ns / 1e6);
	printf("file: %.1f bytes a call, all included\n", (double)database_bytes(folder) / CALLS);
}

/* All calls are too old: how long is a step, and how many rows go in a second. */
static void bench_trim(struct store *store)
{
	struct history_config config = { .enabled = true, .calls_age = 1, .hours_age = UINT64_MAX >> 1,
					 .alerts_age = UINT64_MAX >> 1, .bytes_max = 1ull << 30 };
	const struct store_time now = { BEGIN_NS + (int64_t)CALLS * STEP_NS + 1, 0 };
	uint64_t begin = clock_monotonic_ns(), worst = 0, steps = 0, total;
	int more = 1;

	while (more == 1) {
		uint64_t at = clock_monotonic_ns(), took;

		more = store_trim(store, &config, &now);
		took = clock_monotonic_ns() - at;
		worst = took > worst ? took : worst;
		steps++;
	}
	if (more < 0)
		fail("store_trim");
	total = clock_monotonic_ns() - begin;
	printf("deleting: %.0f calls/s; a step takes %.2f ms, the longest took %.1f ms\n", CALLS * 1e9 / (double)total,
	       (double)total / 1e6 / (double)steps, (double)worst / 1e6);
}

static void count_call(void *ctx, const struct call *call)
{
	(void)call;
	*(uint64_t *)ctx += 1;
}

static void bench_reading(int folder)
{
	uint64_t begin = clock_monotonic_ns(), count = 0;
	FILE *null = fopen("/dev/null", "w");

	if (history_calls(folder, 0, SIZE_MAX, count_call, &count) != CALLS || count != CALLS)
		fail("history_calls");
	printf("reading: %.0f calls/s", CALLS * 1e9 / (double)(clock_monotonic_ns() - begin));
	begin = clock_monotonic_ns();
	if (!null || history_report(folder, 0, BEGIN_NS, "service,model,day", MONEY_AT_APPLICATION, REPORT_TABLE, null) != 0)
		fail("history_report");
	printf("; a report over them %.1f ms\n", (double)(clock_monotonic_ns() - begin) / 1e6);
	(void)fclose(null);
}

static void remove_folder(int folder, const char *path)
{
	DIR *listing = fdopendir(folder);
	const struct dirent *entry;

	while (listing && (entry = readdir(listing)))
		(void)unlinkat(folder, entry->d_name, 0);
	if (listing)
		(void)closedir(listing);
	(void)rmdir(path);
}

int main(void)
{
	char path[64];
	struct store *store = NULL;
	struct buffer records = { 0 };
	struct times times = { 0 };
	int folder, plain;

	(void)snprintf(path, sizeof(path), "%.40s/promtap-bench-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(path))
		fail("mkdtemp");
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	plain = openat(folder, "plain", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (plain < 0 || store_open(folder, &store) < 0)
		fail("store_open");
	for (uint64_t n = 0; n < CALLS; n += BATCH, records.len = 0) {
		pack_batch(n, &records, &times);
		write_batch(store, buffer_slice(&records), plain, &times);
	}
	print_writing(&times, folder);
	bench_reading(folder);
	bench_trim(store);
	store_close(store);
	buffer_done(&records);
	close(plain);
	remove_folder(folder, path);
	return EXIT_SUCCESS;
}
