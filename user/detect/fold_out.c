/* SPDX-License-Identifier: Apache-2.0 */
#include "detect/fold_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <unicode/utf8.h>

void fold_out_done(struct fold_out *out)
{
	free(out->data);
	free(out->steps);
	*out = (struct fold_out){ 0 };
}

static bool reserve(struct fold_out *out, size_t len)
{
	size_t room = out->room ? out->room : 4096;
	char *data;

	if (out->room - out->len >= len)
		return true;
	while (room - out->len < len)
		room *= 2;
	data = realloc(out->data, room);
	if (!data) {
		out->no_memory = true;
		return false;
	}
	out->data = data;
	out->room = room;
	return true;
}

static void push_step(struct fold_out *out, uint32_t original, bool stuck)
{
	if (out->step_count == out->step_room) {
		size_t room = out->step_room ? out->step_room * 2 : 256;
		struct fold_step *steps = realloc(out->steps, room * sizeof(*steps));

		if (!steps) {
			out->no_memory = true;
			return;
		}
		out->steps = steps;
		out->step_room = room;
	}
	out->steps[out->step_count++] = (struct fold_step){ (uint32_t)out->len, original, stuck };
}

int fold_out_begin(struct fold_out *out, size_t bytes)
{
	out->len = 0;
	out->step_count = 0;
	out->no_memory = false;
	if (reserve(out, bytes))
		push_step(out, 0, false);
	return out->no_memory ? -ENOMEM : 0;
}

static void step_to(struct fold_out *out, uint32_t original, bool stuck)
{
	const struct fold_step *last = &out->steps[out->step_count - 1];
	uint32_t next = last->stuck ? last->original : last->original + ((uint32_t)out->len - last->folded);

	if (last->stuck != stuck || next != original)
		push_step(out, original, stuck);
}

void fold_out_put(struct fold_out *out, const char *bytes, size_t len, uint32_t original, size_t taken)
{
	if (!reserve(out, len))
		return;
	step_to(out, original, len > taken);
	memcpy(out->data + out->len, bytes, len);
	out->len += len;
}

void fold_out_put_char(struct fold_out *out, int32_t c, uint32_t original, size_t taken)
{
	char bytes[U8_MAX_LENGTH];
	int32_t len = 0;

	U8_APPEND_UNSAFE(bytes, len, c);
	fold_out_put(out, bytes, (size_t)len, original, taken);
}

static unsigned count_lines_at_end(const struct fold_out *out)
{
	if (out->data[out->len - 1] != '\n')
		return 0;
	return out->len > 1 && out->data[out->len - 2] == '\n' ? 2 : 1;
}

void fold_out_white(struct fold_out *out, unsigned lines, uint32_t original, size_t taken)
{
	unsigned before;

	if (!fold_out_ends_white(out)) {
		fold_out_put(out, lines ? "\n\n" : " ", lines > 1 ? 2 : 1, original, taken);
		return;
	}
	before = count_lines_at_end(out);
	if (lines == 0 || before == 2)
		return;
	out->data[out->len - 1] = '\n';
	if (before + lines > 1)
		fold_out_put(out, "\n", 1, original, taken);
}

char *fold_out_run(struct fold_out *out, size_t len, uint32_t original)
{
	if (!reserve(out, len))
		return NULL;
	step_to(out, original, false);
	return out->no_memory ? NULL : out->data + out->len;
}

void fold_out_cut(struct fold_out *out, size_t len)
{
	while (out->step_count > 1 && out->steps[out->step_count - 1].folded >= len)
		out->step_count--;
	out->len = len;
}

uint32_t fold_out_original(const struct fold_out *out, uint32_t folded)
{
	size_t low = 0, high = out->step_count;
	const struct fold_step *step;

	/* The last step that does not begin behind it; the first one begins at 0. */
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (out->steps[middle].folded <= folded)
			low = middle;
		else
			high = middle;
	}
	step = &out->steps[low];
	return step->stuck ? step->original : step->original + (folded - step->folded);
}
