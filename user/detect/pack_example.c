/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The examples of a rule: texts, or mappings of a text, its place, and the
 * texts of the same call that come before it.
 */
#include <errno.h>

#include "base/cleanup.h"
#include "detect/pack_read.h"

static int take_bytes(struct pack_reader *reader, const struct pack_node *node, struct pack_example *ret)
{
	if (node->type != PACK_SCALAR || node->text.len == 0)
		return pack_fail(reader, node->line, "an example has no text; write it in quotes");
	if (node->text.len > PACK_EXAMPLE_BYTES)
		return pack_fail(reader, node->line, "an example is over 64 KiB; shorten it");
	ret->text = arena_copy(reader->arena, node->text);
	ret->len = node->text.len;
	return ret->text ? 0 : -ENOMEM;
}

static int read_list(struct pack_reader *reader, const struct pack_node *node, const struct pack_example **ret,
		     size_t *ret_count);

static int take_member(struct pack_reader *reader, const struct pack_node *node, struct pack_example *ret)
{
	static const char *const keys[] = { "text", "where", "before" };
	int err, where = 0;
	size_t key;

	err = pack_key(reader, node, keys, ARRAY_SIZE(keys), sizeof(keys[0]), &key);
	if (err < 0)
		return err;
	if (key == 0)
		return take_bytes(reader, node, ret);
	/* As deep as pack_yaml_read() lets them stand in each other. */
	if (key == 2)
		return read_list(reader, node, &ret->before, &ret->before_count);
	/* The first name is that of no place. */
	err = pack_word(reader, node, "place", text_where_names + 1, WHERE_MAX - 1, sizeof(text_where_names[0]), &where);
	if (err == 0)
		ret->where = (enum text_where)(where + 1);
	return err;
}

static int read_example(struct pack_reader *reader, const struct pack_node *node, struct pack_example *ret)
{
	ret->where = WHERE_MAX;
	if (node->type != PACK_MAP)
		return take_bytes(reader, node, ret);
	for (const struct pack_node *member = node->first; member; member = member->next) {
		int err = take_member(reader, member, ret);

		if (err < 0)
			return err;
	}
	return ret->text ? 0 : pack_fail(reader, node->line, "an example has no text; write { text: ..., where: ... }");
}

static int read_list(struct pack_reader *reader, const struct pack_node *node, const struct pack_example **ret,
		     size_t *ret_count)
{
	int err = pack_list(reader, node);
	struct pack_example *examples;
	size_t count = 0;

	if (err < 0)
		return err;
	examples = arena_alloc(reader->arena, node->count, sizeof(*examples));
	if (!examples)
		return -ENOMEM;
	for (const struct pack_node *item = node->first; item && err == 0; item = item->next)
		err = read_example(reader, item, &examples[count++]);
	*ret = examples;
	*ret_count = count;
	return err;
}

int pack_read_examples(struct pack_reader *reader, const struct pack_node *node, struct pack_rule *rule)
{
	static const char *const keys[] = { "match", "clean" };

	if (node->type != PACK_MAP)
		return pack_fail(reader, node->line, "examples is no mapping; write match: [...] and clean: [...]");
	for (const struct pack_node *member = node->first; member; member = member->next) {
		size_t key;
		int err = pack_key(reader, member, keys, ARRAY_SIZE(keys), sizeof(keys[0]), &key);

		if (err == 0 && key == 0)
			err = read_list(reader, member, &rule->match, &rule->match_count);
		else if (err == 0)
			err = read_list(reader, member, &rule->clean, &rule->clean_count);
		if (err < 0)
			return err;
	}
	return 0;
}
