/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/outputs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "capture/record.h"

static int failed(const char *what, const char *path)
{
	int err = errno;

	log_error("cannot open %s %s: %s", what, path, strerror(err));
	return -err;
}

int outputs_standard_output(void)
{
	int fd = -1;

	if (isatty(STDOUT_FILENO))
		fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd >= 0 ? fd : fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
}

static int open_calls(const char *path)
{
	/* Records hold no content, but who calls which model when is nobody else's business. */
	int fd = strcmp(path, "-") == 0 ? outputs_standard_output() :
					  open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);

	return fd < 0 ? failed("the file of call records", path) : fd;
}

/* A file that was there before may have other rights, or another owner, who
 * could read what is written; a device must not be given other rights. */
static int make_private(int fd, const char *path)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return failed("the recording", path);
	if (!S_ISREG(status.st_mode) || status.st_uid != geteuid()) {
		log_error("cannot record to %s: it is no regular file of this user; choose another name, or remove it",
			  path);
		return -EPERM;
	}
	return fchmod(fd, 0600) < 0 || ftruncate(fd, 0) < 0 ? failed("the recording", path) : 0;
}

static int open_record(const char *path)
{
	/* Not to hang on a FIFO. */
	auto_close int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	int err;

	if (fd < 0)
		return failed("the recording", path);
	err = make_private(fd, path);
	if (err < 0)
		return err;
	err = recording_begin(fd, clock_realtime_offset_ns());
	if (err < 0) {
		errno = -err;
		return failed("the recording", path);
	}
	log_warn("%s will hold plaintext: prompts, answers and API keys; only its owner may read it", path);
	return take_fd(&fd);
}

int outputs_open(const struct options *options, struct outputs *ret)
{
	*ret = (struct outputs){ .calls = -1, .record = -1 };
	if (options->calls)
		ret->calls = open_calls(options->calls);
	if (options->record && (!options->calls || ret->calls >= 0))
		ret->record = open_record(options->record);
	if ((options->calls && ret->calls < 0) || (options->record && ret->record < 0)) {
		outputs_close(ret);
		return -EIO;
	}
	return 0;
}

void outputs_close(struct outputs *outputs)
{
	close_fd(&outputs->calls);
	close_fd(&outputs->record);
	*outputs = (struct outputs){ .calls = -1, .record = -1 };
}

/* But for what mkfs leaves. */
static bool is_empty(int fd)
{
	DIR *folder = fdopendir(openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	const struct dirent *entry;
	bool empty = folder;

	while (empty && (entry = readdir(folder)))
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
			strcmp(entry->d_name, "lost+found") == 0;
	if (folder)
		(void)closedir(folder);
	return empty;
}

/* Of root's making or the role's own; what anybody else made may change under us. A folder of root's that is in use is
 * not taken: nobody wants /var/lib to belong to the role. */
static int make_own(int fd, const char *path, uid_t owner)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return failed("the state folder", path);
	if (status.st_uid == 0 && owner != 0 && !is_empty(fd)) {
		log_error("the state folder %s belongs to root and is not empty; name a folder of its own with --state-dir, "
			  "or chown -R it to user %u", path, (unsigned)owner);
		return -EPERM;
	}
	if (status.st_uid != 0 && status.st_uid != owner) {
		log_error("the state folder %s belongs to user %u; remove it, or name another with --state-dir", path,
			  (unsigned)status.st_uid);
		return -EPERM;
	}
	if (fchown(fd, owner, owner) < 0 || fchmod(fd, 0700) < 0)
		return failed("the state folder", path);
	return 0;
}

int outputs_open_state(const char *path, uid_t owner)
{
	auto_close int fd = -1;
	int err;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return failed("the state folder", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return failed("the state folder", path);
	err = make_own(fd, path, owner);
	return err < 0 ? err : take_fd(&fd);
}

int outputs_open_prices(const char *path)
{
	/* Not to hang on a FIFO that somebody put there. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? -errno : fd;
}
