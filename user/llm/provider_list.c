/* SPDX-License-Identifier: Apache-2.0 */
#include "llm/provider_list.h"

#include <errno.h>
#include <stdlib.h>

#include "base/pairs.h"
#include "llm/text.h"

struct own_provider {
	struct provider provider;	/* its strings are those below */
	char host[PROVIDER_HOST_BYTES], name[PROVIDER_NAME_BYTES], gateway[PROVIDER_NAME_BYTES];
};

struct provider_list {
	size_t uses;
	size_t count;
	struct own_provider rows[];
};

static size_t count_pairs(const char *text)
{
	struct slice rest = slice_of(text);
	struct pair_of_text pair;
	size_t count = 0;
	int more;

	while ((more = pairs_next(&rest, &pair)) > 0)
		count++;
	return more < 0 || count > PROVIDERS_MAX ? SIZE_MAX : count;
}

static int fill(struct own_provider *row, const struct pair_of_text *pair)
{
	const char *slash = memchr(pair->value.ptr, '/', pair->value.len);
	struct slice name = { pair->value.ptr, slash ? (size_t)(slash - pair->value.ptr) : pair->value.len };
	struct slice gateway = { "", 0 };

	if (slash)
		gateway = (struct slice){ slash + 1, pair->value.len - name.len - 1 };
	if (pair->key.len >= sizeof(row->host) || name.len >= sizeof(row->name) || gateway.len >= sizeof(row->gateway))
		return -EINVAL;
	text_copy(row->host, sizeof(row->host), pair->key);
	text_copy(row->name, sizeof(row->name), name);
	text_copy(row->gateway, sizeof(row->gateway), gateway);
	row->provider.name = row->name;
	row->provider.host = row->host;
	return name.len > 0 ? 0 : -EINVAL;
}

int provider_list_parse(const char *text, struct provider_list **ret)
{
	struct slice rest = slice_of(text);
	size_t count = count_pairs(text);
	struct provider_list *list;
	struct pair_of_text pair;

	if (count == SIZE_MAX)
		return -EINVAL;
	list = calloc(1, sizeof(*list) + count * sizeof(list->rows[0]));
	if (!list)
		return -ENOMEM;
	list->uses = 1;
	while (pairs_next(&rest, &pair) > 0) {
		if (fill(&list->rows[list->count++], &pair) == 0)
			continue;
		free(list);
		return -EINVAL;
	}
	*ret = list;
	return 0;
}

struct provider_list *provider_list_ref(struct provider_list *list)
{
	list->uses++;
	return list;
}

void provider_list_unref(struct provider_list *list)
{
	if (list && --list->uses == 0)
		free(list);
}

const struct provider *provider_list_find(const struct provider_list *list, struct slice authority, struct slice path)
{
	for (size_t i = 0; i < list->count; i++)
		if (provider_fits(&list->rows[i].provider, authority, path))
			return &list->rows[i].provider;
	return provider_of(authority, path);
}

const char *provider_list_gateway(const struct provider_list *list, const struct provider *provider)
{
	for (size_t i = 0; i < list->count; i++)
		if (&list->rows[i].provider == provider)
			return list->rows[i].gateway[0] ? list->rows[i].gateway : NULL;
	return provider->flags & PROVIDER_GATEWAY ? provider->name : NULL;
}
