/* SPDX-License-Identifier: Apache-2.0 */
/* Concepts: names for phrases that mean the same. */
#include <errno.h>

#include "base/cleanup.h"
#include "detect/pack_read.h"

/* A '*' says "any ending", so it stands behind a word and nothing but a blank or the end follows. */
static bool stars_end_words(struct slice phrase)
{
	for (size_t i = 0; i < phrase.len; i++) {
		if (phrase.ptr[i] != '*')
			continue;
		if (i == 0 || phrase.ptr[i - 1] == ' ' || phrase.ptr[i - 1] == '*')
			return false;
		if (i + 1 < phrase.len && phrase.ptr[i + 1] != ' ')
			return false;
	}
	return true;
}

static bool is_phrase(struct slice text)
{
	if (text.ptr[0] == ' ' || text.ptr[text.len - 1] == ' ')
		return false;
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] < 0x20)
			return false;
	return stars_end_words(text);
}

static int read_phrase(struct pack_reader *reader, const struct pack_node *node, const char **ret)
{
	char quoted[PACK_QUOTE_BYTES];
	int err = pack_text(reader, node, PACK_PHRASE_BYTES, ret);

	if (err == 0 && !is_phrase(node->text))
		err = pack_fail(reader, node->line,
				"'%s' is no phrase; write words parted by blanks, with '*' only at the end of one",
				pack_quote(quoted, node->text));
	return err;
}

static int read_phrases(struct pack_reader *reader, const struct pack_node *node, struct pack_concept *ret)
{
	int err = pack_list(reader, node);

	if (err < 0)
		return err;
	if (ret->phrases)
		return pack_fail(reader, node->key_line, "'words' stands here twice; join the lists");
	ret->phrases = arena_alloc(reader->arena, node->count, sizeof(*ret->phrases));
	if (!ret->phrases)
		return -ENOMEM;
	for (const struct pack_node *item = node->first; item && err == 0; item = item->next)
		err = read_phrase(reader, item, &ret->phrases[ret->phrase_count++]);
	return err;
}

static int read_mapping(struct pack_reader *reader, const struct pack_node *node, struct pack_concept *ret)
{
	static const char *const keys[] = { "words", "common" };

	for (const struct pack_node *member = node->first; member; member = member->next) {
		size_t key;
		int err = pack_key(reader, member, keys, ARRAY_SIZE(keys), sizeof(keys[0]), &key);

		if (err == 0 && key == 0)
			err = read_phrases(reader, member, ret);
		else if (err == 0)
			err = pack_bool(reader, member, &ret->common);
		if (err < 0)
			return err;
	}
	return ret->phrases ? 0 : pack_fail(reader, node->line, "a concept has no words; write words: [...]");
}

static bool is_name(struct slice name)
{
	return name.len > 0 && name.len < RULE_ID_BYTES &&
	       strspn(name.ptr, "abcdefghijklmnopqrstuvwxyz0123456789_") == name.len;
}

int pack_read_concept(struct pack_reader *reader, const struct pack_node *node, struct pack_concept *ret)
{
	bool extends = node->key.ptr[0] == '+';
	struct slice name = { node->key.ptr + extends, node->key.len - extends };
	char quoted[PACK_QUOTE_BYTES];
	int err;

	if (!is_name(name))
		return pack_fail(reader, node->key_line,
				 "'%s' is no name of a concept; use up to 47 of a-z, 0-9 and '_'",
				 pack_quote(quoted, name));
	*ret = (struct pack_concept){ .file = reader->file, .line = node->key_line, .defined = !extends };
	ret->name = arena_copy(reader->arena, name);
	if (!ret->name)
		return -ENOMEM;
	err = node->type == PACK_MAP ? read_mapping(reader, node, ret) : read_phrases(reader, node, ret);
	if (err == 0 && extends && ret->common)
		err = pack_fail(reader, node->key_line,
				"+%s cannot be common by itself; say so where %s is defined", ret->name, ret->name);
	return err;
}
