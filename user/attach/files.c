/* SPDX-License-Identifier: Apache-2.0 */
/* Table by identity, queue to the inspector, and attachment indexes of which the one unused longest is taken. */
#include "attach/files.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "base/stats.h"
#include "maxima.h"

#define BUCKETS 1024u	/* power of two */

const char *const file_state_names[FILE_STATE_MAX] = {
	"unknown",  "waiting",	  "inspecting", "plain", "not observed", "no symbols",
	"unreadable", "attached", "idle",	"refused", "full",
};

struct files {
	const struct files_ops *ops;
	void *ctx;
	struct file *buckets[BUCKETS];
	size_t count;
	struct file *waiting;			/* libraries before programs, else in order */
	size_t waiting_count;
	struct file *inspecting[FILES_INSPECTING_MAX];	/* in the order asked */
	size_t inspecting_count;
	uint64_t last_request_id;
	uint32_t free_indexes[ATTACHMENTS_MAX];	/* ring: taken at the head, given back at the tail */
	size_t free_head, free_count;
};

struct files *files_new(const struct files_ops *ops, void *ctx)
{
	struct files *files = calloc(1, sizeof(*files));

	if (!files)
		return NULL;
	files->ops = ops;
	files->ctx = ctx;
	for (uint32_t i = 0; i < ATTACHMENTS_MAX; i++)
		files->free_indexes[i] = i + 1;
	files->free_count = ATTACHMENTS_MAX;
	return files;
}

static void file_close(struct file *file)
{
	close_fd(&file->fd);
	file->fd = -1;
}

static void index_give_back(struct files *files, struct file *file)
{
	files->free_indexes[(files->free_head + files->free_count++) % ATTACHMENTS_MAX] = file->index;
	file->index = 0;
}

static void file_detach(struct files *files, struct file *file)
{
	files->ops->detach(files->ctx, file);
	index_give_back(files, file);
	file_close(file);
	file->state = FILE_IDLE;
	stats_add(STAT_DETACHED, 1);
}

void files_free(struct files *files)
{
	if (!files)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		while (files->buckets[i]) {
			struct file *file = files->buckets[i];

			files->buckets[i] = file->next;
			if (file->state == FILE_ATTACHED)
				file_detach(files, file);
			file_close(file);
			free(file);
		}
	}
	free(files);
}

static struct file **bucket_of(struct files *files, const struct file_id *id)
{
	return &files->buckets[hash_bytes(id, sizeof(*id), hash_seed()) & (BUCKETS - 1)];
}

static struct file *file_find(struct files *files, const struct file_id *id)
{
	for (struct file *file = *bucket_of(files, id); file; file = file->next) {
		if (!file->stale && file_id_eq(&file->id, id))
			return file;
	}
	return NULL;
}

static bool file_forgettable(const struct file *file)
{
	return file->users == 0 && file->state != FILE_ATTACHED && file->state != FILE_WAITING &&
	       file->state != FILE_INSPECTING;
}

static void files_forget(struct files *files, uint64_t now_ns, uint64_t age_ns)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		struct file **link = &files->buckets[i];

		while (*link) {
			struct file *file = *link;

			if (!file_forgettable(file) || now_ns - file->since_ns < age_ns) {
				link = &file->next;
				continue;
			}
			*link = file->next;
			files->count--;
			free(file);
		}
	}
}

static struct file *file_new(struct files *files, const struct file_id *id, const struct tls_library *library,
			     uint64_t now_ns)
{
	struct file **bucket = bucket_of(files, id);
	struct file *file;

	if (files->count >= FILES_MAX)
		files_forget(files, now_ns, 0);
	file = files->count < FILES_MAX ? calloc(1, sizeof(*file)) : NULL;
	if (!file)
		return NULL;
	file->id = *id;
	file->library = library;
	file->executable = !library;
	file->fd = -1;
	file->next = *bucket;
	*bucket = file;
	files->count++;
	return file;
}

/* ---- attaching ---------------------------------------------------------------------------------- */

/* 0 (a counter of something else): the state is no result of attaching. */
static const enum stat_id stat_of_state[FILE_STATE_MAX] = {
	[FILE_NO_SYMBOLS] = STAT_ATTACH_NO_SYMBOLS, [FILE_UNREADABLE] = STAT_ATTACH_UNREADABLE,
	[FILE_ATTACHED] = STAT_ATTACH_OK,	    [FILE_REFUSED] = STAT_ATTACH_REFUSED,
	[FILE_FULL] = STAT_ATTACH_FULL,
};

/* Counts a result once, however often it is arrived at again. */
static void file_settle(struct file *file, enum file_state state, uint64_t now_ns)
{
	if (file->state != state && stat_of_state[state] != 0)
		stats_add(stat_of_state[state], 1);
	file->state = state;
	file->since_ns = now_ns;
	if (state != FILE_ATTACHED)
		file_close(file);
}

static void file_attach(struct files *files, struct file *file, uint64_t now_ns)
{
	if (files->free_count == 0) {
		file_settle(file, FILE_FULL, now_ns);
		return;
	}
	file->index = files->free_indexes[files->free_head];
	files->free_head = (files->free_head + 1) % ATTACHMENTS_MAX;
	files->free_count--;
	file->error = files->ops->attach(files->ctx, file);
	if (file->error) {
		index_give_back(files, file);
		file_settle(file, FILE_REFUSED, now_ns);
		return;
	}
	file_settle(file, FILE_ATTACHED, now_ns);
}

/* ---- asking the inspector ----------------------------------------------------------------------- */

/* A library was named by a process that is about to use it; programs can wait. */
static void waiting_insert(struct files *files, struct file *file)
{
	struct file **link = &files->waiting;

	while (*link && (file->executable || !(*link)->executable))
		link = &(*link)->next_waiting;
	file->next_waiting = *link;
	*link = file;
	files->waiting_count++;
	file->state = FILE_WAITING;
}

static int file_ask(struct files *files, struct file *file)
{
	const struct tls_library *library = file->library ? file->library : tls_library_of_programs();
	struct inspect_request request;
	int error;

	tls_library_request(library, files->last_request_id + 1, &request);
	error = files->ops->inspect(files->ctx, file->fd, &request);
	if (error)
		return error;
	file->request_id = ++files->last_request_id;
	file->state = FILE_INSPECTING;
	files->inspecting[files->inspecting_count++] = file;
	return 0;
}

static void waiting_ask(struct files *files)
{
	while (files->waiting && files->inspecting_count < FILES_INSPECTING_MAX) {
		struct file *file = files->waiting;

		if (file_ask(files, file) != 0)
			return;
		files->waiting = file->next_waiting;
		files->waiting_count--;
	}
}

static struct file *inspecting_take(struct files *files, uint64_t request_id)
{
	for (size_t i = 0; i < files->inspecting_count; i++) {
		struct file *file = files->inspecting[i];

		if (file->request_id != request_id)
			continue;
		files->inspecting_count--;
		memmove(&files->inspecting[i], &files->inspecting[i + 1],
			(files->inspecting_count - i) * sizeof(files->inspecting[0]));
		return file;
	}
	return NULL;
}

/* What an answer without usable functions says about the file. */
static enum file_state state_without_functions(struct file *file, const struct inspect_reply *reply)
{
	if (file->executable) {
		file->library = tls_library_of_traits(reply->traits);
		return file->library ? FILE_NOT_OBSERVED : FILE_PLAIN;
	}
	return reply->result == INSPECT_NOT_ELF || reply->result == INSPECT_FAILED ? FILE_UNREADABLE : FILE_NO_SYMBOLS;
}

static void file_on_inspected(struct files *files, struct file *file, const struct inspect_reply *reply, uint64_t now_ns)
{
	const struct tls_library *library = file->library ? file->library : tls_library_of_programs();

	if (!tls_library_usable(library, reply)) {
		file_settle(file, state_without_functions(file, reply), now_ns);
		return;
	}
	file->library = library;
	file->rule = SITE_RULE_SYMBOL;
	memcpy(file->offsets, reply->offsets, sizeof(file->offsets));
	if (file->users > 0)
		file_attach(files, file, now_ns);
	else
		file_settle(file, FILE_IDLE, now_ns);
}

void files_on_inspected(struct files *files, const struct inspect_reply *reply, uint64_t now_ns)
{
	struct file *file = inspecting_take(files, reply->id);

	if (file)
		file_on_inspected(files, file, reply, now_ns);
	waiting_ask(files);
}

void files_on_inspector_gone(struct files *files, uint64_t now_ns)
{
	if (files->inspecting_count == 0)
		return;
	file_settle(files->inspecting[0], FILE_UNREADABLE, now_ns);
	for (size_t i = 1; i < files->inspecting_count; i++)
		waiting_insert(files, files->inspecting[i]);
	files->inspecting_count = 0;
}

/* ---- users -------------------------------------------------------------------------------------- */

/* Until when a file is worth another look depends on how it ended. */
static bool wants_fd(const struct file *file, uint64_t now_ns)
{
	switch (file->state) {
	case FILE_UNKNOWN:
	case FILE_IDLE:
		return true;
	case FILE_REFUSED:
	case FILE_FULL:
		return now_ns - file->since_ns >= FILE_RETRY_NS;
	default:
		return false;
	}
}

static void file_advance(struct files *files, struct file *file, int *fd, uint64_t now_ns)
{
	if (!wants_fd(file, now_ns))
		return;
	if (file->state == FILE_UNKNOWN && file->library && file->library->function_count == 0) {
		file_settle(file, FILE_NOT_OBSERVED, now_ns);
		return;
	}
	if (*fd < 0 || (file->state == FILE_UNKNOWN && files->waiting_count >= FILES_WAITING_MAX))
		return;
	file->fd = take_fd(fd);
	if (file->state != FILE_UNKNOWN) {
		file->lingered += file->state == FILE_IDLE && file->lingered < FILE_LINGER_DOUBLINGS;
		file_attach(files, file, now_ns);
		return;
	}
	waiting_insert(files, file);
	waiting_ask(files);
}

struct file *files_use(struct files *files, const struct file_id *id, const struct tls_library *library, int fd,
		       uint64_t now_ns)
{
	int owned auto_close = fd;
	struct file *file = file_find(files, id);

	if (!file)
		file = file_new(files, id, library, now_ns);
	if (!file) {
		stats_add(STAT_ATTACH_FULL, 1);
		return NULL;
	}
	file->users++;
	file_advance(files, file, &owned, now_ns);
	return file;
}

void files_hold(struct file *file)
{
	assert(file->users > 0);
	file->users++;
}

void files_drop(struct file *file, uint64_t now_ns)
{
	assert(file->users > 0);
	if (--file->users == 0)
		file->since_ns = now_ns;
}

/* ---- time --------------------------------------------------------------------------------------- */

static void file_tick(struct files *files, struct file *file, uint64_t now_ns)
{
	if (file->state != FILE_ATTACHED || file->users > 0)
		return;
	if (now_ns - file->since_ns >= FILE_LINGER_NS << file->lingered) {
		file_detach(files, file);
		file->since_ns = now_ns;
	}
}

static void files_each(struct files *files, void (*fn)(struct files *, struct file *, uint64_t), uint64_t now_ns)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct file *file = files->buckets[i]; file; file = file->next)
			fn(files, file, now_ns);
	}
}

void files_tick(struct files *files, uint64_t now_ns)
{
	files_each(files, file_tick, now_ns);
	files_forget(files, now_ns, FILE_FORGET_NS);
	waiting_ask(files);
}

static void file_check_changed(struct files *files, struct file *file, uint64_t now_ns)
{
	struct file_id id;

	if (file->state != FILE_ATTACHED || file_identify(file->fd, NULL, &id) != 0)
		return;
	if (id.size == file->id.size && id.mtime_ns == file->id.mtime_ns)
		return;
	file_detach(files, file);
	file->stale = true;
	file->since_ns = now_ns;
}

bool files_check_changed(struct files *files, uint64_t now_ns)
{
	uint64_t detached = stats[STAT_DETACHED];

	files_each(files, file_check_changed, now_ns);
	return stats[STAT_DETACHED] != detached;
}

bool files_settled(const struct files *files)
{
	return files->waiting_count == 0 && files->inspecting_count == 0;
}

size_t files_count(const struct files *files)
{
	return files->count;
}
