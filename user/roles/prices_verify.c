/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `promtap prices verify`: prices as a person should look at them again. Which
 * models are called without a price is asked of the agent that runs here, else
 * of its history.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <curl/curl.h>	/* behind stdlib.h: its limits.h is not the C library's */

#include "analysis/price_row.h"
#include "analysis/price_verify.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "export/tls_pair.h"
#include "history/history.h"
#include "roles/outputs.h"
#include "roles/roles.h"
#include "roles/settings.h"
#include "roles/state_folder.h"

#define EXIT_WRONG 2
#define SECONDS_A_DAY 86400
#define METRICS_BYTES_MAX (64u << 20)
#define ANSWER_MS 5000
#define HISTORY_FILE "history.db"
#define HISTORY_DAYS 30ull
#define HISTORY_CALLS_MAX 1000000

struct verify {
	const char *file;	/* null: the built-in table alone */
	const char *certificate;	/* file of the agent's; null: it speaks plain HTTP */
	int64_t now_unix_ns;
	size_t doubts;
	struct price_table *mine, *builtin;
};

/* ---- age and jumps --------------------------------------------------------------------------------- */

/* Of a file that names no day: since it was changed. */
static void print_age(struct verify *verify, const char *name, int64_t day, bool is_change)
{
	int64_t days = verify->now_unix_ns / (int64_t)NSEC_PER_SEC / SECONDS_A_DAY - day;

	if (days <= PRICE_OLD_DAYS)
		return;
	printf("%s: %s %" PRId64 " days %s, more than %d: compare with the providers' price lists\n", name,
	       is_change ? "was changed" : "its prices are", days, is_change ? "ago" : "old", PRICE_OLD_DAYS);
	verify->doubts++;
}

static void print_jump(void *ctx, const struct price_jump *jump)
{
	struct verify *verify = ctx;
	const struct price_row *row = jump->row;

	printf("%s:%u: %s of %s %s%s%s is %g, the built-in table has %g: is the unit right?\n", verify->file, row->line,
	       price_class_name(jump->class), row->provider, row->model, *row->tier ? ", tier " : "", row->tier,
	       price_in_file(row->pico_usd[jump->class], jump->class),
	       price_in_file(jump->before->pico_usd[jump->class], jump->class));
	verify->doubts++;
}

/* ---- what is lacking ------------------------------------------------------------------------------- */

static size_t take_bytes(char *bytes, size_t size, size_t count, void *ctx)
{
	return buffer_append(ctx, bytes, size * count) == 0 ? size * count : 0;
}

/* The first certificate, which is the agent's own; those of its authorities follow. */
static size_t own_bytes(const struct buffer *pem)
{
	static const char end[] = "-----END CERTIFICATE-----";
	const char *found = pem->len > 0 ? memmem(pem->data, pem->len, end, sizeof(end) - 1) : NULL;

	return found ? (size_t)(found - pem->data) + sizeof(end) - 1 : pem->len;
}

/* The agent's own certificate answers, under whatever name it was made for; none other is trusted, of its authority's
 * neither. */
static CURLcode trust(CURL *curl, const char *certificate)
{
	struct buffer pem = { .limit = TLS_FILE_BYTES_MAX };
	struct curl_blob blob = { .flags = CURL_BLOB_COPY };
	CURLcode result = CURLE_SSL_CACERT_BADFILE;

	if (!certificate)
		return CURLE_OK;
	if (file_read(certificate, TLS_FILE_BYTES_MAX, &pem) == 0) {
		blob.data = pem.data;
		blob.len = own_bytes(&pem);
		result = curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob);
	}
	buffer_done(&pem);
	if (result == CURLE_OK)
		result = curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	return result == CURLE_OK ? curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L) : result;
}

/* The agent's own address: neither a proxy nor a redirect can be meant. */
static CURLcode fetch(const char *url, const char *certificate, struct buffer *out)
{
	CURL *curl = curl_easy_init();
	CURLcode result = CURLE_OUT_OF_MEMORY;

	if (!curl)
		return result;
	result = trust(curl, certificate);
	if (result == CURLE_OK && curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)ANSWER_MS) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes) == CURLE_OK &&
	    curl_easy_setopt(curl, CURLOPT_WRITEDATA, out) == CURLE_OK)
		result = curl_easy_perform(curl);
	curl_easy_cleanup(curl);
	return result;
}

static void on_call(void *ctx, const struct call *call)
{
	price_lacks_call(ctx, call);
}

/* Where no agent runs, or another address was meant. */
static bool ask_history(struct price_lacks *lacks, const struct options *options, int64_t now_unix_ns)
{
	uint64_t since = options->since ? options->since : HISTORY_DAYS * SECONDS_A_DAY * NSEC_PER_SEC;
	auto_close int folder = -1;

	if (access(options->state_dir, F_OK) < 0)
		return false;
	folder = state_folder_open_as_owner(options->state_dir);
	if (folder < 0 || faccessat(folder, HISTORY_FILE, R_OK, AT_EACCESS) < 0)
		return false;
	return history_calls(folder, now_unix_ns - (int64_t)since, HISTORY_CALLS_MAX, on_call, lacks) >= 0;
}

static void ask(struct verify *verify, struct price_lacks *lacks, const struct options *options)
{
	struct buffer metrics = { .limit = METRICS_BYTES_MAX };
	char url[160];
	CURLcode result;

	(void)snprintf(url, sizeof(url), "%s://%.128s/metrics", verify->certificate ? "https" : "http", options->listen);
	result = fetch(url, verify->certificate, &metrics);
	if (result == CURLE_OK)
		price_lacks_metrics(lacks, buffer_slice(&metrics), verify->now_unix_ns);
	else if (!ask_history(lacks, options, verify->now_unix_ns))
		log_warn("no agent answers at %s (%s), and %s holds no history: which models were called is not known",
			 options->listen, curl_easy_strerror(result), options->state_dir);
	buffer_done(&metrics);
}

static int print_lacks(struct verify *verify, const struct options *options)
{
	const struct price_table *tables[] = { verify->mine, verify->builtin };
	struct price_lacks *lacks = price_lacks_new(tables, ARRAY_SIZE(tables));
	struct price_lack lack;

	if (!lacks)
		return -ENOMEM;
	ask(verify, lacks, options);
	for (size_t i = 0; price_lacks_at(lacks, i, &lack); i++) {
		printf("%s %s: called %.0f times, and has no price: add a row\n", lack.provider, lack.model,
		       lack.calls);
		verify->doubts++;
	}
	price_lacks_free(lacks);
	return 0;
}

/* ---- the whole -------------------------------------------------------------------------------------- */

static int read_mine(struct verify *verify)
{
	auto_close int fd = outputs_open_prices(verify->file);
	struct buffer text = { 0 };
	char error[PRICE_ERROR_BYTES] = "";
	struct stat status = { 0 };
	int64_t day;
	int err = fd < 0 ? fd : file_read_fd(fd, PRICE_FILE_BYTES_MAX, &text);

	if (err == 0)
		err = price_table_parse(verify->file, buffer_slice(&text), &verify->mine, error);
	if (err < 0) {
		log_error("%s%s%s", *error ? error : verify->file, *error ? "" : ": ", *error ? "" : strerror(-err));
	} else {
		day = price_text_day(buffer_slice(&text));
		(void)fstat(fd, &status);
		print_age(verify, verify->file, day >= 0 ? day : status.st_mtim.tv_sec / SECONDS_A_DAY, day < 0);
	}
	buffer_done(&text);
	return err;
}

static int verify_all(struct verify *verify, const struct options *options)
{
	int err = verify->file ? read_mine(verify) : 0;

	if (err < 0)
		return EXIT_WRONG;
	verify->builtin = price_table_builtin();
	if (!verify->builtin)
		return EXIT_FAILURE;
	print_age(verify, "built-in table", price_builtin_day(), false);
	if (verify->mine)
		(void)price_jumps(verify->mine, verify->builtin, print_jump, verify);
	if (print_lacks(verify, options) < 0)
		return EXIT_FAILURE;
	if (verify->doubts == 0)
		printf("%s: nothing to doubt\n", verify->file ? verify->file : "built-in table");
	return verify->doubts > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int prices_verify_run(const char *file, const struct settings *settings)
{
	const struct options *options = &settings->line.options;
	struct verify verify = {
		.file = file ? file : options->prices,
		.certificate = settings_certificate_file(settings),
		.now_unix_ns = (int64_t)clock_ns(CLOCK_REALTIME),
	};
	int status = verify_all(&verify, options);

	price_table_free(verify.mine);
	price_table_free(verify.builtin);
	return status;
}
