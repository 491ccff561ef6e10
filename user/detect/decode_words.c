/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commonest words of some languages, and those that an order to a model is
 * made of: they tell plain text from a letter game. Words are compared by their
 * first eight bytes.
 */
#include <endian.h>
#include <string.h>

#include "base/cleanup.h"
#include "detect/decode_impl.h"

static const char known_words[] =
	/* English */
	"the of and to in is it you that for on are as with be at this have from or had by not but what all were we "
	"when your can said there use an each which she do how their if will up other about out many then them these "
	"so some her would make like him into time has look two more write see no way could my than been who its now "
	"find did get come made may any just our must only also never should before after every without following "
	/* English, of orders */
	"ignore previous instructions disregard forget reveal system prompt rules above message answer respond reply "
	"print output show tell act pretend password secret user assistant developer mode say send bypass override "
	/* English, of work with computers: headings and comments have little else */
	"name type string value file files data test tests code error list new add set get run true false null return "
	"function class public int const object array number default option options input command model api key path "
	"line version project create update delete read build server client request config support include example "
	"provide based using used work working best first last next each available required optional table column "
	"service application software language text image content page web site help good need want know here "
	"project development management business design analysis quality performance features information "
	/* German */
	"der die das und ist nicht ein eine einen den dem des mit von auf sich auch wird sind wie zu im als oder aber "
	"nach bei aus wenn noch nur kann du sie wir ich alle deine ignoriere vergiss anweisungen vorherigen regeln "
	/* French */
	"le la les des une est que qui dans pour pas sur vous nous avec ce cette il elle sont par plus mais ou et "
	"votre tes toutes ignore oublie instructions consignes regles "
	/* Spanish, Portuguese, Italian */
	"el los las una por con para como pero su al del se lo sus esta este todas tus ignora olvida instrucciones "
	"anteriores reglas que de um uma os da dos na em nao mais seu sua voce todas suas ignore esqueca instrucoes "
	"regras di che il per non sono gli della nel alla anche tutte tue dimentica istruzioni precedenti regole "
	/* Others, so that they pass for plain: Dutch, Polish, Turkish, Swedish, Romanian, Indonesian */
	"het een van niet zijn voor met naar jest nie sie na ze jak tego bir ve bu ile icin olarak och att det som av "
	"pentru este cu yang dan untuk dengan tidak ini dari";

#define WAYS 4
#define BUCKETS (DECODE_WORDS / WAYS)
_Static_assert(BUCKETS == 512, "buckets are chosen by nine bits");

static uint64_t *bucket_of(const struct decode *decode, uint64_t word)
{
	return (uint64_t *)decode->words + WAYS * (word * decode->words_salt >> 55);
}

/* Without a branch: words are as good as random. */
static inline bool is_known(const struct decode *decode, uint64_t word)
{
	const uint64_t *bucket = bucket_of(decode, word);

	return (bucket[0] == word) | (bucket[1] == word) | (bucket[2] == word) | (bucket[3] == word);
}

/* False: its bucket is full. */
static bool learn(struct decode *decode, uint64_t word)
{
	uint64_t *bucket = bucket_of(decode, word);
	size_t way = 0;

	while (way < WAYS && bucket[way] != 0 && bucket[way] != word)
		way++;
	if (way == WAYS)
		return false;
	bucket[way] = word;
	return true;
}

static bool learn_all(struct decode *decode)
{
	uint64_t word = 0;
	unsigned len = 0;

	memset(decode->words, 0, sizeof(decode->words));
	for (size_t i = 0; i < sizeof(known_words); i++) {
		char byte = known_words[i];

		if (byte != ' ' && byte != '\0') {
			if (len++ < 8)
				word |= (uint64_t)(unsigned char)byte << (8 * (len - 1));
			continue;
		}
		if (!learn(decode, word))
			return false;
		word = 0;
		len = 0;
	}
	return true;
}

/* With one salt of two or three all find room: a bucket has one word on average. */
void decode_learn_words(struct decode *decode)
{
	decode->words_salt = 0x9e3779b97f4a7c15u;
	while (!learn_all(decode))
		decode->words_salt += 0x632be59bd9b4e01au;
}

/* Chance makes a word of two letters in a hundred tries, one of three in a few hundred. */
static unsigned weight_of(unsigned len)
{
	static const uint8_t weights[] = { 0, 0, 1, 2, 4 };

	return weights[len < 4 ? len : 4];
}

struct word_count decode_count_words(const struct decode *decode, struct slice text, const unsigned char map[256],
				     bool backwards, unsigned enough)
{
	struct word_count count = { 0 };
	uint64_t word = 0;
	unsigned len = 0;
	size_t i = 0;

	for (; i <= text.len && count.weight < enough; i++) {
		unsigned char byte = i < text.len ? map[(unsigned char)text.ptr[i]] : 0;

		if (byte != 0) {
			/* From behind the last eight letters are the first. */
			if (backwards)
				word = word << 8 | byte;
			else if (len < 8)
				word |= (uint64_t)byte << (8 * len);
			len++;
			continue;
		}
		if (len == 0)
			continue;
		count.words++;
		count.letters += len;
		count.weight += weight_of(len) * is_known(decode, word);
		word = 0;
		len = 0;
	}
	count.read = i < text.len ? i : text.len;
	return count;
}

/* ---- as it stands ---- */

#define EACH(byte) (0x0101010101010101ull * (byte))

/* Eight bytes side by side: the letters are made small, and the top bits say which they are. Bytes beyond ASCII are. */
static uint64_t find_letters(uint64_t *bytes)
{
	uint64_t top = EACH(0x80), low = (*bytes | EACH(0x20)) & ~top;
	uint64_t ascii = (low + EACH(0x80 - 'a')) & ~(low + EACH(0x7f - 'z')) & ~*bytes & top;

	*bytes |= ascii >> 2;
	return ascii | (*bytes & top);
}

static uint64_t load_eight(const char *from, size_t left)
{
	uint64_t bytes = 0;

	if (left >= sizeof(bytes))
		memcpy(&bytes, from, sizeof(bytes));
	else
		memcpy(&bytes, from, left);
	return le64toh(bytes);
}

/* The first eight of the letters at `at`; *ret_end is behind all of them. */
static uint64_t read_word(struct slice text, size_t at, size_t *ret_end)
{
	uint64_t bytes = load_eight(text.ptr + at, text.len - at), others = ~find_letters(&bytes) & EACH(0x80);
	uint64_t word = others ? bytes & (((others & -others) >> 7) - 1) : bytes;

	while (!others) {
		at += sizeof(bytes);
		bytes = load_eight(text.ptr + at, text.len - at);
		others = ~find_letters(&bytes) & EACH(0x80);
	}
	*ret_end = at + (size_t)__builtin_ctzll(others) / 8;
	return word;
}

/* Rows of them are indentation, and figures. */
static size_t skip_others(struct slice text, size_t at)
{
	uint64_t bytes, letters;

	for (; at < text.len; at += sizeof(bytes)) {
		bytes = load_eight(text.ptr + at, text.len - at);
		letters = find_letters(&bytes);
		if (letters)
			return at + (size_t)__builtin_ctzll(letters) / 8;
	}
	return text.len;
}

struct word_count decode_count_plain(const struct decode *decode, struct slice text, unsigned enough)
{
	unsigned words = 0, letters = 0, weight = 0;
	size_t at = 0, end;

	while (at < text.len && weight < enough) {
		uint64_t word = read_word(text, at, &end);
		unsigned len = (unsigned)(end - at);

		at = end + 1;
		if (len == 0) {
			at = skip_others(text, at < text.len ? at : text.len);
			continue;
		}
		words++;
		letters += len;
		weight += weight_of(len) * is_known(decode, word);
	}
	return (struct word_count){ words, letters, weight, at < text.len ? at : text.len };
}

/* ---- the first words ---- */

#define AT_ONCE 2u	/* words: where the first known one stands is as good as random, so that not each is branched on */

/* The first eight bytes of a word, its letters of ASCII made small. What others become is in no known word. */
static uint64_t load_word(const char *from, size_t readable, unsigned len)
{
	return (load_eight(from, readable) | EACH(0x20)) & UINT64_MAX >> (64 - 8 * (len < 8 ? len : 8));
}

bool decode_begins_plain(const struct decode *decode, size_t start, size_t end, unsigned enough, unsigned words_max)
{
	const char *block = decode->text.ptr + start;
	size_t readable = decode->text.len - start;
	uint64_t letters = decode_bits(decode, MAP_LETTERS, start), starts, ends;
	unsigned weight = 0;

	if (end - start < BLOCK_BYTES)
		letters &= (UINT64_C(1) << (end - start)) - 1;
	starts = letters & ~(letters << 1);
	ends = ~letters & letters << 1;
	for (unsigned words = 0; ends && words < words_max && weight < enough; words += AT_ONCE) {
		for (unsigned i = 0; i < AT_ONCE; i++) {
			/* Behind the last one there is none, or its end is not known: of one letter, which weighs nothing. */
			bool more = ends != 0;
			unsigned from = more ? (unsigned)__builtin_ctzll(starts) : 0;
			unsigned len = more ? (unsigned)__builtin_ctzll(ends) - from : 1;

			weight += weight_of(len) * is_known(decode, load_word(block + from, readable - from, len));
			starts &= starts - 1;
			ends &= ends - 1;
		}
	}
	return weight >= enough;
}
