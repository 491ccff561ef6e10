/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a path and as the kernel's record of a process: nothing is read
 * past the end, every text is terminated and printable, and what a source
 * promises is there.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "attribution/workload.h"
#include "base/cleanup.h"

static void check_text(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	assert(len < size);
	for (size_t i = 0; i < len; i++)
		assert(text[i] >= ' ' && text[i] <= '~');
}

static void check(const struct workload *workload)
{
	check_text(workload->service, sizeof(workload->service));
	check_text(workload->container, sizeof(workload->container));
	check_text(workload->pod, sizeof(workload->pod));
	check_text(workload->program, sizeof(workload->program));
	assert(workload->source < SERVICE_SOURCE_MAX);
	assert((workload->source == SERVICE_UNKNOWN) == (workload->service[0] == '\0'));
	assert((workload->source == SERVICE_K8S) == (workload->pod[0] != '\0'));
	assert(workload->source != SERVICE_CONTAINER || workload->container[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *path = malloc(size + 1);
	auto_free struct event_process *facts = calloc(1, sizeof(*facts));
	char *bytes = (char *)facts;
	struct workload workload;

	assert(path && facts);
	if (size > 0)
		memcpy(path, data, size);
	path[size] = '\0';
	(void)workload_from_cgroup(path, path, &workload);
	check(&workload);
	/* The same bytes over and over, so that each field gets some. */
	for (size_t i = 0; i < sizeof(*facts) && size > 0; i++)
		bytes[i] = (char)data[i % size];
	workload_from_event(facts, &workload);
	check(&workload);
	return 0;
}
