/* SPDX-License-Identifier: Apache-2.0 */
#include "api/transitions.h"

#include <stdlib.h>

struct transitions {
	size_t count, next;
	struct alert ring[TRANSITIONS_MAX];
};

struct transitions *transitions_new(void)
{
	return calloc(1, sizeof(struct transitions));
}

void transitions_free(struct transitions *transitions)
{
	free(transitions);
}

void transitions_add(struct transitions *transitions, const struct alert *alert)
{
	struct alert *kept = &transitions->ring[transitions->next];

	*kept = *alert;
	/* Belongs to a configuration that may be replaced before this is read. */
	kept->playbook = NULL;
	transitions->next = (transitions->next + 1) % TRANSITIONS_MAX;
	transitions->count += transitions->count < TRANSITIONS_MAX;
}

size_t transitions_count(const struct transitions *transitions)
{
	return transitions->count;
}

const struct alert *transitions_at(const struct transitions *transitions, size_t index)
{
	if (index >= transitions->count)
		return NULL;
	return &transitions->ring[(transitions->next + TRANSITIONS_MAX - 1 - index) % TRANSITIONS_MAX];
}
