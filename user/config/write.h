/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The structs that schemas describe as text again: whole, for another process
 * of this program that may open no file; and for people, with the source of
 * each value.
 */
#ifndef PROMTAP_CONFIG_WRITE_H
#define PROMTAP_CONFIG_WRITE_H

#include "base/buffer.h"
#include "config/read.h"

#define SECTIONS_TEXT_BYTES_MAX DOCUMENT_TRUSTED_BYTES_MAX

/* Appends a text with version, length and checksum from which sections_unpack() makes the same objects. Secrets stand
 * in it: wipe it. 0, or -errno of the buffer. */
int sections_pack(const struct section *sections, size_t count, struct buffer *out);
/* The other side, with the same sections. 0; -EBADMSG: cut, damaged, or of another version: one line to `errors`;
 * -ENOMEM. In every case sections_done() frees. */
int sections_unpack(struct slice text, const struct section *sections, size_t count, FILE *errors);

/* For people: a file of settings that says the same, each with its source behind a '#'. `root`: what was read, may be
 * null. Of secrets the place stands there, never what they are. 0, or -errno of the buffer. */
int sections_show(const struct section *sections, size_t count, const struct node *root, const char *file,
		  struct buffer *out);

#endif
