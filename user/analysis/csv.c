/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/csv.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

void csv_init(struct csv *csv, char *text, size_t len)
{
	*csv = (struct csv){ .next = text, .end = text + len };
	/* Editors on Windows begin a file with U+FEFF. */
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		csv->next += 3;
}

/* Cuts off the next line, without its end; null: no more. */
static char *take_line(struct csv *csv)
{
	char *line = csv->next, *end;

	if (line >= csv->end)
		return NULL;
	end = memchr(line, '\n', (size_t)(csv->end - line));
	csv->next = end ? end + 1 : csv->end;
	csv->line++;
	if (!end)
		end = csv->end;
	if (end > line && end[-1] == '\r')
		end--;
	*end = '\0';
	return line;
}

static bool is_text(const char *line)
{
	for (; *line; line++) {
		if ((*line < 0x20 || *line > 0x7e) && *line != '\t')
			return false;
	}
	return true;
}

static char *skip_blanks(char *at)
{
	return at + strspn(at, " \t");
}

/* Reads a quoted field in place; returns what follows it, null: not closed. */
static char *unquote(char *at, char **ret_field)
{
	char *out = ++at;

	*ret_field = out;
	for (; *at; at++) {
		if (*at == '"' && at[1] != '"') {
			*out = '\0';
			return skip_blanks(at + 1);
		}
		if (*at == '"')
			at++;
		*out++ = *at;
	}
	return NULL;
}

static char *plain_field(char *at, char **ret_field)
{
	char *end = at + strcspn(at, ","), *last = end;

	*ret_field = at;
	while (last > at && (last[-1] == ' ' || last[-1] == '\t'))
		last--;
	/* The comma, if any, has been seen: `end` says where it stood. */
	if (last < end)
		*last = '\0';
	return end;
}

static int split(struct csv *csv, char *line)
{
	bool more = true;

	csv->count = 0;
	while (more) {
		char *field, *end;

		if (csv->count == CSV_FIELDS_MAX)
			return -E2BIG;
		line = skip_blanks(line);
		end = *line == '"' ? unquote(line, &field) : plain_field(line, &field);
		if (!end || (*end != ',' && *end != '\0'))
			return -EBADMSG;
		more = *end == ',';
		*end = '\0';
		csv->fields[csv->count++] = field;
		line = end + more;
	}
	return 0;
}

int csv_next(struct csv *csv)
{
	char *line;

	while ((line = take_line(csv))) {
		int err;

		if (*line == '#' || *skip_blanks(line) == '\0')
			continue;
		err = is_text(line) ? split(csv, line) : -EILSEQ;
		return err < 0 ? err : 1;
	}
	return 0;
}
