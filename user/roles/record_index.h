/* SPDX-License-Identifier: Apache-2.0 */
/* Where the records of a file stand, to take them in another order than theirs: 24 bytes a record. */
#ifndef PROMTAP_ROLES_RECORD_INDEX_H
#define PROMTAP_ROLES_RECORD_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct record_place {
	int64_t second;		/* in which the call ended */
	uint64_t offset;	/* in the file */
	uint32_t len;
};

/* Zero is empty. */
struct record_index {
	struct record_place *places;	/* owned */
	size_t count, capacity;
};

void record_index_done(struct record_index *index);

/* 0 or -ENOMEM. */
int record_index_add(struct record_index *index, const struct record_place *place);

/* By second; those of one second in the order of the file. */
void record_index_sort(struct record_index *index);

#endif
