/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing of a secret goes into a message, and the memory that it passed through is wiped. */
#include "config/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "config/value.h"

static const char stand_in[] = "not-read";

static int say(char *ret_problem, const char *name, const char *problem)
{
	(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES, "%.80s%s",
		       value_is_printable(name, strlen(name)) ? name : "it", problem);
	return -EINVAL;
}

static int take(struct slice secret, const char *name, char **ret_secret, char *ret_problem)
{
	if (secret.len > 0 && secret.ptr[secret.len - 1] == '\n')
		secret.len--;
	if (secret.len > 0 && secret.ptr[secret.len - 1] == '\r')
		secret.len--;
	if (secret.len == 0)
		return say(ret_problem, name, " is empty; put the secret there");
	if (!value_is_printable(secret.ptr, secret.len))
		return say(ret_problem, name, " holds more than one line of text; put the secret alone there");
	*ret_secret = strndup(secret.ptr, secret.len);
	return *ret_secret ? 0 : -ENOMEM;
}

static int check_mode(int fd, const char *path, char *ret_problem)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return say(ret_problem, path, " cannot be looked at; name a file");
	if (status.st_mode & S_IWOTH)
		return say(ret_problem, path, " can be written by everybody; chmod 0600");
	if (!(status.st_mode & S_IROTH))
		return 0;
	(void)say(ret_problem, path, " can be read by everybody; chmod 0600");
	return 1;
}

static int cannot_read(char *ret_problem, const char *path, int err)
{
	char why[96];

	(void)snprintf(why, sizeof(why), ": %s; name a readable file with the secret", strerror(-err));
	return say(ret_problem, path, why);
}

static int read_file(const char *path, char **ret_secret, char *ret_problem)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct buffer bytes = { 0 };
	int err, mode;

	if (fd < 0)
		return cannot_read(ret_problem, path, -errno);
	mode = check_mode(fd, path, ret_problem);
	if (mode < 0)
		return mode;
	err = file_read_fd(fd, SCHEMA_TEXT_BYTES_MAX, &bytes);
	if (err == -E2BIG)
		err = say(ret_problem, path, " is over 4096 bytes; put the secret alone there");
	else if (err < 0 && err != -ENOMEM)
		err = cannot_read(ret_problem, path, err);
	if (err == 0)
		err = take(buffer_slice(&bytes), path, ret_secret, ret_problem);
	if (bytes.data)
		explicit_bzero(bytes.data, bytes.capacity);
	buffer_done(&bytes);
	return err < 0 ? err : mode;
}

static int read_variable(char **environ_list, const char *name, char **ret_secret, char *ret_problem)
{
	size_t len = strlen(name);

	for (char **entry = environ_list; entry && *entry; entry++) {
		if (strncmp(*entry, name, len) != 0 || (*entry)[len] != '=')
			continue;
		if (strlen(*entry + len + 1) > SCHEMA_TEXT_BYTES_MAX)
			return say(ret_problem, name, " is over 4096 bytes; put the secret alone there");
		return take(slice_of(*entry + len + 1), name, ret_secret, ret_problem);
	}
	return say(ret_problem, name, " is no variable of the environment; set it");
}

static int read_secret(const struct secret_source *source, bool is_file, const char *name, char **ret_secret,
		       char *ret_problem)
{
	if (source->wanted == SECRET_NOT_WANTED)
		return take(slice_of(stand_in), name, ret_secret, ret_problem);
	return is_file ? read_file(name, ret_secret, ret_problem)
		       : read_variable(source->environ_list, name, ret_secret, ret_problem);
}

int secret_read(void *ctx, bool is_file, const char *name, char **ret_secret, char ret_problem[FIELD_PROBLEM_BYTES])
{
	const struct secret_source *source = ctx;
	int err = read_secret(source, is_file, name, ret_secret, ret_problem);

	if (err != -EINVAL || source->wanted != SECRET_TRIED)
		return err;
	*ret_secret = strdup(stand_in);
	return *ret_secret ? 1 : -ENOMEM;
}
