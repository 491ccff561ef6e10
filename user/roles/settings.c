/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/conditions.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "config/write.h"
#include "export/access.h"
#include "history/history.h"
#include "judge/judge.h"
#include "notify/notify.h"
#include "otlp/otlp_config.h"
#include "roles/sealed.h"

struct section_row {
	const char *name;
	const struct schema *schema;
	size_t offset;		/* of the pointer to its object */
};

#define SECTION(member, of_schema) { #member, &(of_schema), offsetof(struct settings, member) }

static const struct section_row rows[] = {
	SECTION(judge, judge_schema),
	SECTION(alerts, alert_schema),
	SECTION(history, history_schema),
	SECTION(notify, notify_schema),
	SECTION(web, web_schema),
	SECTION(otlp, otlp_schema),
};

static void **member_of(const struct settings *settings, const struct section_row *row)
{
	return (void **)((char *)settings + row->offset);
}

size_t settings_sections(struct section ret[SECTIONS_MAX])
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ret[i] = (struct section){ rows[i].name, rows[i].schema, NULL };
	return ARRAY_SIZE(rows);
}

/* The sections with their objects, the options first. */
static size_t all_sections(const struct settings *settings, struct section ret[SECTIONS_MAX + 1])
{
	size_t count = settings_sections(ret + 1);

	ret[0] = (struct section){ NULL, &options_schema, (void *)&settings->line.options };
	for (size_t i = 0; i < count; i++)
		ret[i + 1].object = *member_of(settings, &rows[i]);
	return count + 1;
}

static int make_objects(struct settings *settings)
{
	memset(settings, 0, sizeof(*settings));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		*member_of(settings, &rows[i]) = calloc(1, rows[i].schema->size);
		if (!*member_of(settings, &rows[i]))
			return -ENOMEM;
	}
	return 0;
}

void settings_done(struct settings *settings)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		void **member = member_of(settings, &rows[i]);

		if (*member)
			schema_done(rows[i].schema, *member);
		free(*member);
		*member = NULL;
	}
	command_line_done(&settings->line);
}

/* ---- reading ---------------------------------------------------------------------------------- */

static int64_t now_unix_s(void)
{
	return (int64_t)(clock_ns(CLOCK_REALTIME) / NSEC_PER_SEC);
}

/* All else has been said. */
static int say_memory(int err, FILE *errors)
{
	if (err == -ENOMEM)
		(void)fprintf(errors, "promtap: out of memory\n");
	return err;
}

int settings_parse(int argc, char **argv, char **environ_list, struct settings *ret, FILE *errors)
{
	struct section sections[SECTIONS_MAX + 1];
	struct config_sources sources = { .argc = argc, .argv = argv, .environ_list = environ_list,
					  .sections = sections + 1, .errors = errors, .now_unix_s = now_unix_s() };
	int err = make_objects(ret);

	if (err < 0)
		return say_memory(err, errors);
	ret->argc = argc;
	ret->argv = argv;
	ret->environ_list = environ_list;
	sources.section_count = all_sections(ret, sections) - 1;
	return say_memory(command_line_read(&sources, &ret->line), errors);
}

int settings_check(const char *file, char **environ_list, FILE *errors)
{
	struct settings settings;
	struct section sections[SECTIONS_MAX + 1];
	struct config_sources sources = { .environ_list = environ_list, .sections = sections + 1, .errors = errors,
					  .now_unix_s = now_unix_s() };
	int err = make_objects(&settings);

	if (err == 0) {
		sources.section_count = all_sections(&settings, sections) - 1;
		err = config_check_file(file, &sources);
	}
	settings_done(&settings);
	return say_memory(err, errors);
}

int settings_show(const struct settings *settings, struct buffer *out)
{
	struct section sections[SECTIONS_MAX + 1];
	size_t count = all_sections(settings, sections);

	return sections_show(sections, count, settings->line.document.root, settings->line.document.name, out);
}

const char *settings_certificate_file(const struct settings *settings)
{
	const struct node *web = node_find(settings->line.document.root, "web");
	const struct node *file = node_find(node_find(web, "tls"), "certificate_file");

	return file ? file->text : NULL;
}

/* As document.h words them. */
static void log_lines(char *text)
{
	char *rest = text;

	for (char *line; (line = strsep(&rest, "\n"));) {
		if (*line)
			log_print(strstr(line, ": warning: ") ? LOG_WARN : LOG_ERROR, "%s", line);
	}
}

/* Texts that are looked at anew with each reload; all other options are set up once, at the start. */
static bool follows(const struct field *field)
{
	static const char *const names[] = { "prices", "rules", "providers", "gateways" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(field->name, names[i]) == 0)
			return true;
	return false;
}

static void exchange_text(const struct field *field, struct options *now, struct options *next)
{
	char **one = field_of(field, now), **other = field_of(field, next), *text = *one;

	*one = *other;
	*other = text;
}

static void exchange_options(struct options *now, struct options *next)
{
	for (size_t i = 0; i < options_schema.count; i++) {
		const struct field *field = &options_schema.fields[i];

		if (follows(field))
			exchange_text(field, now, next);
		else if (!field_equal(field, now, next))
			log_warn("%s has changed: it holds from the next start on", field->name);
	}
}

static void exchange_sections(struct settings *settings, struct settings *next)
{
	struct document document = settings->line.document;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		void *object = *member_of(settings, &rows[i]);

		*member_of(settings, &rows[i]) = *member_of(next, &rows[i]);
		*member_of(next, &rows[i]) = object;
	}
	settings->line.document = next->line.document;
	next->line.document = document;
}

int settings_read_again(struct settings *settings)
{
	auto_free char *said = NULL;
	size_t size;
	FILE *errors = open_memstream(&said, &size);
	struct settings next;
	int err;

	if (!errors)
		return -ENOMEM;
	err = settings_parse(settings->argc, settings->argv, settings->environ_list, &next, errors);
	(void)fclose(errors);
	log_lines(said);
	if (err == 0) {
		exchange_options(&settings->line.options, &next.line.options);
		exchange_sections(settings, &next);
	}
	settings_done(&next);
	return err;
}

/* ---- handing over ------------------------------------------------------------------------------ */

int settings_hand_over(const struct settings *settings, uint64_t *ret_bytes)
{
	struct section sections[SECTIONS_MAX + 1];
	size_t count = all_sections(settings, sections);
	struct buffer text = { .limit = SETTINGS_BYTES_MAX };
	int fd = sections_pack(sections, count, &text);

	if (fd == 0)
		fd = sealed_new("promtap-settings", buffer_slice(&text));
	if (fd < 0)
		log_error("the settings cannot be handed over: %s", strerror(-fd));
	else
		*ret_bytes = text.len;
	if (text.data)
		explicit_bzero(text.data, text.capacity);
	buffer_done(&text);
	return fd;
}

static int unpack(struct slice text, struct settings *ret)
{
	struct section sections[SECTIONS_MAX + 1];
	auto_free char *said = NULL;
	size_t size;
	FILE *errors = open_memstream(&said, &size);
	int err = errors ? make_objects(ret) : -ENOMEM;

	if (err == 0) {
		size_t count = all_sections(ret, sections);

		err = sections_unpack(text, sections, count, errors);
	}
	if (errors)
		(void)fclose(errors);
	if (said)
		log_lines(said);
	return err;
}

int settings_take(int fd, uint64_t bytes, struct settings *ret)
{
	struct settings next = { 0 };
	struct slice text;
	int err = bytes == 0 || bytes > SETTINGS_BYTES_MAX ? -EBADMSG : sealed_map(fd, 0, bytes, &text);

	if (err < 0) {
		log_error("the settings cannot be taken: %s", strerror(-err));
		return err;
	}
	err = unpack(text, &next);
	sealed_unmap(text);
	if (err < 0) {
		settings_done(&next);
		return err;
	}
	settings_done(ret);
	*ret = next;
	return 0;
}
