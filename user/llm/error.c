/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors by what the provider says, most telling first: a word of its own
 * (code before type), a phrase in the message where no word exists, the
 * status, and last the words that several kinds of error share.
 */
#include "llm/error.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/slice.h"

struct word {
	const char *text;
	enum call_error error;
};

/* Compared without case and '_'. Sources: SDKs of the vendors, wire-formats
 * section 15, recorded answers. */
static const struct word words[] = {
	{ "invalidapikey", ERROR_AUTHENTICATION },
	{ "authenticationerror", ERROR_AUTHENTICATION },
	{ "invalidauthentication", ERROR_AUTHENTICATION },
	{ "unauthenticated", ERROR_AUTHENTICATION },
	{ "apikeyinvalid", ERROR_AUTHENTICATION },	/* Google, with status 400 */
	{ "unauthorized", ERROR_AUTHENTICATION },
	{ "permissionerror", ERROR_PERMISSION },
	{ "permissiondenied", ERROR_PERMISSION },
	{ "accessdenied", ERROR_PERMISSION },
	{ "unsupportedcountryregionterritory", ERROR_PERMISSION },
	{ "modelnotfound", ERROR_NOT_FOUND },
	{ "deploymentnotfound", ERROR_NOT_FOUND },
	{ "notfounderror", ERROR_NOT_FOUND },
	{ "notfound", ERROR_NOT_FOUND },
	{ "contextlengthexceeded", ERROR_CONTEXT_LENGTH },
	{ "requesttoolarge", ERROR_CONTEXT_LENGTH },
	{ "toomanytokens", ERROR_CONTEXT_LENGTH },		/* Cohere, also errors below */
	{ "errorlimit", ERROR_CONTEXT_LENGTH },
	{ "ratelimitexceeded", ERROR_RATE_LIMIT },
	{ "ratelimiterror", ERROR_RATE_LIMIT },
	{ "ratelimitreached", ERROR_RATE_LIMIT },
	{ "toomanyrequests", ERROR_RATE_LIMIT },
	{ "throttling", ERROR_RATE_LIMIT },			/* DashScope, also errors below */
	{ "throttling.ratequota", ERROR_RATE_LIMIT },
	{ "throttling.burstrate", ERROR_RATE_LIMIT },
	{ "throttling.allocationquota", ERROR_RATE_LIMIT },
	{ "resourceexhausted", ERROR_RATE_LIMIT },
	{ "insufficientquota", ERROR_QUOTA },
	{ "billingerror", ERROR_QUOTA },
	{ "billinghardlimitreached", ERROR_QUOTA },
	{ "billingdisabled", ERROR_QUOTA },
	{ "paymentrequired", ERROR_QUOTA },
	{ "insufficientcredits", ERROR_QUOTA },
	{ "arrearage", ERROR_QUOTA },
	{ "overloadederror", ERROR_OVERLOADED },
	{ "overloaded", ERROR_OVERLOADED },
	{ "slowdown", ERROR_OVERLOADED },
	{ "engineoverloaded", ERROR_OVERLOADED },
	{ "serviceunavailable", ERROR_OVERLOADED },
	{ "unavailable", ERROR_OVERLOADED },
	{ "timeouterror", ERROR_TIMEOUT },
	{ "timeout", ERROR_TIMEOUT },
	{ "requesttimeout", ERROR_TIMEOUT },
	{ "deadlineexceeded", ERROR_TIMEOUT },
	{ "cancelled", ERROR_CANCELLED },
	{ "contentfilter", ERROR_CONTENT_FILTER },
	{ "errortoxic", ERROR_CONTENT_FILTER },
	{ "datainspectionfailed", ERROR_CONTENT_FILTER },
	{ "contentpolicyviolation", ERROR_CONTENT_FILTER },
	{ "responsibleaipolicyviolation", ERROR_CONTENT_FILTER },
	{ "moderationblocked", ERROR_CONTENT_FILTER },
	{ "cancelled", ERROR_CANCELLED },
	{ "unavailable", ERROR_OVERLOADED },

	/* Amazon's, of the service and of signatures. */
	{ "unrecognizedclientexception", ERROR_AUTHENTICATION },
	{ "expiredtokenexception", ERROR_AUTHENTICATION },
	{ "invalidclienttokenid", ERROR_AUTHENTICATION },
	{ "missingauthenticationtokenexception", ERROR_AUTHENTICATION },
	{ "incompletesignatureexception", ERROR_AUTHENTICATION },
	{ "invalidsignatureexception", ERROR_AUTHENTICATION },
	{ "accessdeniedexception", ERROR_PERMISSION },
	{ "resourcenotfoundexception", ERROR_NOT_FOUND },
	{ "throttlingexception", ERROR_RATE_LIMIT },
	{ "toomanyrequestsexception", ERROR_RATE_LIMIT },
	{ "servicequotaexceededexception", ERROR_QUOTA },
	{ "modelnotreadyexception", ERROR_OVERLOADED },
	{ "serviceunavailableexception", ERROR_OVERLOADED },
	{ "modeltimeoutexception", ERROR_TIMEOUT },
	{ "modelerrorexception", ERROR_SERVER },
	{ "modelstreamerrorexception", ERROR_SERVER },
	{ "modelerror", ERROR_SERVER },
	{ "modelstreamerror", ERROR_SERVER },
	{ "internalstreamfailure", ERROR_SERVER },
};

/* Said with all kinds of errors: only where the status does not tell. */
static const struct word shared_words[] = {
	{ "invalidrequesterror", ERROR_INVALID_REQUEST },
	{ "badrequesterror", ERROR_INVALID_REQUEST },
	{ "invalidprompt", ERROR_INVALID_REQUEST },
	{ "servererror", ERROR_SERVER },
	{ "apierror", ERROR_SERVER },
	{ "internalerror", ERROR_SERVER },
	{ "internalservererror", ERROR_SERVER },
	{ "internal", ERROR_SERVER },
	{ "dataloss", ERROR_SERVER },
	{ "aborted", ERROR_SERVER },
	{ "invalidargument", ERROR_INVALID_REQUEST },
	{ "failedprecondition", ERROR_INVALID_REQUEST },
	{ "outofrange", ERROR_INVALID_REQUEST },
	{ "alreadyexists", ERROR_INVALID_REQUEST },
	{ "unimplemented", ERROR_INVALID_REQUEST },
	{ "validationexception", ERROR_INVALID_REQUEST },
	{ "validationerror", ERROR_INVALID_REQUEST },
	{ "conflictexception", ERROR_INVALID_REQUEST },
	{ "internalserverexception", ERROR_SERVER },
	{ "internalfailure", ERROR_SERVER },
	{ "internaldependencyexception", ERROR_SERVER },
	{ "dependencyfailedexception", ERROR_SERVER },
	{ "badgatewayexception", ERROR_SERVER },
};

/* In lower case, of messages that have no word of their own. */
static const struct word phrases[] = {
	{ "prompt is too long", ERROR_CONTEXT_LENGTH },
	{ "prompt too long", ERROR_CONTEXT_LENGTH },
	{ "context length", ERROR_CONTEXT_LENGTH },
	{ "context window", ERROR_CONTEXT_LENGTH },
	{ "token limit reached", ERROR_CONTEXT_LENGTH },
	{ "exceeds the maximum number of tokens", ERROR_CONTEXT_LENGTH },	/* Gemini */
	{ "input is too long", ERROR_CONTEXT_LENGTH },
	{ "too many input tokens", ERROR_CONTEXT_LENGTH },
	{ "model identifier is invalid", ERROR_NOT_FOUND },
	{ "credit balance is too low", ERROR_QUOTA },
};

static const struct {
	int64_t status;
	enum call_error error;
} statuses[] = {
	{ 401, ERROR_AUTHENTICATION },
	{ 402, ERROR_QUOTA },
	{ 403, ERROR_PERMISSION },
	{ 404, ERROR_NOT_FOUND },
	{ 408, ERROR_TIMEOUT },
	{ 413, ERROR_CONTEXT_LENGTH },
	{ 429, ERROR_RATE_LIMIT },
	{ 499, ERROR_CANCELLED },
	{ 503, ERROR_OVERLOADED },
	{ 504, ERROR_TIMEOUT },
	{ 529, ERROR_OVERLOADED },
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Amazon writes the type's name space in front ("name.space#Type"). */
static const char *without_name_space(const char *text)
{
	const char *hash = strrchr(text, '#');

	return hash ? hash + 1 : text;
}

static enum call_error by_word(const char *text, const struct word *table, size_t count)
{
	char plain[ERROR_WORD_BYTES];
	size_t len = 0;

	for (text = without_name_space(text); *text && len < sizeof(plain) - 1; text++)
		if (*text != '_' && *text != '-' && *text != ' ')
			plain[len++] = lower(*text);
	plain[len] = '\0';
	for (size_t i = 0; i < count; i++)
		if (strcmp(plain, table[i].text) == 0)
			return table[i].error;
	return ERROR_NONE;
}

static enum call_error by_words(const struct error_facts *facts, const struct word *table, size_t count)
{
	enum call_error error = by_word(facts->code, table, count);

	return error != ERROR_NONE ? error : by_word(facts->type, table, count);
}

static enum call_error by_phrase(const char *message)
{
	char text[ERROR_MESSAGE_BYTES];
	size_t len = strnlen(message, sizeof(text) - 1);

	for (size_t i = 0; i < len; i++)
		text[i] = lower(message[i]);
	text[len] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(phrases); i++)
		if (strstr(text, phrases[i].text))
			return phrases[i].error;
	return ERROR_NONE;
}

static enum call_error by_status(int64_t status)
{
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++)
		if (statuses[i].status == status)
			return statuses[i].error;
	if (status >= 500)
		return ERROR_SERVER;
	return status > 400 ? ERROR_INVALID_REQUEST : ERROR_NONE;
}

/* Some codes are the status that a vendor gave to a gateway. */
static int64_t status_in(const char *code)
{
	char *end;
	long number = strtol(code, &end, 10);

	return end != code && *end == '\0' && number >= 400 && number < 600 ? number : 0;
}

enum call_error error_classify(int64_t status, bool failed, const struct error_facts *facts)
{
	enum call_error error;

	if (status < 400 && !failed)
		return ERROR_NONE;
	error = by_words(facts, words, ARRAY_SIZE(words));
	if (error == ERROR_NONE)
		error = by_phrase(facts->message);
	if (error == ERROR_NONE)
		error = by_status(status >= 400 ? status : status_in(facts->code));
	if (error == ERROR_NONE)
		error = by_words(facts, shared_words, ARRAY_SIZE(shared_words));
	if (error == ERROR_NONE && (status == 400 || status_in(facts->code) == 400))
		error = ERROR_INVALID_REQUEST;
	return error != ERROR_NONE ? error : ERROR_OTHER;
}

const char *error_of_grpc(struct slice status)
{
	static const char *const names[] = {
		NULL,		 "CANCELLED",	      "UNKNOWN",	     "INVALID_ARGUMENT", "DEADLINE_EXCEEDED",
		"NOT_FOUND",	 "ALREADY_EXISTS",    "PERMISSION_DENIED",   "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
		"ABORTED",	 "OUT_OF_RANGE",      "UNIMPLEMENTED",	     "INTERNAL",	 "UNAVAILABLE",
		"DATA_LOSS",	 "UNAUTHENTICATED",
	};
	size_t number = 0;

	if (status.len == 0 || status.len > 3)
		return NULL;
	for (size_t i = 0; i < status.len; i++) {
		if (status.ptr[i] < '0' || status.ptr[i] > '9')
			return NULL;
		number = number * 10 + (size_t)(status.ptr[i] - '0');
	}
	return number < ARRAY_SIZE(names) ? names[number] : names[2];
}

bool error_is_filter(const char *finish_reason)
{
	static const char *const reasons[] = {
		"content_filter", "refusal",
		"guardrail_intervened", "content_filtered", "CONTENT_FILTERED",	/* Bedrock */
		/* google.ai.generativelanguage.v1beta.Candidate.FinishReason */
		"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII",
		"IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION",
	};

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (strcmp(finish_reason, reasons[i]) == 0)
			return true;
	return false;
}
