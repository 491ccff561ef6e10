/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/transport.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"

#define WAIT_MS 100	/* until `stop` is looked at */

struct transport {
	CURL *curl;
	CURLM *multi;		/* for waiting in steps */
	struct transport_setup setup;
	bool was_mail;		/* the last message */
	curl_socket_t socket;	/* of the last attempt, kept open for the next */
	size_t answered;	/* bytes of the answer */
	struct buffer *answer;	/* lent, as the next; null: none */
	struct slice unread;	/* of a mail's body */
};

int transport_init(void)
{
	return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -1;
}

struct transport *transport_new(const struct transport_setup *setup)
{
	struct transport *transport = calloc(1, sizeof(*transport));

	if (!transport)
		return NULL;
	*transport = (struct transport){ .setup = *setup, .curl = curl_easy_init(), .multi = curl_multi_init(),
					 .socket = CURL_SOCKET_BAD };
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
	if (transport->was_mail && transport->socket != CURL_SOCKET_BAD)
		(void)shutdown(transport->socket, SHUT_RDWR);
	curl_easy_cleanup(transport->curl);
	(void)curl_multi_cleanup(transport->multi);
	free(transport);
}

/* ---- callbacks ---------------------------------------------------------------------------------------- */

static size_t on_answer(char *bytes, size_t size, size_t count, void *ctx)
{
	struct transport *transport = ctx;
	size_t len = size * count;

	transport->answered += len;
	if (transport->answered > TRANSPORT_ANSWER_BYTES_MAX)
		return 0;
	if (transport->answer && buffer_append(transport->answer, bytes, len) < 0)
		return 0;
	return len;
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
static void set_authorities(CURL *curl, const char *pem)
{
	struct curl_blob blob = { .data = (void *)(uintptr_t)pem, .flags = CURL_BLOB_NOCOPY };

	if (!pem)
		return;
	blob.len = strlen(pem);
	curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob);
	curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);	/* else the system's folder is trusted beside it */
}

static void set_common(struct transport *transport, const struct transport_message *message)
{
	CURL *curl = transport->curl;

	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, message->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, message->mail ? "smtp,smtps" : "https,http");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(transport->setup.timeout_ns / NSEC_PER_MSEC));
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_answer);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, transport);
	curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);	/* a name that is being looked up is not waited for */
	curl_easy_setopt(curl, CURLOPT_PROXY, "");	/* none of the environment, which is in no allow-list */
	set_authorities(curl, transport->setup.ca);
}

/* False: out of memory, and the list is freed. */
static bool append(struct curl_slist **list, const char *text)
{
	struct curl_slist *more = curl_slist_append(*list, text);

	if (!more)
		curl_slist_free_all(*list);
	*list = more;
	return more;
}

static struct curl_slist *set_post(struct transport *transport, const struct transport_message *message)
{
	CURL *curl = transport->curl;
	struct curl_slist *headers = NULL;

	/* A body of a kilobyte or more would wait for a "100 Continue" that few places send. */
	if (!append(&headers, "Expect:"))
		return NULL;
	for (size_t i = 0; i < message->header_count; i++)
		if (!append(&headers, message->headers[i]))
			return NULL;
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "promtap");
	curl_easy_setopt(curl, CURLOPT_POST, 1L);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, message->body.ptr);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)message->body.len);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	return headers;
}

/* A password never goes over a line that is not encrypted, whatever the configuration says. */
static struct curl_slist *set_mail(struct transport *transport, const struct transport_message *message)
{
	const struct transport_mail *mail = message->mail;
	struct curl_slist *receivers = NULL;
	CURL *curl = transport->curl;
	bool plain = mail->plain && !mail->password;

	for (size_t i = 0; i < mail->to->count; i++)
		if (!append(&receivers, mail->to->items[i]))
			return NULL;
	curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)(plain ? CURLUSESSL_TRY : CURLUSESSL_ALL));
	curl_easy_setopt(curl, CURLOPT_MAIL_FROM, mail->from);
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, receivers);
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);	/* one that is gone costs the others nothing */
	if (mail->password) {
		curl_easy_setopt(curl, CURLOPT_USERNAME, mail->user);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, mail->password);
	}
	transport->unread = message->body;
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(curl, CURLOPT_READDATA, transport);
	return receivers;
}

/* ---- what came of it ---------------------------------------------------------------------------------- */

static uint64_t retry_after(CURL *curl)
{
	curl_off_t seconds = 0;

	if (curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds) != CURLE_OK || seconds <= 0 || seconds > 86400)
		return 0;
	return (uint64_t)seconds * NSEC_PER_SEC;
}

static void read_answer(struct transport *transport, CURLcode code, bool is_mail, struct transport_answer *ret)
{
	(void)curl_easy_getinfo(transport->curl, CURLINFO_RESPONSE_CODE, &ret->status);
	/* Mail: curl itself looks at the codes. Else what has begun to say yes has taken it, also if it is long or is cut. */
	ret->taken = is_mail ? code == CURLE_OK : ret->status >= 200 && ret->status < 300;
	if (ret->taken)
		return;
	ret->retry_after_ns = retry_after(transport->curl);
	if (code == CURLE_OK || code == CURLE_WRITE_ERROR || (is_mail && ret->status > 0))
		(void)snprintf(ret->problem, TRANSPORT_PROBLEM_BYTES, "it answers %ld", ret->status);
	else
		(void)snprintf(ret->problem, TRANSPORT_PROBLEM_BYTES, "%s", curl_easy_strerror(code));
}

/* As curl_easy_perform(), which looks up once a second whether it is to end. */
static CURLcode perform(struct transport *transport)
{
	CURLcode code = CURLE_ABORTED_BY_CALLBACK;
	CURLMcode err = curl_multi_add_handle(transport->multi, transport->curl);
	int running = 1, left;

	while (err == CURLM_OK && running > 0 && !atomic_load(transport->setup.stop)) {
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

void transport_send(struct transport *transport, const struct transport_message *message, struct transport_answer *ret)
{
	struct curl_slist *list;

	*ret = (struct transport_answer){ 0 };
	transport->answered = 0;
	transport->answer = message->ret_answer;
	transport->was_mail = message->mail;
	set_common(transport, message);
	list = message->mail ? set_mail(transport, message) : set_post(transport, message);
	if (!list) {
		(void)snprintf(ret->problem, TRANSPORT_PROBLEM_BYTES, "out of memory");
		return;
	}
	read_answer(transport, perform(transport), message->mail, ret);
	curl_slist_free_all(list);
}
