/* SPDX-License-Identifier: Apache-2.0 */
/* An alert, a notice and a configuration to test with. */
#ifndef PROMTAP_TESTS_NOTIFY_SAMPLE_H
#define PROMTAP_TESTS_NOTIFY_SAMPLE_H

#include "notify/notice.h"
#include "notify/notify_config.h"

struct alert sample_alert(void);
struct notice sample_notice(void);
/* One channel named "ops" of that type; no member is owned. */
struct notify_config *sample_config(enum channel_type type, const char *url);
struct channel_config *sample_channel(struct notify_config *config);

#endif
