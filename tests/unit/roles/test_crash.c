/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's half behind the calls is killed before each of its writes to the
 * state folder, and in the middle of each, and started again, until its story is
 * over: each place has then been told of each transition, under one id, and
 * once, but for what was under way to it at a death. Where a place takes nothing
 * the queue has each transition once.
 *
 * The calls that change a file are taken over here; those of sockets and of
 * other tests go through. The receiver and the story's clock outlive the child.
 */
#include "roles/judgement.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "roles/settings.h"
#include "unit.h"

#define SECOND ((int64_t)NSEC_PER_SEC)
#define START (1750000000 * SECOND)
#define STEPS_MAX 1000
#define PATIENCE_MS 20000
#define PAUSE_NS 1500000

/* ---- death ------------------------------------------------------------------------------------------- */

static struct {
	atomic_bool armed;
	atomic_int left;	/* steps to live */
} death;

/* Whether this step is the last. */
static bool is_last(void)
{
	return atomic_load(&death.armed) && atomic_fetch_sub(&death.left, 1) == 1;
}

static void die_at_last(void)
{
	if (is_last())
		(void)kill(getpid(), SIGKILL);
}

static bool is_file(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
	if (atomic_load(&death.armed) && is_file(fd)) {
		die_at_last();
		if (is_last()) {
			(void)syscall(SYS_write, fd, bytes, len / 2);
			(void)kill(getpid(), SIGKILL);
		}
	}
	return syscall(SYS_write, fd, bytes, len);
}

int fdatasync(int fd)
{
	die_at_last();
	return (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
	die_at_last();
	return (int)syscall(SYS_fsync, fd);
}

int ftruncate(int fd, off_t len)
{
	die_at_last();
	return (int)syscall(SYS_ftruncate, fd, len);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
	die_at_last();
#ifdef SYS_renameat	/* as the C library does: the sandbox knows the difference */
	return (int)syscall(SYS_renameat, from_folder, from, to_folder, to);
#else
	return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, 0);
#endif
}

static struct settings settings;
static char folder_path[64];
static int folder;

/* What outlives a child. */
static struct {
	unsigned second;	/* of the story, that is not over */
	atomic_uint told;	/* to each place, of each alert, each state: once */
} *shared;

/* ---- who is told ------------------------------------------------------------------------------------- */

/* Of each place, alert and state the ids it came under. */
static const char *const places[] = { "/ops", "/audit" };
static const char *const stacks[] = { "openssl", "gnutls" };
static const char *const states[] = { "firing", "resolved" };
#define PLACES ARRAY_SIZE(places)
#define STACKS ARRAY_SIZE(stacks)
#define STATES ARRAY_SIZE(states)
#define ID_BYTES 64

static struct receiver {
	int listener;
	unsigned port;
	pthread_t thread;
	atomic_bool stop;
	char ids[PLACES][STACKS][STATES][ID_BYTES];
	unsigned again, others;		/* under the same id; under another */
	atomic_bool down;		/* it takes nothing */
} receiver;

static size_t index_of(const char *const *words, size_t count, const char *request, const char *before, const char *after)
{
	char text[64];

	for (size_t i = 0; i < count; i++) {
		(void)snprintf(text, sizeof(text), "%s%s%s", before, words[i], after);
		if (strstr(request, text))
			return i;
	}
	ck_abort_msg("not expected: %s", request);
	return 0;
}

static void take_note(const char *request)
{
	size_t place = index_of(places, PLACES, request, "POST ", " ");
	size_t stack = index_of(stacks, STACKS, request, "\"detail\":\"", "\"");
	size_t state = index_of(states, STATES, request, "\"state\":\"", "\"");
	const char *at = strcasestr(request, "x-promtap-id: ");
	char *known = receiver.ids[place][stack][state], id[ID_BYTES] = "";

	ck_assert_ptr_nonnull(at);
	at += strlen("x-promtap-id: ");
	(void)slice_copy(id, sizeof(id), (struct slice){ at, strcspn(at, "\r\n") });
	if (!*known) {
		memcpy(known, id, sizeof(id));
		atomic_fetch_add(&shared->told, 1);
	} else if (strcmp(known, id) == 0) {
		receiver.again++;
	} else {
		receiver.others++;
	}
}

/* A request that a death cut short is none. */
static void serve(int fd)
{
	static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
	static const char down[] = "HTTP/1.1 503 Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
	static char request[16384];
	size_t len = 0;
	ssize_t n;

	while (len + 1 < sizeof(request) && (n = read(fd, request + len, sizeof(request) - 1 - len)) > 0) {
		const char *body, *field;

		len += (size_t)n;
		request[len] = '\0';
		body = strstr(request, "\r\n\r\n");
		field = strcasestr(request, "content-length:");
		if (!body || !field || strlen(body + 4) < strtoul(field + strlen("content-length:"), NULL, 10))
			continue;
		if (atomic_load(&receiver.down)) {
			(void)send(fd, down, sizeof(down) - 1, MSG_NOSIGNAL);
			break;
		}
		take_note(request);
		(void)send(fd, ok, sizeof(ok) - 1, MSG_NOSIGNAL);
		break;
	}
	(void)close(fd);
}

static void *receiver_main(void *ctx)
{
	struct pollfd poll_fd = { .fd = receiver.listener, .events = POLLIN };

	while (!atomic_load(&receiver.stop))
		if (poll(&poll_fd, 1, 20) == 1)
			serve(accept4(receiver.listener, NULL, NULL, SOCK_CLOEXEC));
	return ctx;
}

static void start_receiver(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);

	receiver.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(receiver.listener, (struct sockaddr *)&address, len), 0);
	ck_assert_int_eq(listen(receiver.listener, 64), 0);
	ck_assert_int_eq(getsockname(receiver.listener, (struct sockaddr *)&address, &len), 0);
	receiver.port = ntohs(address.sin_port);
	ck_assert_int_eq(pthread_create(&receiver.thread, NULL, receiver_main, NULL), 0);
}

/* What it was told is told anew. */
static void clear_receiver(void)
{
	memset(receiver.ids, 0, sizeof(receiver.ids));
	receiver.again = receiver.others = 0;
}

/* ---- the queue --------------------------------------------------------------------------------------- */

#define QUEUE_LINES_MAX 64

/* What the file has, as text: the next start reads it anew. */
struct queue_file {
	char bytes[65536];
	struct {
		unsigned number;
		char channel[16], id[ID_BYTES];
	} puts[QUEUE_LINES_MAX];
	unsigned count, busy;	/* live ones; channels that have any */
};

static void drop_number(struct queue_file *queue, unsigned number)
{
	for (unsigned i = 0; i < queue->count; i++)
		if (queue->puts[i].number == number)
			queue->puts[i--] = queue->puts[--queue->count];
}

static void count_busy(struct queue_file *queue)
{
	queue->busy = 0;
	for (size_t place = 0; place < PLACES; place++)
		for (unsigned i = 0; i < queue->count; i++)
			if (strcmp(queue->puts[i].channel, places[place] + 1) == 0) {
				queue->busy++;
				break;
			}
}

static void read_queue(struct queue_file *queue)
{
	int fd = openat(folder, "notify.queue", O_RDONLY | O_CLOEXEC);
	ssize_t len = fd >= 0 ? read(fd, queue->bytes, sizeof(queue->bytes) - 1) : 0;
	char *rest = queue->bytes, *line;

	queue->bytes[len > 0 ? len : 0] = '\0';
	queue->count = 0;
	while (strchr(rest, '\n') && (line = strsep(&rest, "\n"))) {
		unsigned number, i = queue->count;

		ck_assert_uint_lt(i, QUEUE_LINES_MAX);
		if (sscanf(line, "+ %u %*s %15s id=%63s", &queue->puts[i].number, queue->puts[i].channel, queue->puts[i].id) == 3)
			queue->count++;
		else if (sscanf(line, "- %u ", &number) == 1)
			drop_number(queue, number);
	}
	count_busy(queue);
	if (fd >= 0)
		(void)close(fd);
}

/* ---- the story --------------------------------------------------------------------------------------- */

/* A second of it: processes without cover, and what has been told when it is over. */
static const struct {
	uint32_t uncovered[STACKS];
	unsigned told;
} story[] = {
	{ { 0, 0 }, 0 },
	{ { 3, 0 }, 1 * PLACES },
	{ { 3, 1 }, 2 * PLACES },
	{ { 0, 1 }, 3 * PLACES },
	{ { 0, 0 }, 4 * PLACES },
};
#define STORY_SECONDS ARRAY_SIZE(story)

static void pause_a_little(void)
{
	(void)nanosleep(&(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
}

static void tick(struct judgement *judgement, unsigned second)
{
	struct coverage_row rows[STACKS];

	for (size_t i = 0; i < STACKS; i++)
		rows[i] = (struct coverage_row){ .stack = stacks[i], .covered = 1, .uncovered = story[second].uncovered[i] };
	judgement_coverage(judgement, rows, STACKS);
	judgement_tick(judgement, START + second * SECOND, second * SECOND);
	pause_a_little();
}

static unsigned told_so_far(void)
{
	static struct queue_file queue;

	if (!atomic_load(&receiver.down))
		return atomic_load(&shared->told);
	read_queue(&queue);
	return queue.count;
}

/* From where the one before died. A second is over when all was told that it had to tell. */
static void live(int steps)
{
	uint64_t end_ns = clock_monotonic_ns() + PATIENCE_MS * NSEC_PER_MSEC;
	struct analysis *analysis = analysis_new("1", MONEY_AT_APPLICATION, NULL, NULL);
	struct judgement *judgement = NULL;

	atomic_store(&death.left, steps);
	atomic_store(&death.armed, steps > 0);
	if (judgement_new(&settings, MONEY_AT_APPLICATION, folder, analysis, START, &judgement) < 0)
		_exit(1);
	while (shared->second < STORY_SECONDS && clock_monotonic_ns() < end_ns) {
		tick(judgement, shared->second);
		if (told_so_far() >= story[shared->second].told)
			shared->second++;
	}
	/* What would be told once more is told now. */
	for (int i = 0; i < 3; i++)
		tick(judgement, STORY_SECONDS - 1);
	judgement_free(judgement);
	analysis_free(analysis);
	_exit(0);
}

/* Whether it was killed. */
static bool run_child(int steps)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		live(steps);
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0, "status %x", status);
	return WIFSIGNALED(status);
}

static void empty_folder(void)
{
	DIR *listing = opendir(folder_path);
	const struct dirent *entry;

	while (listing && (entry = readdir(listing)))
		(void)unlinkat(folder, entry->d_name, 0);
	if (listing)
		(void)closedir(listing);
}

static void check_told(int steps, int more_steps, unsigned under_way)
{
	for (size_t place = 0; place < PLACES; place++)
		for (size_t stack = 0; stack < STACKS; stack++)
			for (size_t state = 0; state < STATES; state++)
				ck_assert_msg(*receiver.ids[place][stack][state], "killed at %d and %d: %s is not told that %s is %s",
					      steps, more_steps, places[place], stacks[stack], states[state]);
	ck_assert_msg(receiver.others == 0, "killed at %d and %d: %u told under two ids", steps, more_steps, receiver.others);
	ck_assert_msg(receiver.again <= under_way, "killed at %d and %d: %u told again, %u were under way", steps, more_steps,
		      receiver.again, under_way);
}

static void check_queue(int steps, int more_steps)
{
	static struct queue_file queue;

	read_queue(&queue);
	ck_assert_msg(queue.count == PLACES * STACKS * STATES, "killed at %d and %d: %u messages wait", steps, more_steps, queue.count);
	for (unsigned i = 0; i < queue.count; i++)
		for (unsigned k = 0; k < i; k++)
			ck_assert_msg(strcmp(queue.puts[i].channel, queue.puts[k].channel) != 0 ||
				      strcmp(queue.puts[i].id, queue.puts[k].id) != 0,
				      "killed at %d and %d: %s waits twice", steps, more_steps, queue.puts[i].id);
}

/* Channels to which something was under way at the death, if it died. */
static bool run_until(int steps, unsigned *under_way)
{
	static struct queue_file queue;

	if (!run_child(steps))
		return false;
	read_queue(&queue);
	*under_way += queue.busy;
	return true;
}

/* A child is killed at step `steps`, the next one at `more_steps` (0: not), the one after that goes to the end. Whether the
 * first lived that long. */
static bool tell_story(int steps, int more_steps)
{
	unsigned under_way = 0;
	bool killed;

	empty_folder();
	clear_receiver();
	shared->second = 0;
	atomic_store(&shared->told, 0);
	killed = run_until(steps, &under_way);
	if (killed && more_steps > 0)
		(void)run_until(more_steps, &under_way);
	if (killed)
		(void)run_child(0);
	if (atomic_load(&receiver.down))
		check_queue(steps, more_steps);
	else
		check_told(steps, more_steps, under_way);
	return !killed;
}

static void setup(void)
{
	char url[2][96];
	char *words[] = {
		"promtap", "run", "--alerts-uncovered-hold", "0s", "--alerts-uncovered-cooldown", "0s", "--history-enabled=false",
		"--set", "notify.channels.ops.type=webhook", "--set", "notify.channels.ops.secret_env=KEY", "--set", url[0],
		"--set", "notify.channels.audit.type=webhook", "--set", "notify.channels.audit.secret_env=KEY", "--set", url[1],
		NULL,
	};
	char *variables[] = { "KEY=0123456789abcdef", NULL };

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(shared, MAP_FAILED);
	start_receiver();
	(void)snprintf(url[0], sizeof(url[0]), "notify.channels.ops.url=http://127.0.0.1:%u/ops", receiver.port);
	(void)snprintf(url[1], sizeof(url[1]), "notify.channels.audit.url=http://127.0.0.1:%u/audit", receiver.port);
	ck_assert_int_eq(settings_parse(ARRAY_SIZE(words) - 1, words, variables, &settings, stderr), 0);
	/* Of a disk hundreds of deaths take a minute. */
	(void)snprintf(folder_path, sizeof(folder_path), "%s/promtap-crash-XXXXXX",
		       access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(folder_path));
	folder = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void teardown(void)
{
	empty_folder();
	(void)close(folder);
	(void)rmdir(folder_path);
	settings_done(&settings);
	atomic_store(&receiver.stop, true);
	(void)pthread_join(receiver.thread, NULL);
	(void)close(receiver.listener);
	(void)munmap(shared, sizeof(*shared));
}

START_TEST(killed_before_and_in_each_write)
{
	int steps = 1;

	while (steps < STEPS_MAX && !tell_story(steps, 0))
		steps++;
	/* Each transition is a state, a line in the queue for each place, and their ends. */
	ck_assert_int_gt(steps, 40);
	ck_assert_int_lt(steps, STEPS_MAX);
}
END_TEST

/* The one that takes up what another left is killed in its turn, at the start and later. */
START_TEST(killed_twice)
{
	int steps = 1;

	while (steps < STEPS_MAX && !tell_story(steps, 1 + steps * 7 % 23))
		steps += 2;
	ck_assert_int_lt(steps, STEPS_MAX);
}
END_TEST

START_TEST(the_queue_has_each_once)
{
	int steps = 1;

	atomic_store(&receiver.down, true);
	while (steps < STEPS_MAX && !tell_story(steps, steps % 3 == 0 ? 1 + steps % 13 : 0))
		steps++;
	ck_assert_int_lt(steps, STEPS_MAX);
}
END_TEST

static Suite *make(void)
{
	Suite *suite = suite_create("roles: crash");
	TCase *tcase = tcase_create("crash");

	tcase_set_timeout(tcase, 600);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, killed_before_and_in_each_write);
	tcase_add_test(tcase, killed_twice);
	tcase_add_test(tcase, the_queue_has_each_once);
	suite_add_tcase(suite, tcase);
	return suite;
}
UNIT_SUITE(make)
