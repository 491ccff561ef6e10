/* SPDX-License-Identifier: Apache-2.0 */
#include "attach/load.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "process.skel.h"
#include "tls_rw.skel.h"

#define WAKE_BYTES_MAX (64 * 1024)	/* unread: time for the decoder to come */
#define ATTACH_TYPE_UPROBE_MULTI 48	/* BPF_TRACE_UPROBE_MULTI, absent from old headers */

struct kernel_half {
	struct tls_rw_bpf *tls;
	struct process_bpf *process;
	uint64_t *per_cpu;	/* one value a possible CPU */
	int cpus;
	bool multi;
};

/* Keys of bpf/maps.bpf.h. */
struct connection_key {
	uint64_t object;
	uint32_t tgid;
	uint32_t incarnation;
};

struct process_value {
	uint32_t incarnation;
	uint32_t announced;
	uint64_t exec_after_ns;
	uint8_t own;
	uint8_t pad[7];
};

/* The verifier's words are for us: they are shown at debug level only. */
static int print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	char line[900];

	(void)level;
	(void)vsnprintf(line, sizeof(line), format, args);
	line[strcspn(line, "\n")] = '\0';
	log_debug("libbpf: %s", line);
	return 0;
}

static const char *cure_of(int err)
{
	switch (-err) {
	case EPERM:
	case EACCES:
		return "run as root or with CAP_BPF and CAP_PERFMON (before Linux 6.6 also CAP_SYS_ADMIN); "
		       "under lockdown=confidentiality BPF cannot read user memory";
	case ESRCH:
	case ENOENT:
		return "the kernel has no BTF: it needs CONFIG_DEBUG_INFO_BTF=y (/sys/kernel/btf/vmlinux)";
	case ENOMEM:
		return "not enough memory for the maps: choose a smaller --ring-size or raise RLIMIT_MEMLOCK";
	default:
		return "'promtap check' says what this kernel lacks; --log-level debug shows the verifier's words";
	}
}

static int refused(const char *what, int err)
{
	log_error("cannot load %s into the kernel: %s; %s", what, strerror(-err), cure_of(err));
	return err;
}

/* Of a small ring a quarter, so that room is left until the decoder is there. */
static uint64_t wake_bytes(const struct kernel_half_setup *setup)
{
	return setup->ring_bytes / 4 < WAKE_BYTES_MAX ? setup->ring_bytes / 4 : WAKE_BYTES_MAX;
}

static int load_tls(struct kernel_half *half, const struct kernel_half_setup *setup)
{
	struct bpf_program *program;
	int err;

	half->tls = tls_rw_bpf__open();
	if (!half->tls)
		return refused("the TLS programs", -errno);
	half->tls->rodata->agent_tgid = setup->agent_tgid;
	half->tls->rodata->wake_bytes = wake_bytes(setup);
	for (int i = 0; i < DIRECTION_MAX; i++)
		half->tls->rodata->call_limit[i] = setup->call_limit[i];
	(void)bpf_map__set_max_entries(half->tls->maps.ring, (uint32_t)setup->ring_bytes);
	if (setup->multi) {
		bpf_object__for_each_program(program, half->tls->obj)
			(void)bpf_program__set_expected_attach_type(program, ATTACH_TYPE_UPROBE_MULTI);
	}
	err = tls_rw_bpf__load(half->tls);
	return err < 0 ? refused("the TLS programs", err) : 0;
}

/* Both objects use one set of maps. */
static void share_maps(struct kernel_half *half)
{
	struct bpf_map *map, *shared;

	bpf_object__for_each_map(map, half->process->obj) {
		if (bpf_map__is_internal(map))
			continue;
		shared = bpf_object__find_map_by_name(half->tls->obj, bpf_map__name(map));
		if (shared)
			(void)bpf_map__reuse_fd(map, bpf_map__fd(shared));
	}
}

static int load_process(struct kernel_half *half, const struct kernel_half_setup *setup)
{
	int err;

	half->process = process_bpf__open();
	if (!half->process)
		return refused("the process programs", -errno);
	half->process->rodata->wake_bytes = wake_bytes(setup);
	share_maps(half);
	err = process_bpf__load(half->process);
	if (err == 0)
		err = process_bpf__attach(half->process);
	return err < 0 ? refused("the process programs", err) : 0;
}

int kernel_half_load(const struct kernel_half_setup *setup, struct kernel_half **ret)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	struct kernel_half *half = calloc(1, sizeof(*half));
	int err;

	if (!half)
		return -ENOMEM;
	(void)libbpf_set_print(print_libbpf);
	(void)libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	/* Only kernels before 5.11 charge maps to this limit. */
	(void)setrlimit(RLIMIT_MEMLOCK, &unlimited);
	half->multi = setup->multi;
	half->cpus = libbpf_num_possible_cpus();
	half->per_cpu = calloc(half->cpus > 0 ? (size_t)half->cpus : 1, sizeof(*half->per_cpu));
	err = half->cpus < 0 ? half->cpus : half->per_cpu ? load_tls(half, setup) : -ENOMEM;
	if (err == 0)
		err = load_process(half, setup);
	if (err < 0) {
		kernel_half_free(half);
		return err;
	}
	*ret = half;
	return 0;
}

void kernel_half_free(struct kernel_half *half)
{
	if (!half)
		return;
	process_bpf__destroy(half->process);
	tls_rw_bpf__destroy(half->tls);
	free(half->per_cpu);
	free(half);
}

void kernel_half_programs(const struct kernel_half *half, struct attach_programs *ret)
{
	*ret = (struct attach_programs){
		.write = bpf_program__fd(half->tls->progs.tls_write),
		.write_ex = bpf_program__fd(half->tls->progs.tls_write_ex),
		.read = bpf_program__fd(half->tls->progs.tls_read),
		.read_ex = bpf_program__fd(half->tls->progs.tls_read_ex),
		.ret = bpf_program__fd(half->tls->progs.tls_return),
		.free = bpf_program__fd(half->tls->progs.tls_free),
		.multi = half->multi,
	};
}

int kernel_half_ring_fd(const struct kernel_half *half)
{
	return bpf_map__fd(half->tls->maps.ring);
}

int kernel_half_verdicts_fd(const struct kernel_half *half)
{
	return bpf_map__fd(half->tls->maps.verdicts);
}

int kernel_half_set_attached(struct kernel_half *half, uint32_t index, uint64_t when_ns)
{
	return bpf_map_update_elem(bpf_map__fd(half->tls->maps.attached_ns), &index, &when_ns, BPF_ANY);
}

void kernel_half_next_decoder(struct kernel_half *half)
{
	half->tls->data->decoder_epoch++;
}

int kernel_half_drops(const struct kernel_half *half, uint64_t ret_drops[SKIP_REASON_MAX])
{
	int fd = bpf_map__fd(half->tls->maps.drops);

	for (uint32_t reason = 0; reason < SKIP_REASON_MAX; reason++) {
		int err = bpf_map_lookup_elem(fd, &reason, half->per_cpu);

		if (err < 0)
			return err;
		ret_drops[reason] = 0;
		for (int cpu = 0; cpu < half->cpus; cpu++)
			ret_drops[reason] += half->per_cpu[cpu];
	}
	return 0;
}

static bool is_gone(const struct kernel_half *half, const struct connection_key *key)
{
	struct process_value process;

	return bpf_map_lookup_elem(bpf_map__fd(half->tls->maps.processes), &key->tgid, &process) < 0 ||
	       process.incarnation != key->incarnation;
}

size_t kernel_half_sweep(struct kernel_half *half)
{
	int fd = bpf_map__fd(half->tls->maps.connections);
	struct connection_key key, next;
	bool more = bpf_map_get_next_key(fd, NULL, &next) == 0;
	size_t swept = 0;

	while (more) {
		key = next;
		/* The successor first: after a deletion the walk would begin anew. */
		more = bpf_map_get_next_key(fd, &key, &next) == 0;
		if (is_gone(half, &key) && bpf_map_delete_elem(fd, &key) == 0)
			swept++;
	}
	return swept;
}
