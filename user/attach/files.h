/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that processes run or map, each once: what the inspector found in
 * them, whether probes stand in them, and how many processes use them. A state
 * machine without system calls of its own: time and effects come from outside.
 *
 *   waiting -> inspecting -> attached <-> idle (no user; offsets are kept)
 *                         -> plain, not observed, no symbols, unreadable
 *              attached attempt failed -> refused, full (tried again later)
 */
#ifndef PROMTAP_ATTACH_FILES_H
#define PROMTAP_ATTACH_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attach/link.h"
#include "attach/open_file.h"
#include "attach/tls_libs.h"
#include "inspect/inspect.h"

#define FILES_MAX 8192			/* known at a time; beyond, new ones wait for old ones to be forgotten */
#define FILES_WAITING_MAX 256		/* each holds a file descriptor */
#define FILES_INSPECTING_MAX 8		/* questions to the inspector that are not answered */
#define FILE_LINGER_NS 5000000000ull	/* probes stay this long without a user, twice as long each time it was too short */
#define FILE_LINGER_DOUBLINGS 7
#define FILE_FORGET_NS 600000000000ull	/* what is neither used nor attached is forgotten after */
#define FILE_RETRY_NS 60000000000ull	/* a refused file is tried again after */

enum file_state {
	FILE_UNKNOWN = 0,
	FILE_WAITING,		/* for the inspector to have time */
	FILE_INSPECTING,
	FILE_PLAIN,		/* a program without a TLS stack of its own */
	FILE_NOT_OBSERVED,	/* a TLS stack that promtap has no probes for */
	FILE_NO_SYMBOLS,	/* named like a TLS library, but without the functions */
	FILE_UNREADABLE,	/* no ELF file, or the inspector gave up on it */
	FILE_ATTACHED,
	FILE_IDLE,		/* was attached; nobody uses it */
	FILE_REFUSED,		/* the kernel did not attach: `error` */
	FILE_FULL,		/* all attachment indexes are in use */
	FILE_STATE_MAX
};
extern const char *const file_state_names[FILE_STATE_MAX];

struct file {
	struct file_id id;
	enum file_state state;
	enum site_rule rule;			/* FILE_ATTACHED */
	const struct tls_library *library;	/* its TLS stack; null: none, or not known yet */
	bool executable;			/* a program, searched whatever its name */
	bool stale;				/* its content changed under the probes: find it anew */
	int error;				/* FILE_REFUSED: -errno */
	int fd;					/* owned; -1 unless waiting, inspecting or attached */
	uint32_t index;				/* 1 .. ATTACHMENTS_MAX while attached, else 0 */
	uint32_t users;
	unsigned lingered;			/* times it came back after its probes went */
	uint64_t since_ns;			/* unused since, or refused at */
	uint64_t request_id;
	uint64_t offsets[TLS_FUNCTIONS_MAX];	/* of library->functions; 0: not there */
	struct link_set links;
	struct file *next;			/* in the bucket */
	struct file *next_waiting;
};

struct files_ops {
	/* Asks the inspector; answered by files_on_inspected(), but not before this
	 * returns. The fd is lent. 0, or -errno: try later. */
	int (*inspect)(void *ctx, int fd, const struct inspect_request *request);
	/* Puts probes in place; fills file->links. 0 or -errno. */
	int (*attach)(void *ctx, struct file *file);
	void (*detach)(void *ctx, struct file *file);
};

struct files;

/* Null: out of memory. `ops` must outlive it. */
struct files *files_new(const struct files_ops *ops, void *ctx);
/* Detaches everything. */
void files_free(struct files *files);

/*
 * One more user of a file. `fd` is always taken over. `library` is what the
 * name says, null for a program. Null: the table is full, and the file unseen
 * (counted). The pointer is valid until files_drop().
 */
struct file *files_use(struct files *files, const struct file_id *id, const struct tls_library *library, int fd,
		       uint64_t now_ns);
void files_hold(struct file *file);
void files_drop(struct file *file, uint64_t now_ns);

void files_on_inspected(struct files *files, const struct inspect_reply *reply, uint64_t now_ns);
/* The inspector died: the question it was at is not asked again. */
void files_on_inspector_gone(struct files *files, uint64_t now_ns);

/* Asks what waits, detaches what has been without users for long, forgets.
 * Call at least every few seconds. */
void files_tick(struct files *files, uint64_t now_ns);

/* Probes in a file whose content was changed in place are taken out at once.
 * True: there were such files; processes have to be looked at again. */
bool files_check_changed(struct files *files, uint64_t now_ns);

bool files_settled(const struct files *files);	/* nothing waits or is being inspected */
size_t files_count(const struct files *files);

#endif
