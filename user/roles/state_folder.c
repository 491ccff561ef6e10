/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/state_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"

static int become(uid_t user, gid_t group)
{
	if (geteuid() != 0 || user == 0)
		return 0;
	if (setgroups(0, NULL) < 0 || setresgid(group, group, group) < 0 || setresuid(user, user, user) < 0)
		return -errno;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

int state_folder_open_as_owner(const char *path)
{
	struct stat status;
	auto_close int folder = -1;
	int err = 0;

	if (strcmp(path, "none") == 0) {
		log_error("without a state folder there is no history: --state-dir names one");
		return -ENOENT;
	}
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0 || fstat(folder, &status) < 0) {
		err = -errno;
		log_error("cannot open the state folder %s: %s; promtap run makes it, --state-dir names another", path,
			  strerror(-err));
		return err;
	}
	err = become(status.st_uid, status.st_gid);
	if (err < 0) {
		log_error("cannot become the owner of %s: %s", path, strerror(-err));
		return err;
	}
	return take_fd(&folder);
}
