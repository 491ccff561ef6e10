/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "detect/pack_read.h"

#define DIGITS_MAX 9	/* that any number of has room in 32 bits */

int pack_fail(struct pack_reader *reader, unsigned int line, const char *format, ...)
{
	size_t n = (size_t)snprintf(reader->error, PACK_ERROR_BYTES, "%.200s:%u: %s%s%s", reader->file, line,
				    reader->rule ? "rule " : "", reader->rule ? reader->rule : "",
				    reader->rule ? ": " : "");
	va_list args;

	va_start(args, format);
	(void)vsnprintf(reader->error + n, PACK_ERROR_BYTES - n, format, args);
	va_end(args);
	return -EINVAL;
}

const char *pack_quote(char ret[PACK_QUOTE_BYTES], struct slice text)
{
	(void)slice_copy(ret, PACK_QUOTE_BYTES, text);
	for (size_t i = 0; i < text.len && i < PACK_QUOTE_BYTES - 1; i++)
		if (ret[i] < 0x20 || ret[i] > 0x7e)
			ret[i] = '?';
	return ret;
}

static const char *name_at(const char *const *names, size_t stride, size_t i)
{
	return *(const char *const *)((const char *)names + i * stride);
}

static size_t find_name(struct slice word, const char *const *names, size_t count, size_t stride)
{
	for (size_t i = 0; i < count; i++) {
		const char *name = name_at(names, stride, i);

		if (name && slice_eq(word, slice_of(name)))
			return i;
	}
	return count;
}

static int unknown_word(struct pack_reader *reader, unsigned int line, const char *what, struct slice word,
			const char *nearest, const char *cure)
{
	char quoted[PACK_QUOTE_BYTES];

	pack_quote(quoted, word);
	if (nearest)
		return pack_fail(reader, line, "'%s' is no %s; did you mean '%s'?", quoted, what, nearest);
	return pack_fail(reader, line, "'%s' is no %s; %s", quoted, what, cure);
}

int pack_key(struct pack_reader *reader, const struct pack_node *node, const char *const *names, size_t count,
	     size_t stride, size_t *ret)
{
	size_t i = find_name(node->key, names, count, stride);

	if (i == count)
		return unknown_word(reader, node->key_line, "key here", node->key,
				    nearest_name(node->key.ptr, names, count, stride), "see docs/rules.md");
	*ret = i;
	return 0;
}

static const char *key_of(const struct pack_node *node)
{
	return node->key.ptr ? node->key.ptr : "an item";
}

static bool is_value(const struct pack_node *node)
{
	return node->type == PACK_SCALAR && node->text.len > 0;
}

int pack_text(struct pack_reader *reader, const struct pack_node *node, size_t max_bytes, const char **ret)
{
	const char *key = key_of(node);

	if (node->type != PACK_SCALAR)
		return pack_fail(reader, node->line, "%.48s is a list or a mapping; write one text", key);
	if (node->text.len == 0)
		return pack_fail(reader, node->line, "%.48s has no value; write one, or leave the key out", key);
	if (memchr(node->text.ptr, '\0', node->text.len))
		return pack_fail(reader, node->line, "%.48s holds a zero byte; leave it out", key);
	if (node->text.len > max_bytes)
		return pack_fail(reader, node->line, "%.48s is %zu bytes long; write at most %zu", key, node->text.len,
				 max_bytes);
	*ret = arena_copy(reader->arena, node->text);
	return *ret ? 0 : -ENOMEM;
}

static bool read_number(struct slice text, uint32_t *ret)
{
	uint32_t number = 0;

	if (text.len == 0 || text.len > DIGITS_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		number = number * 10 + (uint32_t)(text.ptr[i] - '0');
	}
	*ret = number;
	return true;
}

int pack_number(struct pack_reader *reader, const struct pack_node *node, uint32_t min, uint32_t max, uint32_t *ret)
{
	uint32_t number;

	if (node->type != PACK_SCALAR || node->quoted || !read_number(node->text, &number) || number < min ||
	    number > max)
		return pack_fail(reader, node->line, "%.48s is no number from %u to %u; write one", key_of(node), min,
				 max);
	*ret = number;
	return 0;
}

int pack_bool(struct pack_reader *reader, const struct pack_node *node, bool *ret)
{
	bool yes = slice_eq(node->text, SLICE("true"));

	if (node->type != PACK_SCALAR || node->quoted || (!yes && !slice_eq(node->text, SLICE("false"))))
		return pack_fail(reader, node->line, "%.48s is neither true nor false; write true or false",
				 key_of(node));
	*ret = yes;
	return 0;
}

int pack_word(struct pack_reader *reader, const struct pack_node *node, const char *what, const char *const *names,
	      size_t count, size_t stride, int *ret)
{
	size_t i = is_value(node) ? find_name(node->text, names, count, stride) : count;

	if (!is_value(node))
		return pack_fail(reader, node->line, "%.48s is no name; write one %s", key_of(node), what);
	if (i == count)
		return unknown_word(reader, node->line, what, node->text,
				    nearest_name(node->text.ptr, names, count, stride), "see docs/rules.md");
	*ret = (int)i;
	return 0;
}

int pack_list(struct pack_reader *reader, const struct pack_node *node)
{
	if (node->type != PACK_LIST || node->count == 0)
		return pack_fail(reader, node->line, "%.48s is no list; write [A, B], or one '- A' a line", key_of(node));
	return 0;
}
