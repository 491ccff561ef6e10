/* SPDX-License-Identifier: Apache-2.0 */
#include "export/access.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "base/slice.h"
#include "export/network.h"
#include "llm/call_read.h"

#define NEVER INT64_MIN
#define BEARER "Bearer "	/* RFC 6750, 2.1 */
#define HOST_BYTES 64		/* a loopback address in digits has room */

struct token {
	char hash[DIGEST_HEX_BYTES];
	struct token_state state;
};

/* A configuration in the form that it is asked in. */
struct rules {
	struct token *tokens;		/* owned */
	size_t token_count;
	struct network *networks;	/* owned */
	size_t network_count;
	bool metrics_open;
};

struct access {
	pthread_mutex_t lock;
	struct rules rules;		/* under the lock */
};

/* ---- rules ------------------------------------------------------------------------------------------ */

static void rules_done(struct rules *rules)
{
	free(rules->tokens);
	free(rules->networks);
	*rules = (struct rules){ 0 };
}

static void make_token(const char *name, const struct web_token *config, struct token *ret)
{
	*ret = (struct token){ .state = { .scope = config->scope, .expires_unix_ns = NEVER, .used_unix_ns = NEVER } };
	(void)slice_copy(ret->hash, sizeof(ret->hash), slice_of(config->hash));
	(void)slice_copy(ret->state.name, sizeof(ret->state.name), slice_of(name));
	/* What cannot be read has been refused before; were it not, the token must not live for ever. */
	if (config->expires && call_read_time(slice_of(config->expires), &ret->state.expires_unix_ns) < 0)
		ret->state.expires_unix_ns = 0;
}

/* 0 or -ENOMEM: `ret` is empty. */
static int make_rules(const struct web_config *config, struct rules *ret)
{
	const struct web_token *tokens = config->tokens.items;

	*ret = (struct rules){ .metrics_open = config->metrics_open };
	ret->tokens = calloc(config->tokens.count + 1, sizeof(*ret->tokens));
	ret->networks = calloc(config->allow.count + 1, sizeof(*ret->networks));
	if (!ret->tokens || !ret->networks) {
		rules_done(ret);
		return -ENOMEM;
	}
	ret->token_count = config->tokens.count;
	for (size_t i = 0; i < ret->token_count; i++)
		make_token(config->tokens.keys[i], &tokens[i], &ret->tokens[i]);
	ret->network_count = config->allow.count;
	for (size_t i = 0; i < ret->network_count; i++)
		(void)network_parse(config->allow.items[i], &ret->networks[i]);
	return 0;
}

static void keep_uses(const struct rules *old, struct rules *rules)
{
	for (size_t i = 0; i < rules->token_count; i++) {
		for (size_t j = 0; j < old->token_count; j++) {
			if (strcmp(rules->tokens[i].state.name, old->tokens[j].state.name) == 0 &&
			    strcmp(rules->tokens[i].hash, old->tokens[j].hash) == 0)
				rules->tokens[i].state.used_unix_ns = old->tokens[j].state.used_unix_ns;
		}
	}
}

struct access *access_new(const struct web_config *config)
{
	struct access *access = calloc(1, sizeof(*access));

	if (!access || make_rules(config, &access->rules) < 0) {
		free(access);
		return NULL;
	}
	(void)pthread_mutex_init(&access->lock, NULL);
	return access;
}

void access_free(struct access *access)
{
	if (!access)
		return;
	(void)pthread_mutex_destroy(&access->lock);
	rules_done(&access->rules);
	free(access);
}

int access_use(struct access *access, const struct web_config *config)
{
	struct rules rules, old;

	if (make_rules(config, &rules) < 0)
		return -ENOMEM;
	(void)pthread_mutex_lock(&access->lock);
	old = access->rules;
	keep_uses(&old, &rules);
	access->rules = rules;
	(void)pthread_mutex_unlock(&access->lock);
	rules_done(&old);
	return 0;
}

/* ---- checks, under the lock ------------------------------------------------------------------------- */

/* An address that cannot be read is of no network. */
static bool may_come(const struct rules *rules, const char *text, bool *ret_loopback)
{
	struct address address;
	bool known = address_parse(text, &address) == 0, allowed = rules->network_count == 0;

	*ret_loopback = known && address_is_loopback(&address);
	for (size_t i = 0; known && !allowed && i < rules->network_count; i++)
		allowed = network_holds(&rules->networks[i], &address);
	return allowed || *ret_loopback;
}

/* "localhost:9797", "127.0.0.1", "[::1]:9797" */
static bool names_this_machine(const char *host)
{
	bool bracket = *host == '[';
	size_t len = strcspn(host + bracket, bracket ? "]" : ":");
	struct address address;
	char plain[HOST_BYTES];

	if (!slice_copy(plain, sizeof(plain), (struct slice){ host + bracket, len }))
		return false;
	return strcasecmp(plain, "localhost") == 0 ||
	       (address_parse(plain, &address) == 0 && address_is_loopback(&address));
}

static bool hashes_equal(const char *one, const char *other)
{
	unsigned char difference = 0;

	for (size_t i = 0; i < DIGEST_HEX_BYTES; i++)
		difference |= (unsigned char)(one[i] ^ other[i]);
	return difference == 0;
}

/* All are looked at, so that time says nothing of where one stands. */
static struct token *find_token(const struct rules *rules, const char *authorization)
{
	struct token *found = NULL;
	char hash[DIGEST_HEX_BYTES];

	if (!authorization || strncasecmp(authorization, BEARER, sizeof(BEARER) - 1) != 0 ||
	    digest_hex(slice_of(authorization + sizeof(BEARER) - 1), hash) < 0)
		return NULL;
	for (size_t i = 0; i < rules->token_count; i++) {
		if (hashes_equal(rules->tokens[i].hash, hash))
			found = &rules->tokens[i];
	}
	return found;
}

static enum access_verdict check_token(const struct rules *rules, const struct visitor *visitor, int64_t now_unix_ns,
				struct grant *ret)
{
	struct token *token = find_token(rules, visitor->authorization);

	if (!token)
		return ACCESS_NO_TOKEN;
	if (token->state.expires_unix_ns != NEVER && now_unix_ns >= token->state.expires_unix_ns)
		return ACCESS_EXPIRED;
	token->state.used_unix_ns = now_unix_ns;
	ret->scopes = SCOPES_UP_TO(token->state.scope);
	(void)slice_copy(ret->who, sizeof(ret->who), slice_of(token->state.name));
	return ACCESS_GRANTED;
}

static enum access_verdict check_address(bool loopback, const struct visitor *visitor, struct grant *ret)
{
	if (!loopback)
		return ACCESS_NO_ADDRESS;
	if (visitor->forwarded || !visitor->host || !names_this_machine(visitor->host))
		return ACCESS_NO_HOST;
	*ret = (struct grant){ .scopes = SCOPES_UP_TO(SCOPE_ADMIN) };
	return ACCESS_GRANTED;
}

static enum access_verdict check(const struct rules *rules, bool is_open, const struct visitor *visitor, int64_t now_unix_ns,
			  struct grant *ret)
{
	bool loopback;

	if (!may_come(rules, visitor->address, &loopback))
		return ACCESS_NO_ADDRESS;
	if (is_open && rules->metrics_open)
		return ACCESS_GRANTED;
	if (rules->token_count > 0)
		return check_token(rules, visitor, now_unix_ns, ret);
	return check_address(loopback, visitor, ret);
}

enum access_verdict access_check(struct access *access, const struct visitor *visitor, int64_t now_unix_ns, struct grant *ret)
{
	enum access_verdict verdict;

	(void)pthread_mutex_lock(&access->lock);
	verdict = check(&access->rules, false, visitor, now_unix_ns, ret);
	(void)pthread_mutex_unlock(&access->lock);
	return verdict;
}

enum access_verdict access_check_metrics(struct access *access, const struct visitor *visitor, int64_t now_unix_ns)
{
	struct grant any;
	enum access_verdict verdict;

	(void)pthread_mutex_lock(&access->lock);
	verdict = check(&access->rules, true, visitor, now_unix_ns, &any);
	(void)pthread_mutex_unlock(&access->lock);
	return verdict;
}

bool access_token_at(struct access *access, size_t index, struct token_state *ret)
{
	bool there;

	(void)pthread_mutex_lock(&access->lock);
	there = index < access->rules.token_count;
	if (there)
		*ret = access->rules.tokens[index].state;
	(void)pthread_mutex_unlock(&access->lock);
	return there;
}
