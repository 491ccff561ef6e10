/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Letter games: shifts of the alphabet, the alphabet turned round, letters or
 * words from behind. They are looked for where a stretch of prose has few words
 * of any language we know, and taken where the game gives it several. Most text
 * is known for plain by its first words. Letter frequencies pick the shifts
 * that are worth a try, and clear languages that we do not know.
 */
#include <string.h>

#include "detect/decode_impl.h"

#define SAMPLE 192u		/* bytes that decide: scores of them fit 16 bits */
#define PLAIN_WEIGHT 4		/* known words that make a text plain, or a game won */
#define FIRST_WEIGHT 2		/* the same, of the first words: most text is settled by one or two */
#define FIRST_WORDS 8
#define FIRST_BYTES 64u		/* that show it as a rule */
#define LETTERS_LEAST 14
#define WORDS_LEAST 3
#define WORD_MOST 32u	/* bytes of a word: what has no blank for so long is no prose */
#define WORD_LETTERS 3	/* of words on average: languages have four and more */
#define TRIES 3			/* shifts besides ROT13 */
#define JOIN_GAP 64u		/* bytes between segments of one game */
#define REVERSED_WORDS_MAX 16	/* segments near a word that speaks of reversing */
#define HINT_NEAR 256u		/* bytes from it */

enum game_kind { GAME_NONE, GAME_SHIFT, GAME_BACKWARDS };

/* The game that goes on from segment to segment. */
struct stretch {
	enum game_kind kind;
	unsigned map;
	size_t start, end;
};

/* Of a thousand letters of English prose; other Western languages correlate well enough. */
static const uint16_t frequency[26] = {
	82, 15, 28, 43, 127, 22, 20, 61, 70, 2, 8, 40, 24, 67, 75, 19, 1, 60, 63, 91, 28, 10, 24, 2, 20, 1,
};

/* The key beside the letter's, in its row; the last one has the first one beside it. */
static unsigned char beside(unsigned letter, bool right)
{
	static const char *const rows[] = { "qwertyuiop", "asdfghjkl", "zxcvbnm" };
	size_t row = 0, len, at;

	while (!strchr(rows[row], (char)('a' + letter)))
		row++;
	len = strlen(rows[row]);
	at = (size_t)(strchr(rows[row], (char)('a' + letter)) - rows[row]);
	return (unsigned char)rows[row][(at + (right ? 1 : len - 1)) % len];
}

static unsigned char turn(unsigned game, unsigned letter)
{
	switch (game) {
	case GAME_ATBASH:
		return (unsigned char)('z' - letter);
	case GAME_KEYS_RIGHT:
		return beside(letter, false);
	case GAME_KEYS_LEFT:
		return beside(letter, true);
	case GAME_AFFINE:
		/* 5 times 21 is 1, by 26. */
		return (unsigned char)('a' + 21 * (letter + 26 - 8) % 26);
	default:
		return (unsigned char)('a' + (letter + 26 - game) % 26);
	}
}

/* Letters beyond ASCII stay: words keep them. */
void decode_learn_games(struct decode *decode)
{
	for (unsigned game = 0; game < GAME_MAX; game++) {
		unsigned char *map = decode->games[game];

		for (unsigned byte = 0x80; byte < 256; byte++)
			map[byte] = (unsigned char)byte;
		for (unsigned letter = 0; letter < 26; letter++)
			map['a' + letter] = map['A' + letter] = turn(game, letter);
		for (unsigned letter = 0; letter < 26; letter++)
			decode->fits[letter][game] = frequency[map['a' + letter] - 'a'];
	}
}

/* ---- results ---- */

static void put_shifted(struct sink *sink, const unsigned char map[256], struct slice text)
{
	for (size_t i = 0; i < text.len && !sink->cut; i++) {
		unsigned char byte = (unsigned char)text.ptr[i];

		sink_put(sink, map[byte] ? map[byte] : byte);
	}
}

/* By characters, so that UTF-8 stays whole. */
static void put_backwards(struct sink *sink, struct slice text)
{
	size_t end = text.len;

	while (end > 0 && !sink->cut) {
		size_t start = end - 1;

		while (start > 0 && end - start < 4 && ((unsigned char)text.ptr[start] & 0xc0) == 0x80)
			start--;
		sink_add(sink, text.ptr + start, end - start);
		end = start;
	}
}

static void put_words_backwards(struct sink *sink, struct slice text)
{
	size_t end = text.len;

	while (end > 0 && !sink->cut) {
		size_t start = end;

		while (start > 0 && !byte_is(text.ptr[start - 1], BYTE_BLANK))
			start--;
		if (start < end && sink->len > 0)
			sink_put(sink, ' ');
		sink_add(sink, text.ptr + start, end - start);
		end = start > 0 ? start - 1 : 0;
	}
}

/* ---- all from behind, or each word ---- */

static bool is_capital(char byte)
{
	return byte >= 'A' && byte <= 'Z';
}

/* Its first word ends with a capital: it is turned round alone. */
static bool begins_sentence(struct slice text)
{
	size_t end = 0;

	while (end < text.len && byte_is(text.ptr[end], BYTE_LETTER))
		end++;
	return end > 1 && is_capital(text.ptr[end - 1]) && !is_capital(text.ptr[0]);
}

/* Its last word ends with a capital: all is turned round. */
static bool ends_sentence(struct slice text)
{
	return text.len > 1 && is_capital(text.ptr[text.len - 1]) && !is_capital(text.ptr[text.len - 2]);
}

/* A full stop went to the front of the last word, which is none of the stretch for it: bytes of both. */
static size_t length_of_last(struct slice text, size_t at)
{
	size_t end = at + 1;

	if (at + 1 >= text.len || !memchr(".!?", text.ptr[at], 3))
		return 0;
	while (end < text.len && end - at < WORD_MOST && byte_is(text.ptr[end], BYTE_LETTER))
		end++;
	return end > at + 1 ? end - at : 0;
}

/* Letters of each word; what stands between words stays. */
static void keep_each_backwards(struct decode *decode, size_t start, struct slice text)
{
	struct sink sink = decode_sink(decode);
	size_t at = 0;

	if (ends_sentence(text) && !begins_sentence(text))
		return;
	text.len += length_of_last(decode->text, start + text.len);
	while (at < text.len && !sink.cut) {
		size_t end = at;

		while (end < text.len && !byte_is(text.ptr[end], BYTE_BLANK))
			end++;
		put_backwards(&sink, (struct slice){ text.ptr + at, end - at });
		if (end < text.len)
			sink_put(&sink, (unsigned char)text.ptr[end]);
		at = end + 1;
	}
	decode->steps += text.len;
	decode_keep(decode, DECODER_REVERSED, start, start + text.len, &sink);
}

static void end_stretch(struct decode *decode, struct stretch *stretch)
{
	struct slice text = { decode->text.ptr + stretch->start, stretch->end - stretch->start };
	struct sink sink = decode_sink(decode);

	if (stretch->kind == GAME_NONE || decode->full)
		return;
	decode->steps += text.len;
	if (stretch->kind == GAME_BACKWARDS)
		keep_each_backwards(decode, stretch->start, text);
	sink = decode_sink(decode);
	if (stretch->kind == GAME_SHIFT)
		put_shifted(&sink, decode->games[stretch->map], text);
	else
		put_backwards(&sink, text);
	decode_keep(decode, stretch->kind == GAME_SHIFT ? DECODER_CAESAR : DECODER_REVERSED, stretch->start,
		    stretch->end, &sink);
	stretch->kind = GAME_NONE;
}

static void extend(struct decode *decode, struct stretch *stretch, struct stretch found)
{
	if (stretch->kind == found.kind && stretch->map == found.map && found.start - stretch->end <= JOIN_GAP) {
		stretch->end = found.end;
		return;
	}
	end_stretch(decode, stretch);
	*stretch = found;
}

/* ---- which game ---- */

static bool wins(const struct decode *decode, struct slice sample, unsigned map, bool backwards)
{
	struct word_count count = decode_count_words(decode, sample, decode->games[map], backwards, UINT32_MAX);

	return count.weight >= PLAIN_WEIGHT && count.weight * 2 >= count.words;
}

/* How well the letters fit each game. */
static void score_games(const struct decode *decode, struct slice sample, uint16_t scores[GAME_ROOM])
{
	uint16_t counts[32] = { 0 };

	memset(scores, 0, GAME_ROOM * sizeof(scores[0]));
	/* Letters are 1 to 26 in the low bits; what is not counts for none, below. */
	for (size_t i = 0; i < sample.len; i++)
		counts[byte_is(sample.ptr[i], BYTE_LETTER) * (sample.ptr[i] & 31)]++;
	for (unsigned letter = 0; letter < 26; letter++) {
		for (unsigned game = 0; game < GAME_ROOM; game++)
			scores[game] = (uint16_t)(scores[game] + counts[letter + 1] * decode->fits[letter][game]);
	}
}

static unsigned best_of(const uint16_t scores[GAME_ROOM])
{
	unsigned best = 1;

	for (unsigned game = 2; game < GAME_MAX; game++)
		best = scores[game] > scores[best] ? game : best;
	return best;
}

#define GAME_BOTH GAME_MAX	/* ROT13, from behind */

/* 0: none. */
static unsigned find_shift(struct decode *decode, struct slice sample)
{
	uint16_t scores[GAME_ROOM];
	unsigned best;

	score_games(decode, sample, scores);
	best = best_of(scores);
	/* The letters of a language as they stand. */
	if (scores[GAME_PLAIN] * 20u >= scores[best] * 19u)
		return 0;
	if (wins(decode, sample, 13, false))
		return 13;
	if (best == 13 && wins(decode, sample, 13, true))
		return GAME_BOTH;
	for (unsigned i = 0; i < TRIES; i++) {
		if (best != 13 && wins(decode, sample, best, false))
			return best;
		scores[best] = 0;
		best = best_of(scores);
	}
	return 0;
}

/* Its first words are known, or there are too few to tell. */
static bool is_settled(struct decode *decode, size_t start, size_t end)
{
	struct slice sample = { decode->text.ptr + start, end - start };
	struct word_count count;

	if (!memchr(sample.ptr, ' ', sample.len < WORD_MOST ? sample.len : WORD_MOST))
		return true;
	count = decode_count_plain(decode, sample, FIRST_WEIGHT);
	decode->steps += count.read;
	if (count.weight >= FIRST_WEIGHT && count.words <= FIRST_WORDS)
		return true;
	if (count.weight >= FIRST_WEIGHT) {
		count = decode_count_plain(decode, sample, PLAIN_WEIGHT);
		decode->steps += count.read;
	}
	return count.weight >= PLAIN_WEIGHT || count.letters < LETTERS_LEAST || count.words < WORDS_LEAST ||
	       count.letters < count.words * WORD_LETTERS;
}

/* Groups of a code, words or signs that stand for letters or bits: the marks of a list may stand before the first. */
static bool take_words(struct decode *decode, size_t start, size_t end)
{
	if ((unsigned char)decode->text.ptr[start] >= 0x80 && decode_base2048(decode, start) > start)
		return true;
	while (start < end && !byte_is(decode->text.ptr[start], BYTE_LETTER | BYTE_DIGIT))
		start++;
	return start < end && (decode_pairs(decode, start) > start || decode_groups(decode, start) > start ||
			       decode_spelt(decode, start) > start || decode_spaced(decode, start) > start ||
			       decode_marked(decode, start) > start);
}

/* Whether it is a game; the stretch grows by it, or is ended. */
static bool judge(struct decode *decode, size_t start, size_t end, struct stretch *stretch)
{
	struct slice sample = { decode->text.ptr + start, end - start < SAMPLE ? end - start : SAMPLE };
	unsigned map;

	decode->steps += FIRST_BYTES;
	if (decode_begins_plain(decode, start, start + sample.len, FIRST_WEIGHT, FIRST_WORDS))
		return false;
	if (take_words(decode, start, end) || decode_keyed(decode, start, end))
		return true;
	if (is_settled(decode, start, start + sample.len))
		return false;
	decode->steps += sample.len;
	if (wins(decode, sample, GAME_PLAIN, true)) {
		extend(decode, stretch, (struct stretch){ GAME_BACKWARDS, GAME_PLAIN, start, end });
		return true;
	}
	map = find_shift(decode, sample);
	/* The other half is left to those who look into what is decoded. */
	if (map == GAME_BOTH)
		extend(decode, stretch, (struct stretch){ GAME_BACKWARDS, GAME_PLAIN, start, end });
	else if (map != 0)
		extend(decode, stretch, (struct stretch){ GAME_SHIFT, map, start, end });
	return map != 0 || decode_infix(decode, start, end);
}

/* ---- words from behind ---- */

/* Function words stand in it as they are, so that nothing but the text around gives it away: "reverse", "inverse",
 * "envers"; "backward", "rückwärts". `at` is at the v or the k. */
static bool is_reverse(struct slice text, size_t at)
{
	const char *lead = text.ptr + at;

	return at >= 2 && text.len - at >= 4 && memcmp(lead + 1, "ers", 3) == 0 &&
	       (strncasecmp(lead - 2, "re", 2) == 0 || strncasecmp(lead - 2, "in", 2) == 0 ||
		strncasecmp(lead - 2, "en", 2) == 0);
}

static bool is_backward(struct slice text, size_t at)
{
	const char *lead = text.ptr + at;

	return text.len - at >= 5 && (memcmp(lead, "kward", 5) == 0 || memcmp(lead, "kw\xc3\xa4r", 5) == 0);
}

/* A word that speaks of reversing: where it stands next. */
struct hint {
	char lead;
	bool (*is)(struct slice text, size_t at);
	size_t at;
};

/* Moves on to the first at or behind `from`; the end of the text where there is none. */
static void hint_seek(struct decode *decode, struct hint *hint, size_t from)
{
	struct slice text = decode->text;
	size_t at = from > hint->at ? from : hint->at, end;

	while ((at = decode_next_hot(decode, HOT_REVERSE, at, &end)) < text.len) {
		const char *lead = memchr(text.ptr + at, hint->lead, end - at);
		size_t next = lead ? (size_t)(lead - text.ptr) : end;

		decode->steps += next - at;
		at = next;
		if (lead && hint->is(text, at))
			break;
		at += lead != NULL;
	}
	hint->at = at;
}

static bool is_hinted(struct decode *decode, struct hint *hint, size_t start, size_t end)
{
	if (hint->at + HINT_NEAR < start)
		hint_seek(decode, hint, start - HINT_NEAR);
	return hint->at < decode->text.len && hint->at <= end + HINT_NEAR;
}

static void reverse_words(struct decode *decode, size_t start, size_t end)
{
	struct slice text = { decode->text.ptr + start, end - start };
	struct sink sink = decode_sink(decode);
	struct slice sample = { text.ptr, text.len < SAMPLE ? text.len : SAMPLE };

	if (decode_count_plain(decode, sample, UINT32_MAX).words <= WORDS_LEAST)
		return;
	decode->steps += text.len;
	put_words_backwards(&sink, text);
	decode_keep(decode, DECODER_REVERSED, start, end, &sink);
}

/* ---- segments ---- */

struct segments {
	struct hint reverse, backward;
	struct stretch stretch;
	unsigned words_left;	/* segments that may be turned round word by word */
};

static void take_segment(void *ctx, struct decode *decode, size_t start, size_t end)
{
	struct segments *segments = ctx;

	if (judge(decode, start, end, &segments->stretch) || segments->words_left == 0)
		return;
	if (is_hinted(decode, &segments->reverse, start, end) || is_hinted(decode, &segments->backward, start, end)) {
		reverse_words(decode, start, end);
		segments->words_left--;
	}
}

/* Segments are what stands between signs that end a sentence or quote. */
void decode_letters(struct decode *decode)
{
	struct segments segments = {
		.reverse = { 'v', is_reverse, 0 },
		.backward = { 'k', is_backward, 0 },
		.words_left = REVERSED_WORDS_MAX,
	};

	hint_seek(decode, &segments.reverse, 0);
	hint_seek(decode, &segments.backward, 0);
	decode_each_run(decode, RUNS_PROSE, take_segment, &segments);
	end_stretch(decode, &segments.stretch);
}
