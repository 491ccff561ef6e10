/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table by process id of at most PROCESSES_MAX. Files are opened here, by
 * ways that cannot be led astray (open_file.h), and handed to the file table.
 */
#include "attach/procs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "maxima.h"

#define BUCKETS 4096u	/* power of two */

struct procs {
	struct files *files;
	struct procs_hooks hooks;
	struct process *buckets[BUCKETS];
	size_t count;
	uint32_t round;
	bool incomplete;
};

/* Files found in one look at a process. */
struct look {
	struct procs *procs;
	int proc_fd;
	uint64_t now_ns;
	uint64_t executable_inode;
	struct map_id executable_map;	/* as maps have it; inode 0: not seen */
	struct file *files[PROCESS_FILES_MAX];
	uint32_t file_count;
};

struct procs *procs_new(struct files *files, const struct procs_hooks *hooks)
{
	struct procs *procs = calloc(1, sizeof(*procs));

	if (!procs)
		return NULL;
	procs->files = files;
	procs->hooks = *hooks;
	return procs;
}

static struct process **link_of(struct procs *procs, uint32_t pid)
{
	struct process **link = &procs->buckets[pid & (BUCKETS - 1)];

	while (*link && (*link)->pid != pid)
		link = &(*link)->next;
	return link;
}

/* Null: the table is full. */
static struct process *process_get(struct procs *procs, uint32_t pid)
{
	struct process **link = link_of(procs, pid);

	if (*link)
		return *link;
	if (procs->count >= PROCESSES_MAX) {
		log_limited(LOG_WARN, 60, "more than %d processes: some are not followed", PROCESSES_MAX);
		return NULL;
	}
	*link = calloc(1, sizeof(**link));
	if (!*link)
		return NULL;
	(*link)->pid = pid;
	(*link)->round = procs->round;
	procs->count++;
	return *link;
}

static void process_drop_files(struct process *process, uint64_t now_ns)
{
	while (process->file_count > 0)
		files_drop(process->files[--process->file_count], now_ns);
}

static void process_remove(struct procs *procs, struct process **link, uint64_t now_ns)
{
	struct process *process = *link;

	process_drop_files(process, now_ns);
	*link = process->next;
	free(process);
	procs->count--;
}

void procs_free(struct procs *procs)
{
	if (!procs)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		while (procs->buckets[i])
			process_remove(procs, &procs->buckets[i], 0);
	}
	free(procs);
}

static bool is_own(const struct procs *procs, uint32_t pid)
{
	return procs->hooks.is_own && procs->hooks.is_own(procs->hooks.ctx, (pid_t)pid);
}

static void process_gone(struct procs *procs, uint32_t pid)
{
	if (procs->hooks.on_process_gone)
		procs->hooks.on_process_gone(procs->hooks.ctx, pid);
}

/* ---- looking at a process ----------------------------------------------------------------------- */

static bool contains(struct file *const *files, size_t count, const struct file *file)
{
	for (size_t i = 0; i < count; i++) {
		if (files[i] == file)
			return true;
	}
	return false;
}

/* Takes over one use of `file`. */
static void file_add(struct file **files, uint32_t *count, struct file *file, uint64_t now_ns)
{
	if (!file)
		return;
	if (*count == PROCESS_FILES_MAX || contains(files, *count, file)) {
		files_drop(file, now_ns);
		return;
	}
	files[(*count)++] = file;
}

static struct file *use(struct procs *procs, const struct file_id *id, const struct tls_library *library, int fd,
			uint64_t now_ns)
{
	struct file *file = files_use(procs->files, id, library, fd, now_ns);

	procs->incomplete |= file && file->state == FILE_UNKNOWN;
	return file;
}

/* One use of the file of a mapping, or null. A library that is not observed
 * need not be opened. */
static struct file *mapping_use(struct procs *procs, int proc_fd, const struct mapping *mapping, uint64_t now_ns)
{
	const struct tls_library *library = tls_library_of_path(mapping->path);
	struct map_id map_id = { mapping->device, mapping->inode };
	struct file_id id = { .device = mapping->device, .inode = mapping->inode };
	int fd;

	if (!library || mapping->inode == 0)
		return NULL;
	if (library->function_count == 0)
		return use(procs, &id, library, -1, now_ns);
	fd = open_mapping(proc_fd, mapping);
	if (fd >= 0 && file_identify(fd, &map_id, &id) == 0)
		return use(procs, &id, library, fd, now_ns);
	close_fd(&fd);
	return NULL;
}

static bool look_at_mapping(void *ctx, const struct mapping *mapping)
{
	struct look *look = ctx;

	if (!mapping->executable)
		return true;
	if (look->executable_map.inode == 0 && mapping->inode == look->executable_inode)
		look->executable_map = (struct map_id){ mapping->device, mapping->inode };
	file_add(look->files, &look->file_count, mapping_use(look->procs, look->proc_fd, mapping, look->now_ns),
		 look->now_ns);
	return true;
}

/* The row of a program whose name alone says that it is not observed. */
static const struct tls_library *executable_library(int proc_fd)
{
	char path[4096];
	ssize_t n = readlinkat(proc_fd, "exe", path, sizeof(path));

	return n > 0 ? tls_library_of_executable((struct slice){ path, (size_t)n }) : NULL;
}

/* `map_id` may be null. */
static struct file *executable_use(struct procs *procs, int proc_fd, int fd, const struct map_id *map_id, uint64_t now_ns)
{
	struct file_id id;

	if (fd < 0 || file_identify(fd, map_id, &id) != 0) {
		close_fd(&fd);
		return NULL;
	}
	return use(procs, &id, executable_library(proc_fd), fd, now_ns);
}

static void look_at_all(struct look *look)
{
	int executable_fd auto_close = open_executable(look->proc_fd);
	int maps_fd auto_close = -1;
	struct map_id *map_id = NULL;
	struct stat st;

	/* A thread of the kernel, or a process that has ended. */
	if (executable_fd < 0)
		return;
	if (fstat(executable_fd, &st) == 0)
		look->executable_inode = st.st_ino;
	maps_fd = openat(look->proc_fd, "maps", O_RDONLY | O_CLOEXEC);
	if (maps_fd >= 0)
		(void)maps_read(maps_fd, look_at_mapping, look);
	if (look->executable_map.inode != 0)
		map_id = &look->executable_map;
	file_add(look->files, &look->file_count,
		 executable_use(look->procs, look->proc_fd, take_fd(&executable_fd), map_id, look->now_ns),
		 look->now_ns);
}

/* The new uses are taken before the old ones are dropped, so nothing seems unused between. */
static void process_look(struct procs *procs, struct process *process, uint64_t now_ns)
{
	int proc_fd auto_close = open_proc((pid_t)process->pid);
	struct look look = { .procs = procs, .proc_fd = proc_fd, .now_ns = now_ns };

	if (proc_fd >= 0 && !is_own(procs, process->pid))
		look_at_all(&look);
	process_drop_files(process, now_ns);
	memcpy(process->files, look.files, look.file_count * sizeof(look.files[0]));
	process->file_count = look.file_count;
}

/* ---- events ------------------------------------------------------------------------------------- */

/* Libraries follow as mapping events. Those may have come before this, from
 * the ring of another CPU: then they are kept. */
static void on_exec(struct procs *procs, const struct process_event *event, uint64_t now_ns)
{
	struct process *process = process_get(procs, event->pid);
	int proc_fd auto_close = -1;

	process_gone(procs, event->pid);
	if (!process)
		return;
	if (process->mapped_ns <= event->ts_ns)
		process_drop_files(process, now_ns);
	if (is_own(procs, event->pid))
		return;
	proc_fd = open_proc((pid_t)event->pid);
	if (proc_fd >= 0)
		file_add(process->files, &process->file_count,
			 executable_use(procs, proc_fd, open_executable(proc_fd), NULL, now_ns), now_ns);
}

static void on_mapped(struct procs *procs, const struct process_event *event, uint64_t now_ns)
{
	struct process *process;
	int proc_fd auto_close = -1;

	/* Nearly all mappings end here. */
	if (!tls_library_of_path(event->mapping.path) || is_own(procs, event->pid))
		return;
	proc_fd = open_proc((pid_t)event->pid);
	process = proc_fd >= 0 ? process_get(procs, event->pid) : NULL;
	if (!process)
		return;
	process->mapped_ns = event->ts_ns;
	file_add(process->files, &process->file_count, mapping_use(procs, proc_fd, &event->mapping, now_ns), now_ns);
}

/* The child has the parent's memory, and the probes in it. */
static void on_fork(struct procs *procs, const struct process_event *event, uint64_t now_ns)
{
	struct process *parent = *link_of(procs, event->parent);
	struct process *child;

	if (!parent || parent->file_count == 0 || is_own(procs, event->pid))
		return;
	child = process_get(procs, event->pid);
	if (!child)
		return;
	for (uint32_t i = 0; i < parent->file_count; i++) {
		files_hold(parent->files[i]);
		file_add(child->files, &child->file_count, parent->files[i], now_ns);
	}
}

static void on_exit_event(struct procs *procs, const struct process_event *event, uint64_t now_ns)
{
	struct process **link = link_of(procs, event->pid);

	process_gone(procs, event->pid);
	if (*link)
		process_remove(procs, link, now_ns);
}

void procs_on_event(struct procs *procs, const struct process_event *event, uint64_t now_ns)
{
	switch (event->kind) {
	case PROCESS_EVENT_EXEC:
		on_exec(procs, event, now_ns);
		break;
	case PROCESS_EVENT_MAPPED:
		on_mapped(procs, event, now_ns);
		break;
	case PROCESS_EVENT_FORK:
		on_fork(procs, event, now_ns);
		break;
	case PROCESS_EVENT_EXIT:
		on_exit_event(procs, event, now_ns);
		break;
	case PROCESS_EVENT_LOST:
		procs->incomplete = true;
		break;
	default:
		break;
	}
}

bool procs_incomplete(const struct procs *procs)
{
	return procs->incomplete;
}

/* ---- walking /proc ------------------------------------------------------------------------------ */

static void walk_pid(struct procs *procs, uint32_t pid, bool all, uint64_t now_ns)
{
	bool known = *link_of(procs, pid) != NULL;
	struct process *process = process_get(procs, pid);

	if (!process)
		return;
	process->round = procs->round;
	if (all || !known)
		process_look(procs, process, now_ns);
}

static void remove_unseen(struct procs *procs, uint64_t now_ns)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		struct process **link = &procs->buckets[i];

		while (*link) {
			if ((*link)->round == procs->round) {
				link = &(*link)->next;
				continue;
			}
			process_gone(procs, (*link)->pid);
			process_remove(procs, link, now_ns);
		}
	}
}

static void close_directory(DIR **directory)
{
	if (*directory)
		(void)closedir(*directory);
}

int procs_walk(struct procs *procs, bool all, uint64_t now_ns)
{
	DIR *directory cleanup(close_directory) = opendir("/proc");
	struct dirent *entry;

	if (!directory)
		return -errno;
	procs->round++;
	procs->incomplete &= !all;
	while ((entry = readdir(directory))) {
		char *end;
		unsigned long pid = strtoul(entry->d_name, &end, 10);

		if (*end == '\0' && pid > 0 && pid <= INT32_MAX)
			walk_pid(procs, (uint32_t)pid, all, now_ns);
	}
	remove_unseen(procs, now_ns);
	return 0;
}

size_t procs_count(const struct procs *procs)
{
	return procs->count;
}

void procs_each(const struct procs *procs, void (*fn)(void *ctx, const struct process *process), void *ctx)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		for (const struct process *process = procs->buckets[i]; process; process = process->next)
			fn(ctx, process);
	}
}
