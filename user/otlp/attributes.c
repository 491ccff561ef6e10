/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/attributes.h"

/* Field numbers of opentelemetry/proto/common/v1/common.proto. */
#define KEY_VALUE_KEY 1
#define KEY_VALUE_VALUE 2
#define ANY_STRING 1
#define ANY_BOOL 2
#define ANY_INT 3
#define ANY_DOUBLE 4
#define ANY_ARRAY 5
#define ARRAY_VALUES 1

struct open_attribute {
	size_t pair, value;
};

static struct open_attribute begin(const struct attributes *attributes, const char *key)
{
	struct open_attribute open = { .pair = wire_open(attributes->wire, attributes->field) };

	wire_bytes(attributes->wire, KEY_VALUE_KEY, slice_of(key));
	open.value = wire_open(attributes->wire, KEY_VALUE_VALUE);
	return open;
}

static void end(const struct attributes *attributes, struct open_attribute open)
{
	wire_close(attributes->wire, open.value);
	wire_close(attributes->wire, open.pair);
}

void attribute_text(const struct attributes *attributes, const char *key, const char *text)
{
	struct open_attribute open;

	if (!text || !*text)
		return;
	open = begin(attributes, key);
	wire_text(attributes->wire, ANY_STRING, text);
	end(attributes, open);
}

void attribute_int(const struct attributes *attributes, const char *key, int64_t number)
{
	struct open_attribute open;

	if (number == INT64_MIN)
		return;
	open = begin(attributes, key);
	wire_varint(attributes->wire, ANY_INT, (uint64_t)number);
	end(attributes, open);
}

void attribute_ratio(const struct attributes *attributes, const char *key, int64_t number, double scale)
{
	struct open_attribute open;

	if (number == INT64_MIN)
		return;
	open = begin(attributes, key);
	wire_double(attributes->wire, ANY_DOUBLE, (double)number / scale);
	end(attributes, open);
}

void attribute_bool(const struct attributes *attributes, const char *key, bool value)
{
	struct open_attribute open = begin(attributes, key);

	wire_varint(attributes->wire, ANY_BOOL, value);
	end(attributes, open);
}

static void put_element(struct wire *wire, struct slice text)
{
	char copy[256];		/* of a name; they are shorter */
	size_t value = wire_open(wire, ARRAY_VALUES);

	(void)slice_copy(copy, sizeof(copy), text);
	wire_text(wire, ANY_STRING, copy);
	wire_close(wire, value);
}

void attribute_texts(const struct attributes *attributes, const char *key, const char *texts, size_t stride, size_t count)
{
	struct open_attribute open;
	size_t array;

	if (count == 0)
		return;
	open = begin(attributes, key);
	array = wire_open(attributes->wire, ANY_ARRAY);
	for (size_t i = 0; i < count; i++)
		put_element(attributes->wire, slice_of(texts + i * stride));
	wire_close(attributes->wire, array);
	end(attributes, open);
}

void attribute_words(const struct attributes *attributes, const char *key, const char *words)
{
	struct open_attribute open;
	size_t array;

	if (!*words)
		return;
	open = begin(attributes, key);
	array = wire_open(attributes->wire, ANY_ARRAY);
	while (*words) {
		size_t len = strcspn(words, ",");

		put_element(attributes->wire, (struct slice){ words, len });
		words += len + (words[len] == ',');
	}
	wire_close(attributes->wire, array);
	end(attributes, open);
}
