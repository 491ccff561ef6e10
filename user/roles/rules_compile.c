/* SPDX-License-Identifier: Apache-2.0 */
/* `promtap rules compile FILE`: what make runs to add compiled rules to the program (add_rules.sh). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/log.h"
#include "base/program.h"
#include "detect/databases.h"
#include "roles/roles.h"
#include "roles/rule_files.h"

/* What the file holds of the last time saves most of the work. */
static int compile(const char *path, struct rules **ret)
{
	char error[PACK_ERROR_BYTES] = "";
	struct buffer last = { 0 };
	struct rule_files files;
	int err = rule_files_read(&files, NULL);

	if (file_read(path, IMAGE_BYTES_MAX, &last) < 0)
		last.len = 0;
	if (err == 0)
		err = rules_from_sources(files.sources, files.count, buffer_slice(&last), ret, error);
	rule_files_done(&files);
	buffer_done(&last);
	if (err < 0)
		log_error("cannot compile the built-in rules: %s", *error ? error : strerror(-err));
	return err;
}

/* Hyperscan takes databases on processors that can do more than they were compiled for, but they would not be those that
 * such a processor's programs ask for. */
static void say_what_lacks(void)
{
#if defined(__x86_64__)
	if (!(databases_platform().cpu_features & HS_CPU_FEATURES_AVX2))
		log_warn("this processor has no AVX2: on those that have it the program will compile its rules anew");
#endif
}

static int write_image(const char *path, struct slice image)
{
	auto_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int err = fd < 0 ? -errno : file_write(fd, image);

	if (err < 0)
		log_error("cannot write %s: %s", path, strerror(-err));
	return err;
}

int rules_compile_run(const char *file)
{
	struct rules *rules = NULL;
	int err;

	if (program_hash() == 0) {
		log_error("this program has no build id: nothing tells that compiled rules are its own");
		return EXIT_FAILURE;
	}
	say_what_lacks();
	err = compile(file, &rules);
	if (err == 0)
		err = write_image(file, rules_image(rules));
	rules_unref(rules);
	return err < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
