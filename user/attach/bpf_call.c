/* SPDX-License-Identifier: Apache-2.0 */
/* The attributes are prefixes of the kernel's union bpf_attr: stable ABI. */
#include "attach/bpf_call.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

#define PROGRAM_TYPE_KPROBE 2u
#define MAP_TYPE_RINGBUF 27u

struct instruction {
	uint8_t code;
	uint8_t registers;
	int16_t offset;
	int32_t immediate;
};

struct program_attr {
	uint32_t type, instruction_count;
	uint64_t instructions, license;
	uint32_t log_level, log_size;
	uint64_t log_buf;
	uint32_t kernel_version, flags;
	char name[16];
	uint32_t ifindex, attach_type;
};

struct map_attr {
	uint32_t type, key_size, value_size, max_entries, flags;
};

int bpf_call(int command, void *attr, size_t size)
{
	long result = syscall(SYS_bpf, command, attr, size);

	return result < 0 ? -errno : (int)result;
}

int bpf_trivial_program(uint32_t attach_type)
{
	static const struct instruction code[] = {
		{ .code = 0xb7 },	/* r0 = 0 */
		{ .code = 0x95 },	/* exit */
	};
	struct program_attr attr = {
		.type = PROGRAM_TYPE_KPROBE,
		.instruction_count = ARRAY_SIZE(code),
		.instructions = (uintptr_t)code,
		.license = (uintptr_t) "GPL",
		.name = "promtap_probe",
		.attach_type = attach_type,
	};

	return bpf_call(BPF_CALL_PROG_LOAD, &attr, sizeof(attr));
}

int bpf_trivial_ring(void)
{
	struct map_attr attr = { .type = MAP_TYPE_RINGBUF, .max_entries = (uint32_t)sysconf(_SC_PAGESIZE) };

	return bpf_call(BPF_CALL_MAP_CREATE, &attr, sizeof(attr));
}
