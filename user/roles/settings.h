/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole configuration: the options, and a section for each stage that lets
 * something be set. The tracer reads it (files, environment, secrets); the
 * server, which may open no file, takes it from a sealed memory file.
 *
 * A new section is a member here and a row in settings.c.
 */
#ifndef PROMTAP_ROLES_SETTINGS_H
#define PROMTAP_ROLES_SETTINGS_H

#include "base/buffer.h"
#include "config/options.h"

struct settings {
	struct command_line line;	/* .options */
	/* Sections, owned; in a settings that was read or taken none is null. */
	struct judge_config *judge;
	struct alert_config *alerts;
	struct history_config *history;
	struct notify_config *notify;
	struct web_config *web;
	struct otlp_config *otlp;

	int argc;			/* to read again from; they outlive this */
	char **argv, **environ_list;
};

/* 0, or negative and a line for each problem was printed to `errors`. settings_done() frees in every case. */
int settings_parse(int argc, char **argv, char **environ_list, struct settings *ret, FILE *errors);
void settings_done(struct settings *settings);

/* SIGHUP: the same sources again, the file and the secrets as they are now. 0: the sections are new ones; pointers to
 * the old ones are void. Of the options prices, rules, providers and gateways are the new ones, too; the others stay what
 * they were at the start, and those that differ are named in the log. Else
 * negative, each problem logged with its place and cure, and nothing has changed. */
int settings_read_again(struct settings *settings);

/* A file alone, as it would be used here: 0, or negative and a line for each problem was printed to `errors`.
 * Secrets that cannot be read are warnings. */
int settings_check(const char *file, char **environ_list, FILE *errors);

/* Where the certificate of the web server stands; null: it speaks plain HTTP. Lent by the settings. */
const char *settings_certificate_file(const struct settings *settings);

/* What holds, with the source of each value, as a file of settings. 0 or -errno of the buffer. */
int settings_show(const struct settings *settings, struct buffer *out);

#define SETTINGS_BYTES_MAX (9u << 20)
/* Everything, secrets too, for the other role. The fd, or -errno, logged. */
int settings_hand_over(const struct settings *settings, uint64_t *ret_bytes);
/* The other end; `ret` is empty, or holds what was taken before, which goes if this succeeds. 0, or negative, logged:
 * `ret` is as before. Keeps nothing of `fd`. */
int settings_take(int fd, uint64_t bytes, struct settings *ret);

/* For help and documentation: names and schemas, the options not among them. Returns how many. */
size_t settings_sections(struct section ret[SECTIONS_MAX]);

#endif
