/* SPDX-License-Identifier: Apache-2.0 */
/* Undo where it is declared: locals that free or close themselves. */
#ifndef PROMTAP_BASE_CLEANUP_H
#define PROMTAP_BASE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define cleanup(function) __attribute__((cleanup(function)))
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static inline void free_pointer(void *pointer)
{
	free(*(void **)pointer);
}

static inline void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static inline void close_stream(FILE **stream)
{
	if (*stream)
		(void)fclose(*stream);
}

#define auto_free cleanup(free_pointer)
#define auto_close cleanup(close_fd)
#define auto_fclose cleanup(close_stream)

/* Hands a pointer over: the local no longer frees it. */
#define take_ptr(pointer)                     \
	({                                    \
		__typeof__(pointer) taken_ = (pointer); \
		(pointer) = NULL;             \
		taken_;                       \
	})

static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#endif
