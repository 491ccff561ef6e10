/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/transport.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"

#define ANSWER_BYTES_MAX 65536

#define WAIT_MS 100	/* until `stop` is looked at */

struct transport {
	CURL *curl;
	CURLM *multi;		/* for waiting in steps */
	const struct notify_config *notify;
	const struct channel_config *channel;
	const atomic_bool *stop;
	curl_socket_t socket;	/* of the last attempt, kept open for the next */
	size_t answered;	/* bytes of the answer */
	struct slice unread;	/* of a mail's body */
};

int transport_init(void)
{
	return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -1;
}

struct transport *transport_new(const struct notify_config *notify, const struct channel_config *channel,
				const atomic_bool *stop)
{
	struct transport *transport = calloc(1, sizeof(*transport));

	if (!transport)
		return NULL;
	*transport = (struct transport){ .notify = notify, .channel = channel, .stop = stop, .curl = curl_easy_init(),
					 .multi = curl_multi_init(), .socket = CURL_SOCKET_BAD };
	if (transport->curl && transport->multi)
		return transport;
	transport_free(transport);
	return NULL;
}

void transport_free(struct transport *transport)
{
	if (!transport)
		return;
	/* Else the mail server is told to quit, and its answer waited for. */
	if (transport->channel->type == CHANNEL_EMAIL && transport->socket != CURL_SOCKET_BAD)
		(void)shutdown(transport->socket, SHUT_RDWR);
	curl_easy_cleanup(transport->curl);
	(void)curl_multi_cleanup(transport->multi);
	free(transport);
}

/* ---- callbacks ---------------------------------------------------------------------------------------- */

/* What the place answers interests nobody, and may be long. */
static size_t on_answer(char *bytes, size_t size, size_t count, void *ctx)
{
	struct transport *transport = ctx;

	(void)bytes;
	transport->answered += size * count;
	return transport->answered > ANSWER_BYTES_MAX ? 0 : size * count;
}

static size_t on_read(char *bytes, size_t size, size_t count, void *ctx)
{
	struct transport *transport = ctx;
	size_t room = size * count, n = transport->unread.len < room ? transport->unread.len : room;

	if (n > 0)
		memcpy(bytes, transport->unread.ptr, n);
	transport->unread.ptr += n;
	transport->unread.len -= n;
	return n;
}

/* ---- setting up --------------------------------------------------------------------------------------- */

/* The file itself can be read by the tracer alone. */
static void set_authorities(CURL *curl, char *pem)
{
	struct curl_blob blob = { .data = pem, .flags = CURL_BLOB_NOCOPY };

	if (!pem)
		return;
	blob.len = strlen(pem);
	curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob);
	curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);	/* else the system's folder is trusted beside it */
}

static void set_common(struct transport *transport, const struct letter *letter)
{
	CURL *curl = transport->curl;

	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, letter->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, letter->is_mail ? "smtp,smtps" : "https,http");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(transport->channel->timeout / NSEC_PER_MSEC));
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, transport);
	curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);	/* a name that is being looked up is not waited for */
	curl_easy_setopt(curl, CURLOPT_PROXY, "");	/* none of the environment, which is in no allow-list */
	set_authorities(curl, transport->notify->ca);
}

static struct curl_slist *set_post(struct transport *transport, const struct letter *letter)
{
	CURL *curl = transport->curl;
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");

	for (size_t i = 0; headers && i < letter->header_count; i++) {
		struct curl_slist *more = curl_slist_append(headers, letter->headers[i]);

		if (!more) {
			curl_slist_free_all(headers);
			return NULL;
		}
		headers = more;
	}
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "promtap");
	curl_easy_setopt(curl, CURLOPT_POST, 1L);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, letter->body.data);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)letter->body.len);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	return headers;
}

/* A password never goes over a line that is not encrypted, whatever the configuration says. */
static struct curl_slist *set_mail(struct transport *transport, const struct letter *letter)
{
	const struct channel_config *channel = transport->channel;
	struct curl_slist *receivers = NULL;
	CURL *curl = transport->curl;
	char host[256];
	bool plain;

	url_host(letter->url, host);
	plain = !channel->secret && (transport->notify->allow_plain || host_is_loopback(host));
	for (size_t i = 0; i < channel->to.count; i++) {
		struct curl_slist *more = curl_slist_append(receivers, channel->to.items[i]);

		if (!more) {
			curl_slist_free_all(receivers);
			return NULL;
		}
		receivers = more;
	}
	curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)(plain ? CURLUSESSL_TRY : CURLUSESSL_ALL));
	curl_easy_setopt(curl, CURLOPT_MAIL_FROM, channel->from);
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, receivers);
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);	/* one that is gone costs the others nothing */
	if (channel->secret) {
		curl_easy_setopt(curl, CURLOPT_USERNAME, channel->user ? channel->user : channel->from);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, channel->secret);
	}
	transport->unread = buffer_slice(&letter->body);
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(curl, CURLOPT_READDATA, transport);
	return receivers;
}

/* ---- what came of it ---------------------------------------------------------------------------------- */

/* What is wrong with this one message is final; what may be, is denied; all else may be mended at the other end. */
static enum outbox_result meaning_of(long status, bool is_mail)
{
	if (is_mail)
		return status >= 550 && status <= 554 ? OUTBOX_REFUSED : OUTBOX_RETRY;
	switch (status) {
	case 400:
	case 413:
	case 422:
		return OUTBOX_REFUSED;
	case 408:
	case 425:
	case 429:
		return OUTBOX_RETRY;
	default:
		return status >= 300 && status < 500 ? OUTBOX_DENIED : OUTBOX_RETRY;
	}
}

static uint64_t retry_after(CURL *curl)
{
	curl_off_t seconds = 0;

	if (curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds) != CURLE_OK || seconds <= 0 || seconds > 86400)
		return 0;
	return (uint64_t)seconds * NSEC_PER_SEC;
}

static enum outbox_result result_of(struct transport *transport, CURLcode code, bool is_mail, uint64_t *ret_retry_after_ns,
				    char ret_problem[TRANSPORT_PROBLEM_BYTES])
{
	long status = 0;

	(void)curl_easy_getinfo(transport->curl, CURLINFO_RESPONSE_CODE, &status);
	/* Mail: curl itself looks at the codes. Else what has begun to say yes has taken it, also if it is long or is cut. */
	if (is_mail ? code == CURLE_OK : status >= 200 && status < 300)
		return OUTBOX_SENT;
	*ret_retry_after_ns = retry_after(transport->curl);
	if (code == CURLE_OK || code == CURLE_WRITE_ERROR || (is_mail && status > 0))
		(void)snprintf(ret_problem, TRANSPORT_PROBLEM_BYTES, "it answers %ld", status);
	else
		(void)snprintf(ret_problem, TRANSPORT_PROBLEM_BYTES, "%s", curl_easy_strerror(code));
	return meaning_of(status, is_mail);
}

/* As curl_easy_perform(), which looks up once a second whether it is to end. */
static CURLcode perform(struct transport *transport)
{
	CURLcode code = CURLE_ABORTED_BY_CALLBACK;
	CURLMcode err = curl_multi_add_handle(transport->multi, transport->curl);
	int running = 1, left;

	while (err == CURLM_OK && running > 0 && !atomic_load(transport->stop)) {
		err = curl_multi_perform(transport->multi, &running);
		if (err == CURLM_OK && running > 0)
			err = curl_multi_poll(transport->multi, NULL, 0, WAIT_MS, NULL);
	}
	for (CURLMsg *message; (message = curl_multi_info_read(transport->multi, &left));)
		code = message->msg == CURLMSG_DONE ? message->data.result : code;
	/* What was cut off is closed, and the number may be another's soon. */
	transport->socket = CURL_SOCKET_BAD;
	if (running == 0)
		(void)curl_easy_getinfo(transport->curl, CURLINFO_ACTIVESOCKET, &transport->socket);
	(void)curl_multi_remove_handle(transport->multi, transport->curl);
	return err == CURLM_OK ? code : CURLE_OUT_OF_MEMORY;
}

enum outbox_result transport_send(struct transport *transport, const struct letter *letter, uint64_t *ret_retry_after_ns,
				  char ret_problem[TRANSPORT_PROBLEM_BYTES])
{
	struct curl_slist *list;
	enum outbox_result result;
	char host[256];

	*ret_retry_after_ns = 0;
	url_host(letter->url, host);
	if (transport->notify->allow_hosts.count > 0 &&
	    !host_is_allowed(&transport->notify->allow_hosts, host)) {
		(void)snprintf(ret_problem, TRANSPORT_PROBLEM_BYTES, "its host is not among notify.allow_hosts");
		return OUTBOX_REFUSED;
	}
	transport->answered = 0;
	set_common(transport, letter);
	list = letter->is_mail ? set_mail(transport, letter) : set_post(transport, letter);
	if (!list) {
		(void)snprintf(ret_problem, TRANSPORT_PROBLEM_BYTES, "out of memory");
		return OUTBOX_RETRY;
	}
	result = result_of(transport, perform(transport), letter->is_mail, ret_retry_after_ns, ret_problem);
	curl_slist_free_all(list);
	return result;
}
