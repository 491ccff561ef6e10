/* SPDX-License-Identifier: Apache-2.0 */
/* What the writers of letters share. */
#ifndef PROMTAP_NOTIFY_LETTER_H
#define PROMTAP_NOTIFY_LETTER_H

#include "base/json_out.h"
#include "notify/channels.h"

/* 0; -1: there is no room, or the value would begin another header. */
int letter_header(struct letter *letter, const char *name, const char *value);
void letter_url(struct letter *letter, const char *base, const char *path);
void letter_put_figures(struct json_out *json, const struct notice *notice);
void letter_put_playbook(struct json_out *json, const struct notice *notice);

#endif
