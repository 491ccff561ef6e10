/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same discovery as `promtap run`, without probes. Files are inspected by
 * a child each that has no rights and little memory and time, because their
 * content is not to be trusted.
 */
#include "attach/check.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attach/attach.h"
#include "attach/machine.h"
#include "attach/self.h"
#include "base/cleanup.h"

#define NOBODY 65534u
#define CHILD_MEMORY_BYTES (1ull << 30)
#define CHILD_SECONDS 10u
#define ROUNDS_MAX 64	/* looks at /proc until nothing new is found */

/* ---- inspecting in a child ---------------------------------------------------------------------- */

/* Sanitizers reserve terabytes of addresses. */
#if defined(__SANITIZE_ADDRESS__)
#define CHILD_LIMITS_MEMORY false
#else
#define CHILD_LIMITS_MEMORY true
#endif

static bool child_confine(void)
{
	const struct rlimit memory = { CHILD_MEMORY_BYTES, CHILD_MEMORY_BYTES };
	const struct rlimit seconds = { CHILD_SECONDS, CHILD_SECONDS };
	const struct rlimit none = { 0, 0 };

	if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 ||
			       setresuid(NOBODY, NOBODY, NOBODY) != 0))
		return false;
	if (CHILD_LIMITS_MEMORY && setrlimit(RLIMIT_AS, &memory) != 0)
		return false;
	return setrlimit(RLIMIT_CPU, &seconds) == 0 && setrlimit(RLIMIT_CORE, &none) == 0 &&
	       prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

static __attribute__((noreturn)) void child_run(int file_fd, int answer_fd, const struct inspect_request *request)
{
	struct inspect_reply reply;

	if (!child_confine())
		_exit(EXIT_FAILURE);
	inspect_elf(file_fd, request, &reply);
	if (write(answer_fd, &reply, sizeof(reply)) != (ssize_t)sizeof(reply))
		_exit(EXIT_FAILURE);
	_exit(EXIT_SUCCESS);
}

/* Whatever happens to the child there is an answer. */
static void inspect_in_child(int file_fd, const struct inspect_request *request, struct inspect_reply *ret)
{
	int read_fd auto_close = -1, write_fd auto_close = -1;
	int ends[2];
	ssize_t n;
	pid_t pid;

	*ret = (struct inspect_reply){ .id = request->id, .result = INSPECT_FAILED };
	if (pipe2(ends, O_CLOEXEC) != 0)
		return;
	read_fd = ends[0];
	write_fd = ends[1];
	pid = fork();
	if (pid == 0)
		child_run(file_fd, write_fd, request);
	if (pid < 0)
		return;
	close_fd(&write_fd);
	write_fd = -1;
	n = read(read_fd, ret, sizeof(*ret));
	if (n != (ssize_t)sizeof(*ret) || ret->id != request->id)
		*ret = (struct inspect_reply){ .id = request->id, .result = INSPECT_FAILED };
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* ---- finding out -------------------------------------------------------------------------------- */

struct question {
	int fd;
	struct inspect_request request;
};

struct questions {
	struct question list[FILES_INSPECTING_MAX];
	size_t count;
};

static int on_inspect(void *ctx, int file_fd, const struct inspect_request *request)
{
	struct questions *questions = ctx;
	int fd;

	if (questions->count == ARRAY_SIZE(questions->list))
		return -EAGAIN;
	fd = fcntl(file_fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	questions->list[questions->count++] = (struct question){ fd, *request };
	return 0;
}

static bool is_own(void *ctx, pid_t pid)
{
	(void)ctx;
	return self_is_program_of(pid);
}

/* Answering makes room for further questions. */
static void answer_all(struct attach *attach, struct questions *questions)
{
	while (questions->count > 0) {
		struct question question = questions->list[--questions->count];
		struct inspect_reply reply;

		inspect_in_child(question.fd, &question.request, &reply);
		(void)close(question.fd);
		attach_on_inspected(attach, &reply);
	}
}

static int find_all(struct attach *attach, struct questions *questions)
{
	int error = attach_scan(attach);

	for (int round = 0; !error && round < ROUNDS_MAX; round++) {
		answer_all(attach, questions);
		if (attach_settled(attach))
			break;
		error = attach_scan(attach);
	}
	answer_all(attach, questions);
	return error;
}

static int by_pid(const void *a, const void *b)
{
	const struct coverage_entry *left = a, *right = b;

	return (left->pid > right->pid) - (left->pid < right->pid);
}

static struct coverage_entry *entries_take(const struct attach *attach, size_t *ret_count)
{
	size_t count = attach_coverage(attach, NULL, 0);
	struct coverage_entry *entries = calloc(count + 1, sizeof(*entries));

	if (!entries)
		return NULL;
	*ret_count = attach_coverage(attach, entries, count);
	qsort(entries, *ret_count, sizeof(*entries), by_pid);
	return entries;
}

/* ---- printing ----------------------------------------------------------------------------------- */

static const char *const verdict_names[FACT_VERDICT_MAX] = { "ok", "limited", "FAILS" };

static bool facts_print(FILE *out)
{
	struct machine_fact facts[MACHINE_FACTS_MAX];
	size_t count = machine_facts(facts);
	bool works = true;

	(void)fprintf(out, "This machine\n");
	for (size_t i = 0; i < count; i++) {
		works &= facts[i].verdict != FACT_FAILS;
		(void)fprintf(out, "  %-24s %-8s %s\n", facts[i].name, verdict_names[facts[i].verdict], facts[i].value);
		if (facts[i].verdict != FACT_OK)
			(void)fprintf(out, "  %-24s %-8s -> %s\n", "", "", facts[i].cure);
	}
	return works;
}

/* The process's name for itself, made printable. */
static void program_name(uint32_t pid, char ret_name[16])
{
	char path[32];
	size_t n;

	(void)snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	FILE *file auto_fclose = fopen(path, "re");
	n = file ? fread(ret_name, 1, 15, file) : 0;
	ret_name[n] = '\0';
	ret_name[strcspn(ret_name, "\n")] = '\0';
	for (char *c = ret_name; *c; c++) {
		if (*c < ' ' || *c > '~')
			*c = '?';
	}
}

static void entry_print(FILE *out, const struct coverage_entry *entry)
{
	char name[16];

	program_name(entry->pid, name);
	(void)fprintf(out, "  %7u  %-15s  %-9s  ", entry->pid, name, entry->stack);
	if (entry->covered)
		(void)fprintf(out, "yes      probes at: %s\n", site_rule_names[entry->rule]);
	else
		(void)fprintf(out, "no       %s\n", entry->why);
}

static void summary_print(FILE *out, const struct coverage_entry *entries, size_t count)
{
	struct coverage_stack rows[16];
	size_t row_count = coverage_sum(entries, count, rows, ARRAY_SIZE(rows));

	for (size_t i = 0; i < row_count; i++)
		(void)fprintf(out, "  %-9s  %u covered, %u not\n", rows[i].stack, rows[i].covered, rows[i].uncovered);
}

static int processes_print(FILE *out)
{
	struct questions questions = { .count = 0 };
	const struct attach_hooks hooks = { .ctx = &questions, .inspect = on_inspect, .is_own = is_own };
	struct attach *attach = attach_new(NULL, &hooks);
	struct coverage_entry *entries auto_free = NULL;
	size_t count = 0;
	int error;

	if (!attach)
		return -errno;
	error = find_all(attach, &questions);
	if (!error)
		entries = entries_take(attach, &count);
	if (!error && !entries)
		error = -ENOMEM;
	if (!error) {
		(void)fprintf(out, "\nProcesses with a TLS stack%s\n", count > 0 ? "" : ": none");
		if (count > 0)
			(void)fprintf(out, "  %7s  %-15s  %-9s  %s\n", "PID", "PROGRAM", "STACK", "COVERED");
		for (size_t i = 0; i < count; i++)
			entry_print(out, &entries[i]);
		(void)fprintf(out, "%s", count > 0 ? "\nIn all\n" : "");
		summary_print(out, entries, count);
	}
	attach_free(attach);
	return error;
}

int attach_check_run(FILE *out)
{
	bool works = facts_print(out);
	int error = processes_print(out);

	if (error)
		(void)fprintf(out, "\nProcesses could not be looked at: %s\n", strerror(-error));
	(void)fprintf(out, "\n%s\n", works && !error ? "promtap run works here." :
						      "promtap run does not work here: see the lines marked FAILS.");
	return works && !error ? EXIT_SUCCESS : EXIT_FAILURE;
}
