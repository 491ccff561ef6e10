/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROMTAP_BASE_PROCESSORS_H
#define PROMTAP_BASE_PROCESSORS_H

#include <stddef.h>

/* How many processors this process may run on; 1 where that is not known. */
size_t processors_allowed(void);

#endif
