/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the texts of the calls in a recording, for people who look whether a
 * dialect names them all, each once, and in its place. On this machine only: it
 * prints content.
 *
 *   build/tests/replay_texts RECORDING [BYTES | framed]
 *
 * BYTES: of each text, the rest is left out (default 200; 0: all).
 * framed: for programs (tests/bench/bench_detect.c): "call" for each call, then
 * for each of its texts a line with its place and its length, and its bytes.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "capture/record.h"
#include "http/http.h"
#include "llm/llm.h"
#include "stream/stream.h"

struct printed {
	struct buffer bytes;
	enum text_where where;
	bool ended;
};

struct texts_of_call {
	uint32_t count;
	struct printed *texts;	/* owned, of `count` */
};

static size_t shown_bytes = 200;
static bool framed;

static void die(const char *why)
{
	(void)fprintf(stderr, "replay_texts: %s\n", why);
	exit(EXIT_FAILURE);
}

static struct printed *text_at(struct texts_of_call *call, uint32_t number)
{
	if (number < call->count)
		return &call->texts[number];
	if (number > call->count)
		die("a number was left out");
	call->texts = reallocarray(call->texts, ++call->count, sizeof(*call->texts));
	if (!call->texts)
		die("out of memory");
	call->texts[number] = (struct printed){ 0 };
	return &call->texts[number];
}

static void on_text(void *ctx, void **user, const struct exchange *exchange, const struct text_view *view)
{
	struct texts_of_call *call = *user ? *user : calloc(1, sizeof(*call));
	struct printed *text;

	(void)ctx;
	(void)exchange;
	if (!call)
		die("out of memory");
	*user = call;
	text = text_at(call, view->text);
	if (text->ended)
		die("a text goes on behind its end");
	text->where = view->where;
	text->ended = view->event == TEXT_END;
	if (buffer_append(&text->bytes, view->bytes.ptr, view->bytes.len) < 0)
		die("out of memory");
}

static void free_texts(struct texts_of_call *call)
{
	for (uint32_t i = 0; i < call->count; i++)
		buffer_done(&call->texts[i].bytes);
	free(call->texts);
	free(call);
}

static void on_text_drop(void *ctx, void *user)
{
	(void)ctx;
	free_texts(user);
}

static void print_text(const struct printed *text)
{
	size_t len = shown_bytes && text->bytes.len > shown_bytes ? shown_bytes : text->bytes.len;

	printf("  %s %s%zu: ", text_where_names[text->where], text->ended ? "" : "NO END ", text->bytes.len);
	for (size_t i = 0; i < len; i++)
		if (text->bytes.data[i] == '\n')
			printf("\\n");
		else
			putchar(text->bytes.data[i]);
	printf("%s\n", len < text->bytes.len ? " ..." : "");
}

static void frame_text(const struct printed *text)
{
	printf("%s %zu\n", text_where_names[text->where], text->bytes.len);
	(void)fwrite(text->bytes.data, 1, text->bytes.len, stdout);
	putchar('\n');
}

static void print_head(const struct call *call)
{
	printf("== %s %s%s %s%s %lld trace ", call->dialect, call->server_address, call->path, call->provider,
	       call->streaming ? " stream" : "", (long long)call->status);
	for (size_t i = 0; i < sizeof(call->trace_id); i++)
		printf("%02x", call->trace_id[i]);
	printf(" out %lld tools %lld error %s\n", (long long)call->tokens.output, (long long)call->tool_calls,
	       call->error ? call_error_names[call->error] : "none");
}

static void on_call(void *ctx, struct call *call, const struct exchange *exchange, void *user)
{
	struct texts_of_call *texts = user;

	(void)ctx;
	(void)exchange;
	if (framed)
		printf("call\n");
	else
		print_head(call);
	for (uint32_t i = 0; texts && i < texts->count; i++)
		(framed ? frame_text : print_text)(&texts->texts[i]);
	if (texts)
		free_texts(texts);
}

static void on_segment(void *http, const struct segment *segment)
{
	http_on_segment(http, segment);
}

static void on_chunk(void *stream, const struct chunk *chunk)
{
	if (chunk->kind != CHUNK_PROCESS)
		stream_on_chunk(stream, chunk);
}

int main(int argc, char **argv)
{
	static const struct stream_limits limits = { .connections_max = 16384, .idle_ns = 3600 * NSEC_PER_SEC };
	static const struct llm_setup setup = { .fn = on_call, .on_text = on_text, .on_text_drop = on_text_drop };
	auto_close int fd = argc > 1 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	struct llm *llm = llm_new(&setup);
	struct http *http = llm ? http_new(&http_limits_default, llm_on_exchange, llm) : NULL;
	struct stream_table *stream = http ? stream_new(&limits, on_segment, http) : NULL;
	uint64_t offset = 0;
	int64_t realtime_ns;
	int error;

	if (fd < 0 || !stream)
		die("cannot open the recording, or out of memory");
	framed = argc > 2 && strcmp(argv[2], "framed") == 0;
	if (argc > 2)
		shown_bytes = strtoul(argv[2], NULL, 10);
	error = recording_replay(fd, on_chunk, stream, &realtime_ns, &offset);
	stream_free(stream);
	http_free(http);
	llm_free(llm);
	return error < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
