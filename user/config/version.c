/* SPDX-License-Identifier: Apache-2.0 */
/* The version, given by the Makefile; apart, so that a commit rebuilds one small file. */
#include "config/options.h"

#ifndef PROMTAP_VERSION
#define PROMTAP_VERSION "unknown"
#endif

const char promtap_version[] = PROMTAP_VERSION;
