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

bool secret_is_stand_in(const char *text)
{
	return strcmp(text, stand_in) == 0;
}

static int say(char *ret_problem, const char *name, const char *problem)
{
	(void)snprintf(ret_problem, FIELD_PROBLEM_BYTES, "%.80s%.170s",
		       value_is_printable(name, strlen(name)) ? name : "it", problem);
	return -EINVAL;
}

static int take_copy(struct slice text, char **ret_text)
{
	*ret_text = strndup(text.ptr, text.len);
	return *ret_text ? 0 : -ENOMEM;
}

static int take_secret(struct slice secret, const char *name, char **ret_secret, char *ret_problem)
{
	if (secret.len > 0 && secret.ptr[secret.len - 1] == '\n')
		secret.len--;
	if (secret.len > 0 && secret.ptr[secret.len - 1] == '\r')
		secret.len--;
	if (secret.len == 0)
		return say(ret_problem, name, " is empty; put the secret there");
	if (!value_is_printable(secret.ptr, secret.len))
		return say(ret_problem, name, " holds more than one line of text; put the secret alone there");
	return take_copy(secret, ret_secret);
}

static bool is_lines(struct slice text)
{
	while (text.len > 0) {
		size_t len = 0;

		while (len < text.len && !memchr("\n\r\t", text.ptr[len], 3))
			len++;
		if (!value_is_printable(text.ptr, len))
			return false;
		len += len < text.len;
		text.ptr += len;
		text.len -= len;
	}
	return true;
}

/* -EBADMSG: it was read, and is no text. */
static int take_lines(struct slice text, const char *name, char **ret_text, char *ret_problem)
{
	if (text.len > 0 && is_lines(text))
		return take_copy(text, ret_text);
	(void)say(ret_problem, name,
		  text.len == 0 ? " is empty; name the right file" : " holds what is no text; name the right file");
	return -EBADMSG;
}

/* ---- files ----------------------------------------------------------------------------------------- */

static int check_mode(const struct field *field, int fd, const char *path, char *ret_problem)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return say(ret_problem, path, " cannot be looked at; name a file");
	if (status.st_mode & S_IWOTH)
		return say(ret_problem, path, " can be written by everybody; chmod 0600");
	if (!(status.st_mode & S_IROTH) || (field->type == FIELD_FILE && !field->is_private))
		return 0;
	(void)say(ret_problem, path, " can be read by everybody; chmod 0600");
	return 1;
}

static int cannot_read(const struct field *field, const char *path, int err, char *ret_problem)
{
	char why[96];

	(void)snprintf(why, sizeof(why), ": %s; name a readable file%s", strerror(-err),
		       field->type == FIELD_SECRET ? " with the secret" : "");
	return say(ret_problem, path, why);
}

static int too_long(const struct field *field, const char *path, size_t max, char *ret_problem)
{
	char why[96];

	(void)snprintf(why, sizeof(why), " is over %zu bytes; %s", max,
		       field->type == FIELD_SECRET ? "put the secret alone there" : "name the right file");
	(void)say(ret_problem, path, why);
	return field->type == FIELD_SECRET ? -EINVAL : -EBADMSG;
}

static int read_bytes(const struct field *field, int fd, const char *path, struct buffer *ret, char *ret_problem)
{
	size_t max = field->type == FIELD_FILE ? field->max : SCHEMA_TEXT_BYTES_MAX;
	int err = file_read_fd(fd, max, ret);

	if (err == -E2BIG)
		return too_long(field, path, max, ret_problem);
	return err < 0 && err != -ENOMEM ? cannot_read(field, path, err, ret_problem) : err;
}

static int read_file(const struct field *field, const char *path, char **ret_text, char *ret_problem)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct buffer bytes = { 0 };
	int err, mode;

	if (fd < 0)
		return cannot_read(field, path, -errno, ret_problem);
	mode = check_mode(field, fd, path, ret_problem);
	if (mode < 0)
		return mode;
	err = read_bytes(field, fd, path, &bytes, ret_problem);
	if (err == 0 && field->type == FIELD_SECRET)
		err = take_secret(buffer_slice(&bytes), path, ret_text, ret_problem);
	else if (err == 0)
		err = take_lines(buffer_slice(&bytes), path, ret_text, ret_problem);
	if (bytes.data)
		explicit_bzero(bytes.data, bytes.capacity);
	buffer_done(&bytes);
	return err < 0 ? err : mode;
}

/* ---- variables ------------------------------------------------------------------------------------- */

static int read_variable(char **environ_list, const char *name, char **ret_secret, char *ret_problem)
{
	size_t len = strlen(name);

	for (char **entry = environ_list; entry && *entry; entry++) {
		if (strncmp(*entry, name, len) != 0 || (*entry)[len] != '=')
			continue;
		if (strlen(*entry + len + 1) > SCHEMA_TEXT_BYTES_MAX)
			return say(ret_problem, name, " is over 4096 bytes; put the secret alone there");
		return take_secret(slice_of(*entry + len + 1), name, ret_secret, ret_problem);
	}
	return say(ret_problem, name, " is no variable of the environment; set it");
}

/* ---- both ------------------------------------------------------------------------------------------ */

static int read_text(const struct secret_source *source, const struct field *field, bool is_file, const char *name,
		     char **ret_text, char *ret_problem)
{
	int err;

	if (source->wanted == SECRET_NOT_WANTED)
		return take_copy(SLICE(stand_in), ret_text);
	err = is_file ? read_file(field, name, ret_text, ret_problem)
		      : read_variable(source->environ_list, name, ret_text, ret_problem);
	if (err != -EINVAL || source->wanted != SECRET_TRIED)
		return err;
	err = take_copy(SLICE(stand_in), ret_text);
	return err < 0 ? err : 1;
}

/* 0; 1: there is a warning; -EINVAL. */
static int examine(const struct secret_source *source, const struct field *field, const char *name, const char *text,
		   char *ret_problem)
{
	char why[FIELD_PROBLEM_BYTES], problem[FIELD_PROBLEM_BYTES + 1];
	bool right = !field->check || field->check(text, why);

	if (right && (!field->warn || source->now_unix_s == 0 || !field->warn(text, source->now_unix_s, why)))
		return 0;
	(void)snprintf(problem, sizeof(problem), " %s", why);
	(void)say(ret_problem, name, problem);
	return right ? 1 : -EINVAL;
}

int secret_read(void *ctx, const struct field *field, bool is_file, const char *name, char **ret_text,
		char ret_problem[FIELD_PROBLEM_BYTES])
{
	const struct secret_source *source = ctx;
	char *text = NULL;
	int err = read_text(source, field, is_file, name, &text, ret_problem);
	bool was_read = err >= 0 && (source->wanted == SECRET_REQUIRED || !secret_is_stand_in(text));

	if (was_read && field->type == FIELD_FILE) {
		int found = examine(source, field, name, text, ret_problem);

		err = found != 0 ? found : err;
	}
	if (err < 0 && text) {
		explicit_bzero(text, strlen(text));
		free(text);
	} else if (err >= 0) {
		*ret_text = text;
	}
	return err == -EBADMSG ? -EINVAL : err;
}
