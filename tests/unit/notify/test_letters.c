/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of place is told, by another reader of JSON. */
#include "notify/channels.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "sample.h"
#include "unit.h"

#define NOW 1700000100000000000

static struct letter letter;

static void setup(void)
{
	memset(&letter, 0, sizeof(letter));
}

static void teardown(void)
{
	buffer_done(&letter.body);
}

static void write_to(enum channel_type type, const char *url, const struct notice *notices, size_t count)
{
	const struct notify_config *config = sample_config(type, url);

	ck_assert_int_eq(channel_kinds[type].write(config->channels.items, notices, count, NOW, &letter), 0);
}

static json_t *parsed(void)
{
	json_error_t error;
	json_t *root = json_loadb(letter.body.data, letter.body.len, 0, &error);

	ck_assert_msg(root, "%s: %.*s", error.text, (int)letter.body.len, letter.body.data);
	return root;
}

static const char *text_at(json_t *root, const char *path)
{
	char key[64];
	json_t *at = root;

	while (at && *path) {
		size_t len = strcspn(path, ".");

		(void)snprintf(key, sizeof(key), "%.*s", (int)len, path);
		at = json_is_array(at) ? json_array_get(at, (size_t)(key[0] - '0')) : json_object_get(at, key);
		path += len + (path[len] == '.');
	}
	return json_string_value(at);
}

static bool has_header(const char *begin)
{
	for (size_t i = 0; i < letter.header_count; i++)
		if (strncmp(letter.headers[i], begin, strlen(begin)) == 0)
			return true;
	return false;
}

START_TEST(alertmanager_folds_what_is_active)
{
	struct notice notices[2] = { sample_notice(), sample_notice() };
	json_t *root;

	notices[1].state = ALERT_RESOLVED;
	notices[1].changed_unix_ns = 1700000050000000000;
	notices[1].model[0] = '\0';
	write_to(CHANNEL_ALERTMANAGER, "http://127.0.0.1:9093/", notices, 2);
	root = parsed();
	ck_assert_str_eq(letter.url, "http://127.0.0.1:9093/api/v2/alerts");
	ck_assert(has_header("Authorization: Bearer topsecret"));
	ck_assert_uint_eq(json_array_size(root), 2);
	ck_assert_str_eq(text_at(root, "0.labels.alertname"), "PromtapLatencyP95");
	ck_assert_str_eq(text_at(root, "0.labels.service"), "shop");
	ck_assert_str_eq(text_at(root, "0.labels.severity"), "warning");
	ck_assert_ptr_null(json_object_get(json_object_get(json_array_get(root, 0), "labels"), "detail"));
	ck_assert_str_eq(text_at(root, "0.startsAt"), "2023-11-14T22:13:20.000000000Z");
	/* Four times the minute after which it is told again. */
	ck_assert_str_eq(text_at(root, "0.endsAt"), "2023-11-14T22:19:00.000000000Z");
	ck_assert_str_eq(text_at(root, "1.endsAt"), "2023-11-14T22:14:10.000000000Z");
	ck_assert_ptr_null(text_at(root, "1.labels.model"));
	ck_assert_str_eq(text_at(root, "0.annotations.runbook_url"), "https://runbooks.example.org/#latency-p95");
	json_decref(root);
}
END_TEST

/* A clock that was set back: Alertmanager refuses an end before the beginning. */
START_TEST(alertmanager_gets_no_end_before_the_beginning)
{
	struct notice notice = sample_notice();
	json_t *root;

	notice.state = ALERT_RESOLVED;
	notice.changed_unix_ns = notice.since_unix_ns - 5000000000;
	write_to(CHANNEL_ALERTMANAGER, "https://am.example.org", &notice, 1);
	root = parsed();
	ck_assert_str_eq(text_at(root, "0.endsAt"), text_at(root, "0.startsAt"));
	json_decref(root);
}
END_TEST

START_TEST(webhook_is_signed)
{
	struct notice notice = sample_notice();
	json_t *root;

	write_to(CHANNEL_WEBHOOK, "https://hooks.example.org/x", &notice, 1);
	root = parsed();
	ck_assert_str_eq(text_at(root, "state"), "firing");
	ck_assert_str_eq(text_at(root, "alert_type"), "latency_p95");
	ck_assert_str_eq(text_at(root, "playbook.steps.1"), "look at the 100 % mark");
	ck_assert(json_is_null(json_object_get(root, "detail")));
	ck_assert_double_eq(json_number_value(json_object_get(root, "value")), 2500);
	ck_assert(has_header("X-Promtap-Timestamp: 1700000100"));
	ck_assert(has_header("X-Promtap-Signature: sha256="));
	ck_assert_ptr_null(memmem(letter.body.data, letter.body.len, "topsecret", 9));
	json_decref(root);
}
END_TEST

/* By `printf '1700000100.{"a":1}' | openssl dgst -sha256 -hmac key`. */
START_TEST(signature)
{
	char hex[SIGNATURE_BYTES];

	channel_sign("key", 1700000100, SLICE("{\"a\":1}"), hex);
	ck_assert_str_eq(hex, "9c0984a8c132c57e717bfa5be6ab74e112263c16789525522b3fc1fc50d9de86");
}
END_TEST

START_TEST(slack_gets_text_that_is_none_of_its_markup)
{
	struct notice notice = sample_notice();
	json_t *root;

	write_to(CHANNEL_SLACK, NULL, &notice, 1);
	root = parsed();
	ck_assert_str_eq(letter.url, "topsecret");
	ck_assert_ptr_nonnull(strstr(text_at(root, "text"), "a note &amp; more"));
	ck_assert_ptr_nonnull(strstr(text_at(root, "text"), "is 2500 ms, threshold 2000 ms; service shop; model gpt-4o"));
	json_decref(root);
}
END_TEST

START_TEST(pagerduty_opens_and_closes_one_incident)
{
	struct notice notice = sample_notice();
	json_t *root;

	write_to(CHANNEL_PAGERDUTY, NULL, &notice, 1);
	root = parsed();
	ck_assert_str_eq(letter.url, "https://events.pagerduty.com/v2/enqueue");
	ck_assert_str_eq(text_at(root, "event_action"), "trigger");
	ck_assert_str_eq(text_at(root, "payload.severity"), "warning");
	ck_assert_str_eq(text_at(root, "links.0.href"), "https://runbooks.example.org/#latency-p95");
	json_decref(root);
	teardown();
	setup();
	notice.state = ALERT_RESOLVED;
	write_to(CHANNEL_PAGERDUTY, NULL, &notice, 1);
	root = parsed();
	ck_assert_str_eq(text_at(root, "event_action"), "resolve");
	ck_assert_str_eq(text_at(root, "dedup_key"), "0123456789abcdef0123456789abcdef");
	ck_assert_ptr_null(json_object_get(root, "payload"));
	json_decref(root);
}
END_TEST

START_TEST(mail_has_one_header_a_line)
{
	struct notice notice = sample_notice();
	const char *body, *bcc;

	(void)strcpy(notice.service, "evil\r\nBcc: x@example.org");
	write_to(CHANNEL_EMAIL, "smtps://mail.example.org", &notice, 1);
	ck_assert_int_eq(buffer_append(&letter.body, "", 1), 0);
	ck_assert(letter.is_mail);
	ck_assert_ptr_nonnull(strstr(letter.body.data, "Date: Tue, 14 Nov 2023 22:15:00 +0000\r\n"));
	ck_assert_ptr_nonnull(strstr(letter.body.data, "To: <a@example.org>,\r\n <b@example.org>\r\n"));
	ck_assert_ptr_nonnull(strstr(letter.body.data, "Subject: [promtap] warning: latency_p95 is 2500 ms"));
	ck_assert_ptr_nonnull(strstr(letter.body.data, "Message-ID: <0123456789abcdef0123456789abcdef-firing1@example.org>"));
	body = strstr(letter.body.data, "\r\n\r\n");
	bcc = strstr(letter.body.data, "\nBcc");
	ck_assert(body && bcc && bcc > body);
	/* No lone line feed anywhere. */
	for (const char *at = letter.body.data; (at = strchr(at, '\n')); at++)
		ck_assert_int_eq(at[-1], '\r');
}
END_TEST

/* Encoded words of whole characters, a line each; as another base64 writes them. */
START_TEST(a_subject_that_is_not_ascii)
{
	struct notice notice = sample_notice();

	(void)strcpy(notice.service, "Bestellungen f\xc3\xbcr K\xc3\xb6ln\xff");
	write_to(CHANNEL_EMAIL, "smtps://mail.example.org", &notice, 1);
	ck_assert_int_eq(buffer_append(&letter.body, "", 1), 0);
	ck_assert_ptr_nonnull(strstr(letter.body.data,
				     "Subject: [promtap] \r\n =?utf-8?B?d2FybmluZzogbGF0ZW5jeV9wOTUgaXMgMjUwMCBtcywgdGhyZXNob2xkIDIw?=\r\n"
				     " =?utf-8?B?MDAgbXM7IHNlcnZpY2UgQmVzdGVsbHVuZ2VuIGbDvHIgS8O2bG7vv707IG1v?=\r\n"
				     " =?utf-8?B?ZGVsIGdwdC00bw==?=\r\n"));
	for (const char *line = letter.body.data; line; line = strstr(line, "\r\n"), line = line ? line + 2 : NULL)
		ck_assert_uint_lt(strcspn(line, "\r"), 998);
}
END_TEST

static Suite *make_letters(void)
{
	Suite *suite = suite_create("notify: letters");
	TCase *tc = tcase_create("letters");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, alertmanager_folds_what_is_active);
	tcase_add_test(tc, alertmanager_gets_no_end_before_the_beginning);
	tcase_add_test(tc, webhook_is_signed);
	tcase_add_test(tc, signature);
	tcase_add_test(tc, slack_gets_text_that_is_none_of_its_markup);
	tcase_add_test(tc, pagerduty_opens_and_closes_one_incident);
	tcase_add_test(tc, mail_has_one_header_a_line);
	tcase_add_test(tc, a_subject_that_is_not_ascii);
	suite_add_tcase(suite, tc);
	return suite;
}
UNIT_SUITE(make_letters)
