/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/signals.h"

const char *const signal_names[SIGNAL_MAX] = {
#define X(id, name, about) [id] = name,
	SIGNALS(X)
#undef X
};
