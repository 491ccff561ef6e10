/* SPDX-License-Identifier: Apache-2.0 */
/* A state folder of a test, and calls that differ in everything. */
#ifndef PROMTAP_TESTS_HISTORY_SAMPLES_H
#define PROMTAP_TESTS_HISTORY_SAMPLES_H

#include <sqlite3.h>

#include "history/history.h"

#define SAMPLE_BEGIN_NS (1750000000ll * 1000000000ll)

/* Makes an empty folder and opens it. */
int sample_folder(char path[64]);
void sample_folder_done(int folder, const char *path);

/* The call numbered `n`: ends `n` ms after SAMPLE_BEGIN_NS, in order. */
void sample_call(uint64_t n, struct call *ret);
void sample_alert(uint64_t n, struct alert *ret);
struct history_config sample_config(void);

/* One number out of the file, by SQL, past all code of ours. */
int64_t sample_number(const char *path, const char *sql);

/* Fails where an hour is not what its calls come to. */
void sample_check_hours(const char *path);

#endif
