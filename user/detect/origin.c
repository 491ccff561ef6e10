/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A URL counts as named where itself was, or one of those above it: the paths
 * on the way to it and the domains around its host. So what is known covers
 * all below it, and data that is hung onto a foreign URL does not hide it.
 */
#include "detect/origin.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"

#define SLOTS_FIRST 64
#define SLOTS_KEPT 256	/* for another call */
#define PATHS_ABOVE 8
#define DOMAINS_ABOVE 4

struct entry {
	uint64_t hash;		/* 0: free */
	uint32_t result;	/* the last result that named it */
	uint8_t flags;
};
enum { KNOWN = 1 << 0, FOREIGN = 1 << 1, INSTRUCTED = 1 << 2 };

struct origin {
	struct entry *entries;	/* owned, a hash table, at most half full */
	size_t slots, used;
	size_t known, foreign;
	uint32_t results;
	uint64_t over;
	origin_fn on_hit;
	void *ctx;
};
_Static_assert(sizeof(struct entry) * 4 * ORIGIN_ADDRESSES <= ORIGIN_BYTES_MAX - 1024, "what is held fits its bound");

/* What the reader's callback needs. */
struct visit {
	struct origin *origin;
	struct origin_text *text;
	enum origin_part part;
};

struct origin *origin_new(origin_fn on_hit, void *ctx)
{
	struct origin *origin = calloc(1, sizeof(*origin));

	if (!origin)
		return NULL;
	origin_reset(origin, on_hit, ctx);
	return origin;
}

void origin_reset(struct origin *origin, origin_fn on_hit, void *ctx)
{
	if (origin->slots > SLOTS_KEPT) {
		free(origin->entries);
		origin->entries = NULL;
		origin->slots = 0;
	}
	if (origin->used > 0 && origin->entries)
		memset(origin->entries, 0, origin->slots * sizeof(*origin->entries));
	*origin = (struct origin){
		.entries = origin->entries,
		.slots = origin->slots,
		.on_hit = on_hit,
		.ctx = ctx,
	};
}

void origin_free(struct origin *origin)
{
	if (!origin)
		return;
	free(origin->entries);
	free(origin);
}

void origin_tell(struct origin *origin, void *ctx)
{
	origin->ctx = ctx;
}

uint64_t origin_take_over(struct origin *origin)
{
	uint64_t over = origin->over;

	origin->over = 0;
	return over;
}

size_t origin_bytes(const struct origin *origin)
{
	return sizeof(*origin) + origin->slots * sizeof(*origin->entries);
}

/* ---- the table ---- */

static uint64_t hash_address(enum address_kind kind, struct slice folded)
{
	return hash_bytes(folded.ptr, folded.len, hash_seed() + (uint64_t)kind) | 1;
}

static struct entry *probe(struct entry *entries, size_t slots, uint64_t hash)
{
	size_t at = (hash >> 1) & (slots - 1);

	while (entries[at].hash != 0 && entries[at].hash != hash)
		at = (at + 1) & (slots - 1);
	return &entries[at];
}

static const struct entry *find(const struct origin *origin, uint64_t hash)
{
	const struct entry *entry = origin->slots ? probe(origin->entries, origin->slots, hash) : NULL;

	return entry && entry->hash != 0 ? entry : NULL;
}

static bool grow(struct origin *origin)
{
	size_t slots = origin->slots ? origin->slots * 2 : SLOTS_FIRST;
	struct entry *entries = calloc(slots, sizeof(*entries));

	if (!entries)
		return false;
	for (size_t i = 0; i < origin->slots; i++)
		if (origin->entries[i].hash != 0)
			*probe(entries, slots, origin->entries[i].hash) = origin->entries[i];
	free(origin->entries);
	origin->entries = entries;
	origin->slots = slots;
	return true;
}

/* Null: no memory. */
static struct entry *take(struct origin *origin, uint64_t hash)
{
	struct entry *entry;

	if (origin->used * 2 >= origin->slots && !find(origin, hash) && !grow(origin))
		return NULL;
	entry = probe(origin->entries, origin->slots, hash);
	if (entry->hash == 0) {
		entry->hash = hash;
		origin->used++;
	}
	return entry;
}

/* Flags an address, within the bound of such ones. Null: it found no room. */
static struct entry *flag_address(struct origin *origin, const struct address *address, uint8_t flag, size_t *count)
{
	uint64_t hash = hash_address(address->kind, address->folded);
	const struct entry *before = find(origin, hash);
	bool is_new = !before || !(before->flags & flag);
	struct entry *entry = is_new && *count == ORIGIN_ADDRESSES ? NULL : take(origin, hash);

	if (!entry) {
		origin->over++;
		return NULL;
	}
	entry->flags |= flag;
	*count += is_new;
	return entry;
}

/* ---- whose an address is ---- */

enum whose { WHOSE_NOBODYS = 0, WHOSE_FOREIGN, WHOSE_INSTRUCTED, WHOSE_KNOWN };

static enum whose whose_hash(const struct origin *origin, uint64_t hash)
{
	const struct entry *entry = find(origin, hash);

	if (!entry)
		return WHOSE_NOBODYS;
	if (entry->flags & KNOWN)
		return WHOSE_KNOWN;
	return entry->flags & INSTRUCTED ? WHOSE_INSTRUCTED : WHOSE_FOREIGN;
}

static enum whose whose_part(const struct origin *origin, struct slice folded, enum whose so_far)
{
	enum whose whose = whose_hash(origin, hash_address(ADDRESS_URL, folded));

	return whose > so_far ? whose : so_far;
}

/* The domains around a host, down to two labels. */
static enum whose whose_domains(const struct origin *origin, struct slice host, enum whose whose)
{
	for (int i = 0; i < DOMAINS_ABOVE; i++) {
		const char *dot = memchr(host.ptr, '.', host.len);
		size_t skip = dot ? (size_t)(dot - host.ptr) + 1 : host.len;

		host = (struct slice){ host.ptr + skip, host.len - skip };
		if (host.len == 0 || !memchr(host.ptr, '.', host.len))
			break;
		whose = whose_part(origin, host, whose);
	}
	return whose;
}

static enum whose whose_url(const struct origin *origin, struct slice url)
{
	const char *slash = memchr(url.ptr, '/', url.len);
	struct slice host = { url.ptr, slash ? (size_t)(slash - url.ptr) : url.len };
	enum whose whose = whose_part(origin, url, WHOSE_NOBODYS);

	for (int i = 0; i < PATHS_ABOVE && url.len > host.len; i++) {
		url.len = (size_t)((const char *)memrchr(url.ptr, '/', url.len) - url.ptr);
		whose = whose_part(origin, url, whose);
	}
	whose = whose_part(origin, host, whose);
	return whose_domains(origin, host, whose);
}

static enum whose whose_address(const struct origin *origin, const struct address *address)
{
	if (address->kind == ADDRESS_URL)
		return whose_url(origin, address->folded);
	return whose_hash(origin, hash_address(address->kind, address->folded));
}

/* ---- texts ---- */

static void name_known(struct origin *origin, const struct address *address)
{
	(void)flag_address(origin, address, KNOWN, &origin->known);
}

static void name_foreign(struct origin *origin, struct origin_text *text, const struct address *address)
{
	struct entry *entry;

	if (text->number == 0)
		text->number = ++origin->results;
	entry = flag_address(origin, address, FOREIGN, &origin->foreign);
	if (entry && !(entry->flags & INSTRUCTED))
		entry->result = text->number;
}

static void judge(struct origin *origin, struct origin_text *text, const struct address *address)
{
	enum whose whose = whose_address(origin, address);
	bool told = whose == WHOSE_INSTRUCTED || (whose == WHOSE_FOREIGN && address->kind != ADDRESS_NUMBER);

	if (whose == WHOSE_NOBODYS)
		name_known(origin, address);
	if (told)
		origin->on_hit(origin->ctx, text,
			       &(struct origin_hit){ address->kind, whose == WHOSE_INSTRUCTED, address->start, address->end });
}

static void on_address(void *ctx, const struct address *address)
{
	const struct visit *visit = ctx;

	switch (visit->part) {
	case ORIGIN_KNOWN:
		name_known(visit->origin, address);
		break;
	case ORIGIN_RESULT:
		name_foreign(visit->origin, visit->text, address);
		break;
	case ORIGIN_ARGS:
		judge(visit->origin, visit->text, address);
		break;
	case ORIGIN_PART_MAX:
		break;
	}
}

void origin_text_init(struct origin_text *text)
{
	address_reader_init(&text->reader);
	text->number = 0;
}

void origin_feed(struct origin *origin, struct origin_text *text, enum origin_part part, struct slice bytes)
{
	struct visit visit = { origin, text, part };

	address_feed(&text->reader, bytes, on_address, &visit);
}

static void mark_instructed(struct origin *origin, uint32_t result)
{
	for (size_t i = 0; i < origin->slots; i++)
		if (origin->entries[i].hash != 0 && origin->entries[i].result == result)
			origin->entries[i].flags |= INSTRUCTED;
}

void origin_end(struct origin *origin, struct origin_text *text, enum origin_part part, bool instructs)
{
	struct visit visit = { origin, text, part };

	address_end(&text->reader, on_address, &visit);
	if (part == ORIGIN_RESULT && instructs && text->number != 0)
		mark_instructed(origin, text->number);
}
